/**
 * Verifies AWS Signature Version 4 as `nimble`'s clients sign. Our own, because libraries only sign, and normalise what
 * must not be. A request passes only if nothing that matters could have been added or changed on the way: host, time
 * and every `x-amz-*` header are signed, the hash is over the body that came, and there is one signature only.
 */
import { createHmac, hash, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import { headerValues, type Incoming } from '../contract/http.ts'
import {
  algorithm,
  amzTime,
  canonicalValue,
  deriveKey,
  type Scope,
  scopeText,
  stringToSign,
} from '../contract/sign-request.ts'

export interface SignatureRefusal {
  name:
    | 'MissingAuthenticationTokenException'
    | 'IncompleteSignatureException'
    | 'UnrecognizedClientException'
    | 'InvalidSignatureException'
  /** For the caller. Tells what is off, never a secret or the signature that was expected. */
  message: string
}

export interface VerifyOptions {
  service: string
  region: string
  /** Milliseconds since 1970. */
  now: number
  /** How far the request's time may be from `now`, either way. */
  skewMs: number
  /** Undefined for a key that is unknown or disabled. */
  secretOf: (accessKeyId: string) => Promise<string | undefined> | string | undefined
}

type Refused = { refusal: SignatureRefusal }

/** Who signed the request, or why it is refused. Throws only what `secretOf` throws. */
export const verifySignature = async (
  request: Incoming,
  options: VerifyOptions,
): Promise<{ accessKeyId: string } | Refused> => {
  const claim = readClaim(request, options)
  if ('refusal' in claim) return claim
  const secret = await options.secretOf(claim.accessKeyId)
  // An unknown key is verified too, under a secret that nobody has, so that it takes as long as a wrong signature.
  const key = signingKey(secret ?? nobodysSecret, claim.scope)
  const expected = createHmac('sha256', key).update(claim.stringToSign).digest()
  const matches = timingSafeEqual(expected, claim.signature)
  if (secret === undefined) return refuse('UnrecognizedClientException', 'The access key id is unknown or disabled.')
  if (!matches)
    return refuse(
      'InvalidSignatureException',
      'The signature does not match the request. Check the secret access key, and that nothing on the way changes the method, path, query, body or a signed header.',
    )
  return { accessKeyId: claim.accessKeyId }
}

const nobodysSecret = randomBytes(32).toString('base64')

/** What the request says of its signature, in a form that can be verified. */
interface Claim {
  accessKeyId: string
  scope: Scope
  signature: Buffer
  stringToSign: string
}

const readClaim = (request: Incoming, { service, region, now, skewMs }: VerifyOptions): Claim | Refused => {
  const authorizations = headerValues(request, 'authorization')
  const presigned = /(?:^|&)x-amz-signature=/i.test(request.rawQuery)
  if (authorizations.length === 0)
    return refuse(
      'MissingAuthenticationTokenException',
      presigned
        ? 'A signature in the query is not accepted here: sign with the Authorization header.'
        : 'The request has no Authorization header.',
    )
  if (authorizations.length > 1 || presigned) return incomplete('The request has more than one signature.')
  const parts = readAuthorization(authorizations[0] ?? '')
  if ('refusal' in parts) return parts

  const headers = readHeaders(request.rawHeaders)
  if ('refusal' in headers) return headers
  const faulty = checkSignedHeaders(headers.values, parts.signedHeaders)
  if (faulty) return faulty

  const time = readTime(headers.values)
  if (time === undefined) return incomplete('The request needs a signed X-Amz-Date (YYYYMMDDTHHMMSSZ) or Date header.')
  const timeText = headers.values.get('x-amz-date') ?? amzTime(time)
  const scope: Scope = { day: timeText.slice(0, 8), region, service }
  if (parts.scope !== scopeText(scope))
    return invalid(
      `The credential's scope must be ${scopeText(scope)}: the day of the request, the region, the service.`,
    )
  if (Math.abs(now - time) > skewMs)
    return invalid(
      `The request's time is ${timeText}, the server's time is ${amzTime(now)}: they may differ by ${skewMs / 1000} s.`,
    )

  const bodyHash = request.body.length === 0 ? emptyHash : hash('sha256', request.body)
  const claimedHash = headers.values.get('x-amz-content-sha256')
  if (claimedHash !== undefined && claimedHash !== bodyHash)
    return invalid(
      /^[0-9a-f]{64}$/.test(claimedHash)
        ? 'The body has another hash than X-Amz-Content-Sha256 says.'
        : 'X-Amz-Content-Sha256 must be the hash of the body: unsigned and chunked bodies are not accepted.',
    )

  const { method, rawPath, rawQuery } = request
  const { accessKeyId, signature, signedHeaders } = parts
  const text = stringToSign(
    { method, rawPath, rawQuery, headers: headers.values, signedHeaders, bodyHash },
    timeText,
    scope,
  )
  if (text === undefined) return incomplete('The path, the query or a signed header has a character that is no byte.')
  return { accessKeyId, scope, signature, stringToSign: text }
}

const emptyHash = hash('sha256', '')

interface Authorization {
  accessKeyId: string
  scope: string
  signedHeaders: string[]
  signature: Buffer
}

const readAuthorization = (header: string): Authorization | Refused => {
  if (!header.startsWith(`${algorithm} `)) return incomplete(`The Authorization header must begin with ${algorithm}.`)
  const parts = new Map<string, string>()
  for (const part of header.slice(algorithm.length).split(',')) {
    const [, name, value] = /^(\w+)=(\S+)$/.exec(part.trim()) ?? []
    if (name === undefined || value === undefined || parts.has(name) || !authorizationParts.includes(name))
      return incomplete(`The Authorization header must have ${authorizationParts.join(', ')}, each once, and no more.`)
    parts.set(name, value)
  }
  const [, accessKeyId, scope] = /^(\w{1,128})\/(\S+)$/.exec(parts.get('Credential') ?? '') ?? []
  if (accessKeyId === undefined || scope === undefined)
    return incomplete('The Authorization header needs Credential=<key id>/<day>/<region>/<service>/aws4_request.')
  const signedHeaders = parts.get('SignedHeaders')?.split(';')
  if (!signedHeaders) return incomplete('The Authorization header needs SignedHeaders.')
  const signature = parts.get('Signature') ?? ''
  if (!/^[0-9a-f]{64}$/.test(signature))
    return incomplete('The Authorization header needs a Signature of 64 hexadecimal digits in lower case.')
  return { accessKeyId, scope, signedHeaders, signature: Buffer.from(signature, 'hex') }
}

const authorizationParts = ['Credential', 'SignedHeaders', 'Signature']

/**
 * Repeated headers are joined, as the signature wants it. Where two headers and one with a comma in it would be read
 * differently after the signature has been checked, repeating is refused.
 */
const readHeaders = (rawHeaders: readonly string[]): { values: Map<string, string> } | Refused => {
  const values = new Map<string, string>()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase()
    const value = canonicalValue(rawHeaders[i + 1] ?? '')
    const before = values.get(name)
    if (before !== undefined && (name.startsWith('x-amz-') || onlyOnce.includes(name)))
      return incomplete(`The header ${name} may be sent only once.`)
    values.set(name, before === undefined ? value : `${before},${value}`)
  }
  return { values }
}

