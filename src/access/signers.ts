/** Other people's signers, for tests: what they sign, the server has to accept. */
import { createHash, createHmac } from 'node:crypto'
import { createRequire } from 'node:module'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Incoming } from '../contract/http.ts'
import { encodeLabel } from '../contract/routes.ts'
import { amzTime, type Credentials } from '../contract/sign-request.ts'

/** What a client asks, before it is signed. Names and values as text; the path as it is on the wire. */
export interface Wish {
  method: string
  rawPath: string
  query: Record<string, string[]>
  headers: Record<string, string>
  body: string
}

export interface Signing extends Credentials {
  host: string
  region: string
  service: string
  now: number
}

export type Signer = (wish: Wish, signing: Signing) => Promise<Incoming>

const bySmithy: Signer = async (wish, { host, region, service, now, ...credentials }) => {
  const signer = new SignatureV4({ region, service, credentials, sha256: Sha256 })
  const { hostname, port } = new URL(`http://${host}`)
  const request = { ...wish, protocol: 'http:', hostname, port: Number(port), path: wish.rawPath }
  const signed = await signer.sign({ ...request, headers: { host, ...wish.headers } }, { signingDate: new Date(now) })
  return incoming(wish, signed.headers)
}

/** Hash or HMAC, in the form that the signer wants. */
class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = typeof secret === 'string' || secret === undefined ? secret : Buffer.from(secret as Uint8Array)
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key)
  }
  update(data: string | Uint8Array) {
    this.#hash.update(data)
  }
  async digest() {
    return this.#hash.digest()
  }
  reset() {}
}

export const aws4 = createRequire(import.meta.url)('aws4') as {
  sign: (request: object, credentials: Credentials) => { headers: Record<string, string> }
}

const byAws4: Signer = async (wish, { host, region, service, now, ...credentials }) => {
  const query = rawQueryOf(wish.query)
  const path = query === '' ? wish.rawPath : `${wish.rawPath}?${query}`
  const headers = { ...wish.headers, 'X-Amz-Date': amzTime(now) }
  const { method, body } = wish
  return incoming(wish, aws4.sign({ region, service, host, method, path, headers, body }, credentials).headers)
}

export const rawQueryOf = (query: Wish['query']): string =>
  Object.entries(query)
    .flatMap(([name, values]) => values.map(value => `${encodeLabel(name)}=${encodeLabel(value)}`))
    .join('&')

export const incoming = ({ method, rawPath, query, body }: Wish, headers: Record<string, string>): Incoming => ({
  method,
  rawPath,
  rawQuery: rawQueryOf(query),
  rawHeaders: ['Accept', '*/*', ...Object.entries(headers).flat(), 'User-Agent', 'a test'].map(String),
  body: Buffer.from(body),
})

export const signers: Readonly<Record<string, Signer>> = { '@smithy/signature-v4': bySmithy, aws4: byAws4 }
