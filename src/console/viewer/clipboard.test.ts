import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { copyLimits, withinLimits } from '../../protocol/clipboard.ts'
import { shownCharacters, shownOf, textCopy } from './clipboard.ts'

const lengthWithin = (text: string) => withinLimits(textCopy(text)).text?.length

describe('what is copied between the clipboards', () => {
  it('is text of up to 1 MiB in UTF-8, and no more', () => {
    assert.equal(lengthWithin('Grüße 你好'), 14)
    assert.equal(lengthWithin('a'.repeat(copyLimits.text)), copyLimits.text)
    assert.equal(lengthWithin('ü'.repeat(copyLimits.text / 2)), copyLimits.text)
    for (const tooLong of ['a'.repeat(copyLimits.text + 1), 'ü'.repeat(copyLimits.text / 2 + 1), 'a'.repeat(1 << 24)])
      assert.equal(lengthWithin(tooLong), 0)
  })

  it('is shown whole where it is short, and by its beginning where it is long', () => {
    for (const letter of ['a', 'ü', '你', '😀']) {
      const short = letter.repeat(shownCharacters / letter.length)
      assert.deepEqual(shownOf(textCopy(short)), { text: short, isCut: false, contents: '' })
      const { text, isCut, contents } = shownOf(textCopy(`${short}${letter}`))
      assert.deepEqual([text, isCut], [short, true])
      assert.match(contents, /^The beginning of a text of \d+ KiB/)
    }
  })
})