const onlyOnce = ['host', 'date', 'content-type']

const checkSignedHeaders = (headers: Map<string, string>, signed: string[]): Refused | undefined => {
  for (const [i, name] of signed.entries()) {
    if (!headers.has(name)) return incomplete('SignedHeaders names a header that the request does not have.')
    if (i > 0 && name <= (signed[i - 1] ?? '')) return incomplete('SignedHeaders must be sorted, each name once.')
  }
  if (!signed.includes('host')) return incomplete('The header host must be signed.')
  if (!headers.has('x-amz-date') && !signed.includes('date')) return incomplete('The header x-amz-date must be signed.')
  for (const name of headers.keys())
    if (name.startsWith('x-amz-') && !signed.includes(name)) return incomplete(`The header ${name} must be signed.`)
  return undefined
}

/** Only what writes back to the same text: 31 February and other forms of a date are none. */
const readTime = (headers: Map<string, string>): number | undefined => {
  const amzDate = headers.get('x-amz-date')
  if (amzDate !== undefined) {
    const iso = amzDate.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')
    const time = Date.parse(iso)
    return Number.isFinite(time) && amzTime(time) === amzDate ? time : undefined
  }
  const date = headers.get('date') ?? ''
  const time = Date.parse(date)
  return Number.isFinite(time) && new Date(time).toUTCString() === date ? time : undefined
}

/**
 * Deriving a key takes longer than all the rest. The secret is part of the name, so a key whose secret has changed is
 * never found; the bound is far above the keys in use on one day.
 */
const signingKeys = new Map<string, KeyObject>()
const keptSigningKeys = 2000

const signingKey = (secret: string, scope: Scope): KeyObject => {
  const name = `${scopeText(scope)}/${secret}`
  const known = signingKeys.get(name)
  if (known) return known
  const oldest = signingKeys.size < keptSigningKeys ? undefined : signingKeys.keys().next().value
  if (oldest !== undefined) signingKeys.delete(oldest)
  const key = deriveKey(secret, scope)
  signingKeys.set(name, key)
  return key
}

const refuse = (name: SignatureRefusal['name'], message: string): Refused => ({ refusal: { name, message } })
const incomplete = (message: string) => refuse('IncompleteSignatureException', message)
const invalid = (message: string) => refuse('InvalidSignatureException', message)
