import assert from 'node:assert/strict'
import { it } from 'node:test'
import { clipboardLimitBytes, fits } from './clipboard.ts'

it('text of up to 1 MiB in UTF-8 passes between the clipboards, and no more', () => {
  assert.equal(fits('Grüße 你好'), true)
  assert.equal(fits('a'.repeat(clipboardLimitBytes)), true)
  assert.equal(fits('a'.repeat(clipboardLimitBytes + 1)), false)
  assert.equal(fits('ü'.repeat(clipboardLimitBytes / 2)), true)
  assert.equal(fits('ü'.repeat(clipboardLimitBytes / 2 + 1)), false)
  assert.equal(fits('你'.repeat(clipboardLimitBytes / 2)), false)
})
