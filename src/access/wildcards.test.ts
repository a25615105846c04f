import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compilePattern, matches } from './wildcards.ts'

const facts: Record<string, string> = { me: 'ab*', empty: '' }
const factNamed = (key: string) => (key === 'me' || key === 'empty' || key === 'absent' ? key : undefined)
const isMatch = (pattern: string, value: string, wildcards = true): boolean =>
  matches(compilePattern(pattern, { factNamed, wildcards }), value, key => facts[key])

const variable = (key: string) => `\${${key}}`

/** What a pattern means, as plainly as it can be said. */
const means = (pattern: string, value: string): boolean => {
  if (pattern === '') return value === ''
  if (pattern[0] === '*') return means(pattern.slice(1), value) || (value !== '' && means(pattern, value.slice(1)))
  return value !== '' && (pattern[0] === '?' || pattern[0] === value[0]) && means(pattern.slice(1), value.slice(1))
}

describe('a pattern', () => {
  it('matches what its wildcards mean', () => {
    const letters = fc.constantFrom('a', 'b', 'ab')
    fc.assert(
      fc.property(
        fc.array(fc.oneof(letters, fc.constantFrom('*', '?')), { maxLength: 8 }),
        fc.array(letters, { maxLength: 8 }),
        (pattern, value) => isMatch(pattern.join(''), value.join('')) === means(pattern.join(''), value.join('')),
      ),
      { numRuns: 20_000 },
    )
  })

  it('matches every text that it was made from by putting stars over parts', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.boolean()), { maxLength: 8 }), parts => {
        const escaped = (text: string) => text.replace(/[*?$]/g, character => variable(character))
        const pattern = parts.map(([text, hidden]) => (hidden ? '*' : escaped(text))).join('')
        return isMatch(pattern, parts.map(([text]) => text).join(''))
      }),
    )
  })

  it('takes the value of a variable literally', () => {
    assert.ok(isMatch(`x${variable('me')}y`, 'xab*y'))
    assert.ok(!isMatch(`x${variable('me')}y`, 'xabcy'))
    assert.ok(isMatch(`*${variable('me')}?*`, 'zzab*!'))
    assert.ok(isMatch(variable('empty'), ''))
  })

  it('matches nothing where the fact of a variable is absent', () => {
    for (const value of ['', 'undefined', variable('absent')]) assert.ok(!isMatch(variable('absent'), value))
    assert.ok(!isMatch(`*${variable('absent')}*`, 'anything'))
  })

  it('has its wildcards as characters where they are escaped or off', () => {
    assert.ok(isMatch(`${variable('*')}${variable('?')}${variable('$')}`, '*?$'))
    assert.ok(!isMatch(variable('*'), 'x'))
    assert.ok(isMatch('a*?', 'a*?', false))
    assert.ok(!isMatch('a*', 'abc', false))
    assert.ok(isMatch('a$b', 'a$b'))
  })

  it('with a variable that is unknown or not closed is refused', () => {
    for (const text of [variable('you'), variable(''), `a${variable('me')}\${me`, '${'])
      assert.throws(() => compilePattern(text, { factNamed, wildcards: true }), SyntaxError)
  })

  it('takes time by its length times that of the value, and no more', () => {
    const attacks = [
      '*a*a*a*a*a*a*a*a*b',
      `${'*a'.repeat(250)}*b`,
      `*${'a'.repeat(510)}b`,
      `*b${'a'.repeat(509)}*`,
      '*a?a?a?a?b*',
    ]
    for (const pattern of attacks) {
      const compiled = compilePattern(pattern, { factNamed, wildcards: true })
      const start = process.threadCpuUsage()
      assert.equal(
        matches(compiled, 'a'.repeat(100_000), () => undefined),
        false,
      )
      const ms = process.threadCpuUsage(start).user / 1000
      assert.ok(ms < 500, `${pattern.slice(0, 20)} took ${ms} ms of the processor`)
    }
  })
})
