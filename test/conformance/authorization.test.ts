/** The Authorization header, part by part, and what decides whether a signature is right. */
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { before, describe, it } from 'node:test'
import { type Signer, signers, type Wish } from '../../src/access/signers.ts'
import type { Incoming } from '../../src/contract/http.ts'
import {
  beginnings,
  bitFlips,
  headerOf,
  lookAlikes,
  type Parts,
  partsOf,
  replacedOnce,
  swapCase,
  withHeader,
  withPart,
} from './changes.ts'
import { askedWho, incomplete, invalid, signings, unknown, type Verdict, wishes } from './signed.ts'

const { verdictOn, sign, assertEach } = askedWho()

for (const { what, signer, wish } of signings)
  describe(what, () => {
    let request: Incoming
    before(async () => {
      request = await sign(signer, wish)
    })

    it('is refused after any bit of its Authorization has changed, each part with its exception', () => {
      const parts = partsOf(headerOf(request, 'authorization'))
      const may: Record<keyof Parts, Verdict[]> = {
        algorithm: [incomplete],
        // What can be no key id at all is malformed.
        keyId: [unknown, incomplete, invalid],
        scope: [invalid, incomplete],
        signedHeaders: [incomplete, invalid],
        signature: [invalid, incomplete],
      }
      return assertEach(
        (Object.keys(parts) as (keyof Parts)[]).flatMap(part =>
          [...bitFlips(parts[part]), ...replacedOnce(parts[part], swapCase)].map(
            changed => [`${part} ${changed}`, withPart(request, part, () => changed), ...may[part]] as const,
          ),
        ),
      )
    })

    it('tells a wrong signature from a malformed one, and a wrong key from a wrong scope', () => {
      const hex = (text: string) => replacedOnce(text, digit => (digit === '0' ? '1' : '0'))
      const parts = partsOf(headerOf(request, 'authorization'))
      const scope = (i: number, other: string) => (text: string) => text.split('/').with(i, other).join('/')
      return assertEach([
        ...hex(parts.signature).map(
          changed => [changed, withPart(request, 'signature', () => changed), invalid] as const,
        ),
        ['in capitals', withPart(request, 'signature', text => text.toUpperCase()), incomplete],
        ['cut', withPart(request, 'signature', text => text.slice(0, -1)), incomplete],
        ['longer', withPart(request, 'signature', text => `${text}0`), incomplete],
        ['of zeros', withPart(request, 'signature', () => '0'.repeat(64)), invalid],
        ['another key', withPart(request, 'keyId', text => text.replace(/.$/, '_')), unknown],
        ['key in small letters', withPart(request, 'keyId', text => text.toLowerCase()), unknown],
        ['another day', withPart(request, 'scope', scope(0, '20251231')), invalid],
        ['another region', withPart(request, 'scope', scope(1, 'eu-west-1')), invalid],
        ['another service', withPart(request, 'scope', scope(2, 'sts')), invalid],
        ["Atelier's own service", withPart(request, 'scope', scope(2, 'atelier')), invalid],
        ['another end', withPart(request, 'scope', scope(3, 'aws5_request')), invalid],
        ['a shorter scope', withPart(request, 'scope', text => text.replace('/aws4_request', '')), invalid],
        ['the host left out', withPart(request, 'signedHeaders', text => text.replace('host;', '')), incomplete],
        ['reversed', withPart(request, 'signedHeaders', text => text.split(';').reverse().join(';')), incomplete],
        ['in capitals', withPart(request, 'signedHeaders', text => text.toUpperCase()), incomplete],
        ['one twice', withPart(request, 'signedHeaders', text => text.replace('host', 'host;host')), incomplete],
      ])
    })

    it('is refused wherever its Authorization ends', () => {
      const header = headerOf(request, 'authorization')
      return assertEach(
        beginnings(header).map(
          cut => [`${cut.length} bytes`, withHeader(request, 'authorization', cut), incomplete] as const,
        ),
      )
    })

    it('takes blanks between the parts of its Authorization and nowhere else', () => {
      const header = headerOf(request, 'authorization')
      const between = (i: number) => / $/.test(header.slice(0, i)) || /^(?: |,|$)/.test(header.slice(i))
      return assertEach(
        Array.from({ length: header.length + 1 }, (_, i) => {
          // The blank that ends the algorithm may not be moved: before it there is none.
          const may: Verdict = between(i) ? 'accepted' : incomplete
          const changed = `${header.slice(0, i)} ${header.slice(i)}`
          return [`a blank at ${i}`, withHeader(request, 'authorization', changed), may] as const
        }),
      )
    })

    it('is refused with characters that look the same', () => {
      const header = headerOf(request, 'authorization')
      const asBytes = (text: string) => Buffer.from(text).toString('latin1')
      return assertEach(
        replacedOnce(header, character => lookAlikes[character]).flatMap(changed =>
          [changed, asBytes(changed)].map(
            text => [text, withHeader(request, 'authorization', text), incomplete, invalid] as const,
          ),
        ),
      )
    })
  })

describe('the comparison of signatures', () => {
  it('is that of node:crypto, which takes the same time for all, and nothing else decides', async t => {
    const right = await sign(Object.values(signers)[0] as Signer, wishes['a request with a body'] as Wish)
    const wrongFrom = (digit: number) =>
      withPart(
        right,
        'signature',
        text => text.slice(0, digit) + text.slice(digit).replace(/./g, d => (d === '0' ? '1' : '0')),
      )
    const requests = [right, wrongFrom(0), wrongFrom(63)]
    assert.deepEqual(await Promise.all(requests.map(verdictOn)), ['accepted', invalid, invalid])
    for (const decision of [true, false]) {
      const compare = t.mock.method(crypto, 'timingSafeEqual', () => decision)
      syncBuiltinESMExports()
      try {
        for (const request of requests) assert.equal(await verdictOn(request), decision ? 'accepted' : invalid)
      } finally {
        compare.mock.restore()
        syncBuiltinESMExports()
      }
      assert.equal(compare.mock.callCount(), requests.length)
      for (const { arguments: compared } of compare.mock.calls)
        assert.deepEqual(
          compared.map(bytes => (bytes as Buffer).byteLength),
          [32, 32],
        )
    }
  })
})
