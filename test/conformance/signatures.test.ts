/**
 * Signatures, part by part: every bit of every byte of what two signers signed, and every way of writing the same
 * request. What SigV4 calls the same is accepted; anything else is refused, with the exception that tells its kind.
 */
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { after, before, describe, it } from 'node:test'
import { type Signer, signers, type Wish } from '../../src/access/signers.ts'
import { ApiError } from '../../src/contract/errors.ts'
import type { Incoming } from '../../src/contract/http.ts'
import { services } from '../../src/contract/model.ts'
import { createHttpStudio, type HttpStudio } from '../http-studio.ts'
import {
  adding,
  beginnings,
  bitFlips,
  canonical,
  headerOf,
  longer,
  lookAlikes,
  type Parts,
  partsOf,
  replacedOnce,
  shorter,
  swapCase,
  withBlanks,
  withHeader,
  withName,
  withPart,
} from './changes.ts'

let studio: HttpStudio
before(async () => {
  studio = await createHttpStudio()
})
after(() => studio.close())

const wishes: Record<string, Wish> = {
  'a request with a body': {
    method: 'POST',
    rawPath: '/2020-08-01/studios/us-west-2%3Astid-abcdefgh12345678/streaming-sessions',
    query: {},
    headers: { 'content-type': 'application/json', 'x-amz-client-token': 'token-1' },
    body: '{"launchProfileId":"x","tags":{"show":"Ödland"}}',
  },
  'a request with a query': {
    method: 'GET',
    rawPath: '/2020-08-01/studios/us-west-2%3Astid-abcdefgh12345678/launch-profiles',
    query: { states: ['READY', 'DELETED'], 'principal-Id': ['me & you'], principalId: ['~*\u20ac'], nextToken: [''] },
    headers: { 'x-amz-user-agent': 'aws-sdk-js/3.523.0' },
    body: '',
  },
}

type Verdict =
  | 'accepted'
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'UnrecognizedClientException'
  | 'InvalidSignatureException'

const incomplete = 'IncompleteSignatureException'
const invalid = 'InvalidSignatureException'
const unknown = 'UnrecognizedClientException'

/** What the server says of who sends the request. */
const verdictOn = async (request: Incoming): Promise<Verdict> => {
  try {
    const { principalId } = await studio.authenticator.authenticate(request, { service: 'nimble', isReadOnly: true })
    assert.equal(principalId, studio.account.principalId)
    return 'accepted'
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    assert.ok(!error.message.includes(studio.account.secretAccessKey), error.message)
    assert.doesNotMatch(error.message, /[0-9a-f]{64}/)
    return error.name as Verdict
  }
}

const sign = (signer: Signer, wish: Wish): Promise<Incoming> => {
  const { installation, account, clock, origin } = studio
  const place = { region: installation.region, service: services.nimble.signingName, host: new URL(origin).host }
  const { accessKeyId, secretAccessKey } = account
  return signer(wish, { ...place, accessKeyId, secretAccessKey, now: clock.now() })
}

/** Checks each request, and tells all that went otherwise. */
const assertEach = async (requests: Iterable<readonly [what: string, request: Incoming, ...may: Verdict[]]>) => {
  const wrong: string[] = []
  let count = 0
  for (const [what, request, ...may] of requests) {
    count++
    const verdict = await verdictOn(request)
    if (!may.includes(verdict)) wrong.push(`${what}: ${verdict}`)
  }
  assert.ok(count > 0, 'nothing was asked')
  assert.deepEqual(wrong, [])
}

