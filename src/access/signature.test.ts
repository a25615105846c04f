import assert from 'node:assert/strict'
import crypto, { hash } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Incoming } from '../contract/http.ts'
import { encodeLabel } from '../contract/routes.ts'
import { amzTime, signRequest } from '../contract/sign-request.ts'
import { type SignatureRefusal, type VerifyOptions, verifySignature } from './signature.ts'
import { aws4, incoming, signers as others, rawQueryOf, type Wish } from './signers.ts'

const accessKeyId = 'AKIAEXAMPLE'
const secretAccessKey = 'a/secret+nobody0knows'
const now = Date.UTC(2026, 0, 31, 23, 59, 30)
const place = { service: 'nimble', region: 'us-west-2' }
const host = '127.0.0.1:7070'

const verify = (request: Incoming, options: Partial<VerifyOptions> = {}) =>
  verifySignature(request, {
    ...place,
    now,
    skewMs: 300_000,
    secretOf: id => (id === accessKeyId ? secretAccessKey : undefined),
    ...options,
  })

const assertAccepted = async (request: Incoming, options?: Partial<VerifyOptions>) =>
  assert.deepEqual(await verify(request, options), { accessKeyId })

const assertRefused = async (
  request: Incoming,
  name?: SignatureRefusal['name'],
  because?: RegExp,
  options?: Partial<VerifyOptions>,
) => {
  const answer = await verify(request, options)
  assert.ok('refusal' in answer, 'the request was accepted')
  if (name) assert.equal(answer.refusal.name, name)
  if (because) assert.match(answer.refusal.message, because)
  assert.doesNotMatch(answer.refusal.message, /[0-9a-f]{64}/)
  assert.ok(!answer.refusal.message.includes(secretAccessKey))
}

type Signer = (wish: Wish, signedAt?: number) => Promise<Incoming> | Incoming

const signing = (signedAt = now) => ({ ...place, accessKeyId, secretAccessKey, host, now: signedAt })

const byUs = (wish: Wish, signedAt?: number): Incoming => {
  const request = { ...wish, rawQuery: rawQueryOf(wish.query) }
  return incoming(wish, { host, ...wish.headers, ...signRequest(request, signing(signedAt)) })
}

const signers: Record<string, Signer> = { 'our own signer': byUs }
for (const [name, sign] of Object.entries(others)) signers[name] = (wish, signedAt) => sign(wish, signing(signedAt))

const text = fc.string({ unit: 'binary', maxLength: 12 })
/** Dot segments are left out: signers drop them, and we refuse to see another path than the router. */
const segment = fc.oneof(text, fc.constantFrom('us-west-2:stid-x', 'a/b', "'(*)!~", '%2F', 'ü€')).map(encodeLabel)
const wishes: fc.Arbitrary<Wish> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
  rawPath: fc
    .array(
      segment.filter(part => !['', '.', '..'].includes(part)),
      { minLength: 1, maxLength: 5 },
    )
    .map(parts => `/${parts.join('/')}`),
  query: fc
    .dictionary(
      fc.string({ unit: fc.constantFrom(...'abAB-_1=&+ ü'), maxLength: 4 }),
      fc.array(text, { minLength: 1, maxLength: 3 }),
      { maxKeys: 4 },
    )
    .map(query => Object.fromEntries(Object.entries(query).map(([name, values]) => [`q${name}`, values]))),
  headers: fc.record(
    {
      'content-type': fc.constantFrom('application/json', 'application/json;  charset=utf-8'),
      'x-amz-client-token': fc.string({ unit: fc.constantFrom(...'ab  -,"'), minLength: 1, maxLength: 20 }),
      'X-Amz-User-Agent': fc.constant('aws-sdk-js/3.523.0'),
    },
    { requiredKeys: ['x-amz-client-token'] },
  ),
  body: fc.oneof(fc.constant(''), text),
})

const plain: Wish = {
  method: 'POST',
  rawPath: '/2020-08-01/studios/us-west-2%3Astid-abcdefgh12345678/streaming-sessions',
  query: { ownedBy: ['me'], state: ['READY', 'STOPPED'] },
  headers: { 'content-type': 'application/json', 'x-amz-client-token': 'token-1' },
  body: '{"launchProfileId":"x"}',
}

