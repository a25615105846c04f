import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseShorthand } from './shorthand.ts'

describe('the short form of a structure', () => {
  const forms: Record<string, unknown> = {
    'a=b': { a: 'b' },
    'a=b,c=d': { a: 'b', c: 'd' },
    'a=b,c,d=e': { a: ['b', 'c'], d: 'e' },
    'a=[b,c],d={e=f,g=[h]}': { a: ['b', 'c'], d: { e: 'f', g: ['h'] } },
    'a=': { a: '' },
    'a= b c , d = e': { a: 'b c', d: 'e' },
    'a=x=y': { a: 'x=y' },
    'a=b\\,c': { a: 'b,c' },
    'a="b,c\\"d",e=\'f,g\'': { a: 'b,c"d', e: 'f,g' },
    'a=b,"c,d"': { a: ['b', 'c,d'] },
    'a=[]': { a: [] },
  }
  for (const [text, value] of Object.entries(forms))
    it(`reads ${text}`, () => assert.deepEqual(parseShorthand(text), value))

  for (const text of ['bogus', '=a', 'a=b,', 'a=[b', 'a={b=c', 'a="b', 'a=b,a=c', 'a=[b}c]', ''])
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseShorthand(text), { name: 'CommandError' }))

  it('takes the names of everything as names', () => {
    assert.deepEqual(Object.entries(parseShorthand('__proto__=a')), [['__proto__', 'a']])
  })
})
