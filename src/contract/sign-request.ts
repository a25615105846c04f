/**
 * AWS Signature Version 4, the part that signer and verifier share: what is signed, and with which key. The request is
 * written down in one canonical form, its hash goes into the string to sign, and an HMAC over that string under a key
 * derived from secret, day, region and service is the signature. Everything here works on the request as it is on the
 * wire: a path or query is never decoded or normalised, so the signature and the router cannot see two requests.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'

export const algorithm = 'AWS4-HMAC-SHA256'

export interface Scope {
  /** `YYYYMMDD` */
  day: string
  region: string
  service: string
}

export interface Canonical {
  method: string
  rawPath: string
  rawQuery: string
  /** By name in lower case: the value as it is signed (`canonicalValue`). */
  headers: ReadonlyMap<string, string>
  /** Names in lower case, sorted; each is in `headers`. */
  signedHeaders: readonly string[]
  bodyHash: string
}

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
}

/**
 * The headers that sign a request: `x-amz-date` and `authorization`. Signed are the host, the content type, and every
 * `x-amz-*` header. `host` is the Host header that the HTTP client will send; `now` is in milliseconds since 1970.
 */
export const signRequest = (
  request: {
    method: string
    rawPath: string
    rawQuery: string
    headers: Record<string, string>
    body: string | Uint8Array
  },
  options: Credentials & { host: string; region: string; service: string; now: number },
): Record<'x-amz-date' | 'authorization', string> => {
  const time = amzTime(options.now)
  const scope: Scope = { day: time.slice(0, 8), region: options.region, service: options.service }
  const headers = new Map([
    ['host', options.host],
    ['x-amz-date', time],
  ])
  for (const [name, value] of Object.entries(request.headers)) {
    const lower = name.toLowerCase()
    if (lower === 'content-type' || lower.startsWith('x-amz-')) headers.set(lower, canonicalValue(value))
  }
  const signedHeaders = [...headers.keys()].sort()
  const text = stringToSign({ ...request, headers, signedHeaders, bodyHash: hash('sha256', request.body) }, time, scope)
  if (text === undefined) throw new TypeError('a path, query or header to be signed has a character that is no byte')
  const signature = createHmac('sha256', deriveKey(options.secretAccessKey, scope)).update(text).digest('hex')
  const credential = `${options.accessKeyId}/${scopeText(scope)}`
  return {
    'x-amz-date': time,
    authorization: `${algorithm} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`,
  }
}

/** Undefined when the request holds characters beyond U+00FF, which no byte on the wire can have been. */
export const stringToSign = (request: Canonical, time: string, scope: Scope): string | undefined => {
  const canonical = canonicalRequest(request)
  if (/[\u0100-\uffff]/.test(canonical)) return undefined
  // Header values reach us as one character per byte, so latin1 gives back the bytes that were sent.
  return `${algorithm}\n${time}\n${scopeText(scope)}\n${hash('sha256', Buffer.from(canonical, 'latin1'))}`
}

export const scopeText = ({ day, region, service }: Scope): string => `${day}/${region}/${service}/aws4_request`

/** Takes four HMACs: whoever verifies many requests keeps the key. */
export const deriveKey = (secret: string, { day, region, service }: Scope): KeyObject => {
  let key: Buffer = Buffer.from(`AWS4${secret}`)
  for (const part of [day, region, service, 'aws4_request']) key = createHmac('sha256', key).update(part).digest()
  return createSecretKey(key)
}

/** `YYYYMMDDTHHMMSSZ` */
export const amzTime = (now: number): string => new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, '')

/** Runs of blanks become one space, outer ones go. Blanks are HTTP's two: another byte is never dropped. */
export const canonicalValue = (value: string): string => {
  const text = value.replace(/[ \t]+/g, ' ')
  return text.slice(text.startsWith(' ') ? 1 : 0, text.endsWith(' ') ? -1 : undefined)
}

export const canonicalRequest = ({
  method,
  rawPath,
  rawQuery,
  headers,
  signedHeaders,
  bodyHash,
}: Canonical): string => {
  let lines = ''
  for (const name of signedHeaders) lines += `${name}:${headers.get(name)}\n`
  return `${method}\n${encodePath(rawPath)}\n${sortQuery(rawQuery)}\n${lines}\n${signedHeaders.join(';')}\n${bodyHash}`
}

/** The path is encoded a second time (`%3A` becomes `%253A`), as every signer but S3's does. */
const encodePath = (rawPath: string): string =>
  rawPath === '' ? '/' : rawPath.replace(/[^A-Za-z0-9._~/-]/g, byte => percentEncoded[byte.charCodeAt(0)] ?? byte)

const percentEncoded = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)

/**
 * By name, then by value; not by the joined text, where `a-b=1` would come before `a=1`. The encoding stays as sent:
 * signers and HTTP clients agree on it, and two spellings of a query are two requests.
 */
const sortQuery = (rawQuery: string): string => {
  if (rawQuery === '') return ''
  const pairs = rawQuery.split('&').map(text => {
    const end = text.indexOf('=')
    return end < 0 ? { name: text, value: '' } : { name: text.slice(0, end), value: text.slice(end + 1) }
  })
  if (pairs.length > 1) pairs.sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
  return pairs.map(({ name, value }) => `${name}=${value}`).join('&')
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