const withHeader = (request: Incoming, name: string, change: (value: string) => string): Incoming => ({
  ...request,
  rawHeaders: request.rawHeaders.map((text, i) =>
    i % 2 === 1 && request.rawHeaders[i - 1]?.toLowerCase() === name ? change(text) : text,
  ),
})

const withoutHeader = (request: Incoming, name: string): Incoming => ({
  ...request,
  rawHeaders: request.rawHeaders.filter((_, i) => request.rawHeaders[i - (i % 2)]?.toLowerCase() !== name),
})

const adding = (request: Incoming, ...headers: string[]): Incoming => ({
  ...request,
  rawHeaders: [...request.rawHeaders, ...headers],
})

const authorization = (request: Incoming, change: (value: string) => string) =>
  withHeader(request, 'authorization', change)

const other = (character: string, others: string): string =>
  character === others[0] ? (others[1] ?? '') : (others[0] ?? '')

/** One change each. `at` picks a place in what is changed. */
const mutations: Record<string, (request: Incoming, at: number) => Incoming> = {
  'the method': request => ({ ...request, method: request.method === 'GET' ? 'DELETE' : 'GET' }),
  'a byte of the path': (request, at) => {
    const i = at % request.rawPath.length
    const changed = other(request.rawPath.charAt(i), 'zy')
    return { ...request, rawPath: request.rawPath.slice(0, i) + changed + request.rawPath.slice(i + 1) }
  },
  'a longer path': request => ({ ...request, rawPath: `${request.rawPath}/` }),
  'another parameter': request => ({ ...request, rawQuery: request.rawQuery ? `${request.rawQuery}&z=1` : 'z=1' }),
  'a byte of the query': (request, at) => {
    if (request.rawQuery === '') return { ...request, rawQuery: 'x' }
    const i = at % request.rawQuery.length
    const changed = other(request.rawQuery.charAt(i), 'zy')
    return { ...request, rawQuery: request.rawQuery.slice(0, i) + changed + request.rawQuery.slice(i + 1) }
  },
  'a header': request => withHeader(request, 'x-amz-client-token', value => `${value}x`),
  'the host': request => withHeader(request, 'host', () => 'elsewhere:7070'),
  'the body': (request, at) => {
    const body = Buffer.from(request.body)
    if (body.length === 0) return { ...request, body: Buffer.from('{}') }
    body.writeUInt8(body.readUInt8(at % body.length) ^ 1, at % body.length)
    return { ...request, body }
  },
  'no body': request => ({ ...request, body: Buffer.from(request.body.length === 0 ? ' ' : '') }),
  'the time': request => withHeader(request, 'x-amz-date', () => amzTime(now - 1000)),
  'a digit of the signature': (request, at) =>
    authorization(request, value => {
      const i = value.length - 1 - (at % 64)
      return value.slice(0, i) + other(value.charAt(i), '01') + value.slice(i + 1)
    }),
  'the access key': request => authorization(request, value => value.replace(accessKeyId, 'AKIAEXAMPLF')),
  'the region': request => authorization(request, value => value.replace('us-west-2', 'us-west-1')),
  'the service': request => authorization(request, value => value.replace('nimble', 'sts')),
  'the day of the scope': request => authorization(request, value => value.replace('/20260131/', '/20260130/')),
  'a header no longer signed': (request, at) =>
    authorization(request, value =>
      value.replace(/SignedHeaders=([^,]+)/, (_, list: string) => {
        const names = list.split(';')
        names.splice(at % names.length, 1)
        return `SignedHeaders=${names.join(';')}`
      }),
    ),
  'a signed header left out': request => withoutHeader(request, 'x-amz-client-token'),
  'a header that is not signed': request => adding(request, 'X-Amz-Security-Token', 'x'),
  'a header sent twice': request => adding(request, 'x-amz-client-token', 'other'),
}

