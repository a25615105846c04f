/**
 * Pages of every origin may call the API, as they could call the original service (semantics §1): with a key, and with
 * nothing else. Under `*` browsers send no cookie with a header that needs asking for, and one that comes from another
 * origin all the same is refused (`src/access/sign-in.ts`).
 */
import type { IncomingMessage } from 'node:http'
import type { Outgoing } from '../contract/http.ts'
import { cors, operations } from '../contract/model.ts'

const list = (names: Iterable<string>) => [...new Set(names)].join(', ')

const anyOrigin = { 'access-control-allow-origin': '*' }
const exposed = { ...anyOrigin, 'access-control-expose-headers': list(cors.additionalExposedHeaders) }

/** A browser's question whether a page may ask what it wants to ask. */
export const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined

export const preflightAnswer: Outgoing = {
  status: 204,
  headers: {
    ...anyOrigin,
    'access-control-allow-methods': list(Object.values(operations).map(({ http }) => http.method)),
    'access-control-allow-headers': list(cors.additionalAllowedHeaders),
    'access-control-max-age': String(cors.maxAge),
  },
  body: [],
}

/** What an answer says beside, where a page has asked. */
export const corsHeaders = ({ headers }: IncomingMessage): Readonly<Record<string, string>> | undefined =>
  headers.origin === undefined ? undefined : exposed
