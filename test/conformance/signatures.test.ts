/**
 * Signatures, part by part: every bit of every byte of what two signers signed, and every way of writing the same
 * request. What SigV4 calls the same is accepted; anything else is refused, with the exception that tells its kind.
 */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { Incoming } from '../../src/contract/http.ts'
import {
  adding,
  bitFlips,
  canonical,
  headerOf,
  longer,
  partsOf,
  shorter,
  withBlanks,
  withHeader,
  withName,
} from './changes.ts'
import { askedWho, incomplete, invalid, signings, type Verdict } from './signed.ts'

const { verdictOn, sign, assertEach } = askedWho()

for (const { what, signer, wish } of signings)
  describe(what, () => {
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