describe('a signed request', () => {
  for (const [name, sign] of Object.entries(signers)) {
    it(`is accepted when ${name} signed it`, async () => {
      await fc.assert(
        fc.asyncProperty(wishes, async wish => assertAccepted(await sign(wish))),
        { numRuns: 300 },
      )
    })

    it(`is refused after any one change to what ${name} signed`, async () => {
      await fc.assert(
        fc.asyncProperty(wishes, fc.nat(), fc.constantFrom(...Object.keys(mutations)), async (wish, at, mutation) => {
          const request = await sign(wish)
          await assertRefused(mutations[mutation]?.(request, at) ?? request)
        }),
        { numRuns: 600 },
      )
    })
  }

  for (const [name, mutate] of Object.entries(mutations))
    it(`is refused with a change to ${name}`, async () => {
      for (const sign of Object.values(signers)) await assertRefused(mutate(await sign(plain), 7))
    })

  it('is accepted whatever headers and blanks proxies add that nobody signs', async () => {
    await assertAccepted(
      adding(byUsNow(), 'X-Forwarded-For', '10.0.0.1', 'X-Amzn-Trace-Id', 'Root=1', 'Via', 'a', 'Via', 'b'),
    )
    await assertAccepted(withHeader(byUsNow(), 'content-type', value => `  ${value}\t`))
  })

  it('is accepted with an Authorization header in any order and spacing', async () => {
    await assertAccepted(
      authorization(byUsNow(), value => {
        const [credential, headers, signature] = value.replace('AWS4-HMAC-SHA256 ', '').split(', ')
        return `AWS4-HMAC-SHA256  ${signature},${headers} ,  ${credential}`
      }),
    )
  })

  it('is accepted with a Date header in place of X-Amz-Date, if that is signed', async () => {
    const headers = { Host: host, Date: new Date(now).toUTCString() }
    const signed = aws4.sign(
      { ...place, method: 'GET', path: plain.rawPath, headers, doNotModifyHeaders: true },
      { accessKeyId, secretAccessKey },
    )
    const request = incoming({ ...plain, method: 'GET', query: {}, body: '' }, signed.headers)
    await assertAccepted(request)
    const unsigned = authorization(request, value => value.replace('date;host', 'host'))
    await assertRefused(unsigned, 'IncompleteSignatureException', /date must be signed/)
    const odd = withHeader(request, 'date', () => new Date(now).toISOString())
    await assertRefused(odd, 'IncompleteSignatureException', /Date/)
  })
})

const byUsNow = (): Incoming => byUs(plain)

describe('the time of a request', () => {
  for (const [name, offset] of Object.entries({ past: -300_000, future: 300_000 }))
    it(`may be as far in the ${name} as the skew allows, and no second further`, async () => {
      await assertAccepted(await byUs(plain, now + offset))
      const beyond = await byUs(plain, now + offset + Math.sign(offset) * 1000)
      await assertRefused(
        beyond,
        'InvalidSignatureException',
        /request's time is 2026\d{4}T\d{6}Z.*server's time is 20260131T235930Z.*300 s/,
      )
    })

  it('may be on the next day', async () => assertAccepted(await byUs(plain, now + 60_000)))

  for (const date of ['20260231T000000Z', '2026-01-31T23:59:30Z', '20260131T235930', '', 'now', '20260131T235960Z'])
    it(`is refused when it reads "${date}"`, async () =>
      assertRefused(
        withHeader(byUsNow(), 'x-amz-date', () => date),
        'IncompleteSignatureException',
        /X-Amz-Date/,
      ))
})

