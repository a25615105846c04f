/**
 * The public test suite of Signature Version 4, rebuilt: its requests, its credentials, and the signatures it
 * publishes. Paths are signed un-normalised here, so of the suite's two forms of the path cases the un-normalised one
 * applies; the other must be refused, or a proxy and the router could see different paths.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Incoming } from '../contract/http.ts'
import { verifySignature } from './signature.ts'

const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const token = '6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267'
const legacyToken =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=='

interface Vector {
  method?: string
  path?: string
  query?: string
  headers?: string[]
  /** Sent, but not signed. */
  unsigned?: string[]
  body?: string
  signature: string
}

const unreserved = '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const form = (charset: string): string[] => ['Content-Type', `application/x-www-form-urlencoded${charset}`]
/** What a string of the suite is on the wire: a character for each byte of its UTF-8. */
const bytes = (text: string): string => Buffer.from(text).toString('latin1')

const getVanilla = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'
const getParam1And2 = 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500'
const postVanilla = '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'
const postParam1 = '28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11'

const accepted: Record<string, Vector> = {
  'get-vanilla': { signature: getVanilla },
  'get-vanilla-query': { signature: getVanilla },
  'get-vanilla-empty-query-key': {
    query: 'Param1=value1',
    signature: 'a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb',
  },
  'get-vanilla-query-order-key': { query: 'Param2=value2&Param1=value1', signature: getParam1And2 },
  'get-vanilla-query-order-key-case': { query: 'Param2=value2&Param1=value1', signature: getParam1And2 },
  'get-vanilla-query-order-value': {
    query: 'Param1=value2&Param1=value1',
    signature: '5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694',
  },
  'get-vanilla-query-order-encoded': {
    query: 'Param-3=Value3&Param=Value2&%E1%88%B4=Value1',
    signature: '371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac',
  },
  'get-vanilla-query-unreserved': {
    query: `${unreserved}=${unreserved}`,
    signature: '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
  },
  'get-vanilla-utf8-query, the query encoded as HTTP demands': {
    query: '%E1%88%B4=bar',
    signature: '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  },
  'get-unreserved': {
    path: `/${unreserved}`,
    signature: '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  },
  'get-utf8': {
    path: bytes('/ሴ'),
    signature: '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
  },
  'get-relative (unnormalized)': {
    path: '/example/..',
    signature: 'eca7ead57bb5aa5c8e28007acd4ff04e1ff9a0ff3b237ec1554a184887ff9282',
  },
  'get-relative-relative (unnormalized)': {
    path: '/example1/example2/../..',
    signature: 'dc33e0856fd4baca4d7aa2146c38958283844764f38c74252a333df5e613003b',
  },
  'get-slash (unnormalized)': {
    path: '//',
    signature: 'c88bcd3d312d75078c0cd961d6deae3f4c754924b01669efcfcb439fd5e5b76e',
  },
  'get-slash-dot-slash (unnormalized)': {
    path: '/./',
    signature: '68714168e6557f8f2de0ef956fc24dc2593a4bd2961f8df51898d8a134695145',
  },
  'get-slash-pointless-dot (unnormalized)': {
    path: '/./example',
    signature: 'beb03f223f7deae4146464f06e29eebbee9c8afbe15c290cf07aa8b119e14cff',
  },
  'get-slashes (unnormalized)': {
    path: '//example//',
    signature: '87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5',
  },
  'get-space (unnormalized)': {
    path: '/example space/',
    signature: '652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741',
  },
  'get-header-key-duplicate': {
    headers: ['My-Header1', 'value2', 'My-Header1', 'value2', 'My-Header1', 'value1'],
    signature: 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  },
  'get-header-value-multiline, its lines as one header each: HTTP folds no more': {
    headers: ['My-Header1', 'value1', 'My-Header1', '  value2', 'My-Header1', '     value3'],
    signature: 'ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790',
  },
  'get-header-value-order': {
    headers: ['My-Header1', 'value4', 'My-Header1', 'value1', 'My-Header1', 'value3', 'My-Header1', 'value2'],
    signature: '08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01',
  },
  'get-header-value-trim': {
    headers: ['My-Header1', ' value1', 'My-Header2', ' "a   b   c"'],
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  'get-vanilla-with-session-token': {
    headers: ['X-Amz-Security-Token', token],
    signature: '07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8',
  },
  'post-vanilla': { method: 'POST', signature: postVanilla },
  'post-header-key-case': { method: 'POST', signature: postVanilla },
  'post-header-key-sort': {
    method: 'POST',
    headers: ['My-Header1', 'value1'],
    signature: 'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
  },
  'post-header-value-case': {
    method: 'POST',
    headers: ['My-Header1', 'VALUE1'],
    signature: 'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d',
  },
  'post-sts-header-before': {
    method: 'POST',
    headers: ['X-Amz-Security-Token', legacyToken],
    signature: '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
  },
  'post-vanilla-query': { method: 'POST', query: 'Param1=value1', signature: postParam1 },
  'post-vanilla-empty-query-value': { method: 'POST', query: 'Param1=value1', signature: postParam1 },
  'post-x-www-form-urlencoded': {
    method: 'POST',
    headers: form(''),
    body: 'Param1=value1',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
  'post-x-www-form-urlencoded-parameters': {
    method: 'POST',
    headers: form('; charset=utf8'),
    body: 'Param1=value1',
    signature: '1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe',
  },
}

const refused: Record<string, Vector & { because: RegExp }> = {
  'post-sts-header-after: a token that nobody signed': {
    method: 'POST',
    unsigned: ['X-Amz-Security-Token', legacyToken],
    signature: postVanilla,
    because: /x-amz-security-token must be signed/,
  },
  'get-relative (normalized)': { path: '/example/..', signature: getVanilla, because: /does not match/ },
  'get-relative-relative (normalized)': {
    path: '/example1/example2/../..',
    signature: getVanilla,
    because: /does not match/,
  },
  'get-slash (normalized)': { path: '//', signature: getVanilla, because: /does not match/ },
  'get-slash-dot-slash (normalized)': { path: '/./', signature: getVanilla, because: /does not match/ },
  'get-slash-pointless-dot (normalized)': {
    path: '/./example',
    signature: 'ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5',
    because: /does not match/,
  },
  'get-slashes (normalized)': {
    path: '//example//',
    signature: '9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84',
    because: /does not match/,
  },
}

const requestOf = (vector: Vector): Incoming => {
  const signed = ['Host', 'example.amazonaws.com', ...(vector.headers ?? []), 'X-Amz-Date', '20150830T123600Z']
  const names = [...new Set(signed.filter((_, i) => i % 2 === 0).map(name => name.toLowerCase()))].sort()
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names.join(';')}, Signature=${vector.signature}`
  return {
    method: vector.method ?? 'GET',
    rawPath: vector.path ?? '/',
    rawQuery: vector.query ?? '',
    rawHeaders: [...signed, ...(vector.unsigned ?? []), 'Authorization', authorization],
    body: Buffer.from(vector.body ?? ''),
  }
}

const verify = (vector: Vector) =>
  verifySignature(requestOf(vector), {
    service: 'service',
    region: 'us-east-1',
    now: Date.UTC(2015, 7, 30, 12, 36),
    skewMs: 0,
    secretOf: id => (id === 'AKIDEXAMPLE' ? secret : undefined),
  })

describe('the public test suite', () => {
  for (const [name, vector] of Object.entries(accepted))
    it(`accepts ${name}`, async () => assert.deepEqual(await verify(vector), { accessKeyId: 'AKIDEXAMPLE' }))

  for (const [name, vector] of Object.entries(refused))
    it(`refuses ${name}`, async () => {
      const answer = await verify(vector)
      assert.ok('refusal' in answer)
      assert.match(answer.refusal.message, vector.because)
    })
})