for (const [signerName, signer] of Object.entries(signers))
  for (const [wishName, wish] of Object.entries(wishes))
    describe(`${wishName}, signed by ${signerName}`, () => {
      let request: Incoming
      before(async () => {
        request = await sign(signer, wish)
      })

      it('is accepted', async () => assert.equal(await verdictOn(request), 'accepted'))

      it('is refused with another method', () =>
        assertEach([
          ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', '', 'Get', 'GET ', 'G\u00c9T']
            .filter(method => method !== request.method)
            .map(method => [method, { ...request, method }, invalid] as const),
          ...bitFlips(request.method).map(method => [method, { ...request, method }, invalid] as const),
        ]))

      it('is refused after any bit of its path has changed, or a byte has come or gone', () =>
        assertEach(
          [...bitFlips(request.rawPath), ...shorter(request.rawPath), ...longer(request.rawPath, '/.%x')].map(
            rawPath => [rawPath, { ...request, rawPath }, invalid] as const,
          ),
        ))

      it('is refused with a path that means the same', () =>
        assertEach(
          [
            request.rawPath.replace('%3A', ':'),
            request.rawPath.replace('%3A', '%3a'),
            request.rawPath.replace('studios', '%73tudios'),
            request.rawPath.replace('/studios', '//studios'),
            request.rawPath.replace('/studios', '/./studios'),
            request.rawPath.replace('/studios', '/x/../studios'),
          ].map(rawPath => [rawPath, { ...request, rawPath }, invalid] as const),
        ))

      it('is refused after any bit of its query has changed, or a byte has come or gone', () => {
        const { rawQuery } = request
        // A name is the same with and without the sign of equality after it, and an empty pair at an end is none.
        const same = (query: string) => canonical(query) === canonical(rawQuery)
        return assertEach([
          ...[...bitFlips(rawQuery), ...shorter(rawQuery), ...longer(rawQuery, 'x=&+')].map(
            query => [query, { ...request, rawQuery: query }, same(query) ? 'accepted' : invalid] as const,
          ),
          ['another pair', { ...request, rawQuery: `${rawQuery}${rawQuery && '&'}z=1` }, invalid],
        ])
      })

      it('is refused after any bit of its body has changed', () =>
        assertEach([
          ...bitFlips(Buffer.from(request.body).toString('latin1')).map(
            (text, i) => [`bit ${i}`, { ...request, body: Buffer.from(text, 'latin1') }, invalid] as const,
          ),
          ['longer', { ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) }, invalid],
          ...(request.body.length > 0 ? [['none', { ...request, body: Buffer.alloc(0) }, invalid] as const] : []),
        ]))

      it('is refused after any bit of any signed header has changed', () => {
        const names = partsOf(headerOf(request, 'authorization')).signedHeaders.split(';')
        return assertEach(
          names.flatMap(name => {
            const value = headerOf(request, name)
            // What is no time any more is missing; another time has another signature, scope or distance.
            const may: Verdict[] = name === 'x-amz-date' ? [incomplete, invalid] : [invalid]
            const values = [...bitFlips(value), ...shorter(value), ...longer(value, 'x,\u00a0')]
            return values.map(changed => [`${name}: ${changed}`, withHeader(request, name, changed), ...may] as const)
          }),
        )
      })

      it('is refused without a signed header, with one twice, and under another name', () => {
        const names = partsOf(headerOf(request, 'authorization')).signedHeaders.split(';')
        const onlyOnce = (name: string) => name.startsWith('x-amz-') || ['host', 'content-type'].includes(name)
        return assertEach(
          names.flatMap(name => [
            [`without ${name}`, withName(request, name, 'other'), incomplete] as const,
            ...bitFlips(name)
              .filter(changed => changed.toLowerCase() !== name)
              .map(changed => [changed, withName(request, name, changed), incomplete] as const),
            [
              `${name} twice`,
              adding(request, name.toUpperCase(), headerOf(request, name)),
              onlyOnce(name) ? incomplete : invalid,
            ] as const,
          ]),
        )
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

      it('is accepted in every order and spelling that SigV4 calls the same', () => {
        const { rawHeaders, rawQuery } = request
        const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, i) => rawHeaders.slice(2 * i, 2 * i + 2))
        const parts = headerOf(request, 'authorization').replace(/^\S+ /, '').split(', ')
        const reorder = (order: number[], by: string) =>
          withHeader(request, 'authorization', `AWS4-HMAC-SHA256 ${order.map(i => parts[i]).join(by)}`)
        return assertEach(
          [
            ['headers reversed', { ...request, rawHeaders: pairs.toReversed().flat() }],
            ['names in capitals', { ...request, rawHeaders: rawHeaders.map((t, i) => (i % 2 ? t : t.toUpperCase())) }],
            ['blanks around values', withBlanks(request)],
            ['query reversed', { ...request, rawQuery: rawQuery.split('&').reverse().join('&') }],
            ['query without empty values', { ...request, rawQuery: rawQuery.replace(/=(?=&|$)/g, '') }],
            ['headers that nobody signs', adding(request, 'X-Forwarded-For', '10.0.0.1', 'Via', 'a', 'Via', 'b')],
            ...[
              [0, 1, 2],
              [0, 2, 1],
              [1, 0, 2],
              [1, 2, 0],
              [2, 0, 1],
              [2, 1, 0],
            ].flatMap(order => [',', ', ', ' ,  '].map(by => [`${order} by "${by}"`, reorder(order, by)] as const)),
          ].map(([what, changed]) => [String(what), changed as Incoming, 'accepted'] as const),
        )
      })

      it('is refused with what nobody signed: another x-amz header, another signature', () =>
        assertEach([
          ['a token', adding(request, 'X-Amz-Security-Token', 'x'), incomplete],
          ['a target', adding(request, 'x-amz-target', 'x'), incomplete],
          ['two signatures', adding(request, 'authorization', headerOf(request, 'authorization')), incomplete],
          ['one in the query', { ...request, rawQuery: `X-Amz-Signature=${'0'.repeat(64)}` }, incomplete],
          ['none', withName(request, 'authorization', 'x-authorization'), 'MissingAuthenticationTokenException'],
          [
            'none but one by proxy',
            withName(request, 'authorization', 'proxy-authorization'),
            'MissingAuthenticationTokenException',
          ],
        ]))
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