describe('a request that is not signed as it must be', () => {
  const refusals: Record<string, [(request: Incoming) => Incoming, SignatureRefusal['name'], RegExp]> = {
    'without Authorization': [
      request => withoutHeader(request, 'authorization'),
      'MissingAuthenticationTokenException',
      /no Authorization header/,
    ],
    'presigned in the query': [
      request => ({ ...withoutHeader(request, 'authorization'), rawQuery: `X-Amz-Signature=${'0'.repeat(64)}` }),
      'MissingAuthenticationTokenException',
      /query is not accepted/,
    ],
    'signed twice, in header and query': [
      request => ({ ...request, rawQuery: `${request.rawQuery}&x-amz-signature=${'0'.repeat(64)}` }),
      'IncompleteSignatureException',
      /more than one signature/,
    ],
    'with two Authorization headers': [
      request => adding(request, 'AUTHORIZATION', 'AWS4-HMAC-SHA256 x'),
      'IncompleteSignatureException',
      /more than one signature/,
    ],
    'with a bearer token': [
      request => authorization(request, () => 'Bearer x'),
      'IncompleteSignatureException',
      /begin with AWS4-HMAC-SHA256/,
    ],
    'with another algorithm': [
      request => authorization(request, value => value.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256')),
      'IncompleteSignatureException',
      /begin with AWS4-HMAC-SHA256/,
    ],
    'with a part of Authorization twice': [
      request => authorization(request, value => `${value}, ${value.split(', ')[2]}`),
      'IncompleteSignatureException',
      /each once/,
    ],
    'with a part that is unknown': [
      request => authorization(request, value => `${value}, Token=x`),
      'IncompleteSignatureException',
      /each once/,
    ],
    'without Signature': [
      request => authorization(request, value => value.replace(/, Signature=.*/, '')),
      'IncompleteSignatureException',
      /Signature/,
    ],
    'with a signature in capitals': [
      request =>
        authorization(request, value => value.replace(/Signature=.*/, s => `Signature=${s.slice(10).toUpperCase()}`)),
      'IncompleteSignatureException',
      /lower case/,
    ],
    'with SignedHeaders out of order': [
      request => authorization(request, value => value.replace('host;x-amz-client-token', 'x-amz-client-token;host')),
      'IncompleteSignatureException',
      /sorted/,
    ],
    'with a signed header named twice': [
      request => authorization(request, value => value.replace('host;', 'host;host;')),
      'IncompleteSignatureException',
      /sorted/,
    ],
    'with two hosts': [
      request => adding(request, 'Host', host),
      'IncompleteSignatureException',
      /host may be sent only once/,
    ],
    'for another region': [
      request => authorization(request, value => value.replace('us-west-2', 'eu-west-1')),
      'InvalidSignatureException',
      /20260131\/us-west-2\/nimble\/aws4_request/,
    ],
    'with a longer scope': [
      request => authorization(request, value => value.replace('aws4_request', 'aws4_request/x')),
      'InvalidSignatureException',
      /scope/,
    ],
    'with a character no byte can be': [
      request => ({ ...request, rawPath: `${request.rawPath}ĥ` }),
      'IncompleteSignatureException',
      /no byte/,
    ],
  }
  for (const [name, [change, error, because]] of Object.entries(refusals))
    it(`${name} is refused`, async () => assertRefused(change(byUsNow()), error, because))

  for (const claim of [
    'UNSIGNED-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    '',
  ])
    it(`with the body hash "${claim}" is refused`, async () => {
      const wish = { ...plain, headers: { ...plain.headers, 'x-amz-content-sha256': claim } }
      await assertRefused(await byUs(wish), 'InvalidSignatureException', /unsigned and chunked bodies/)
    })

  it('with the hash of another body is refused, even if it is signed', async () => {
    const wish = { ...plain, headers: { ...plain.headers, 'x-amz-content-sha256': hash('sha256', 'other') } }
    await assertRefused(await byUs(wish), 'InvalidSignatureException', /another hash/)
  })

  it('by a key that is unknown or disabled is refused', async () =>
    assertRefused(byUsNow(), 'UnrecognizedClientException', /unknown or disabled/, { secretOf: () => undefined }))

  it('never passes whatever its Authorization header is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom(...'AWS4-HMAC256 CredentialSgur,=;/0af') }), async value => {
        await assertRefused(authorization(byUsNow(), () => value))
        await assertRefused(authorization(byUsNow(), () => `AWS4-HMAC-SHA256 ${value}`))
      }),
    )
  })
})

describe('an access key', () => {
  it('no longer verifies under its former secret', async () => {
    const request = byUsNow()
    await assertAccepted(request, { secretOf: async () => secretAccessKey })
    await assertRefused(request, 'InvalidSignatureException', /does not match/, { secretOf: async () => 'changed' })
    await assertAccepted(request)
  })

  it('that is unknown is refused after the same work as a wrong signature', async t => {
    const wrong = authorization(byUsNow(), value => value.replace(/.$/, last => other(last, '01')))
    const secrets = [secretAccessKey, undefined]
    // The keys that both derive are kept from here on.
    for (const secret of secrets) await verify(wrong, { secretOf: () => secret })
    const counted = (['createHmac', 'timingSafeEqual'] as const).map(name => t.mock.method(crypto, name).mock)
    syncBuiltinESMExports()
    t.after(() => {
      for (const each of counted) each.restore()
      syncBuiltinESMExports()
    })
    for (const secret of secrets) {
      for (const each of counted) each.resetCalls()
      await verify(wrong, { secretOf: () => secret })
      assert.deepEqual(
        counted.map(each => each.callCount()),
        [1, 1],
      )
    }
  })
})
