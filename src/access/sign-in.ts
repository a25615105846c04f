/**
 * Signing in to the portal: local users with a password, and a cookie that stands for them. The cookie is a random
 * value of which only the hash is stored; it is sent to this origin alone, and a request that uses it must carry a
 * header that no page of another origin can add.
 */
import { createHash, randomBytes } from 'node:crypto'
import { refusal } from '../contract/errors.ts'
import { headerValues, type Incoming } from '../contract/http.ts'
import type { Db } from '../store/database.ts'
import { deleteSignIn, insertSignIn, principalById, signInById } from '../store/principals.ts'
import { type Caller, toCaller } from './caller.ts'

export const cookieName = 'atelier'
export const portalHeader = 'x-atelier-portal'

/** How long a browser stays signed in, ms. */
export const signInMs = 12 * 3_600_000

/** The cookie's value, or undefined where the request has none. */
export const signInOf = (request: Pick<Incoming, 'rawHeaders'>): string | undefined => cookieOf(request, cookieName)

/** The value of a cookie; undefined where it is absent or given twice. */
export const cookieOf = (request: Pick<Incoming, 'rawHeaders'>, name: string): string | undefined => {
  const values = headerValues(request, 'cookie')
    .flatMap(header => header.split(';'))
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(`${name}=`))
    .map(pair => pair.slice(name.length + 1))
  return values.length === 1 ? values[0] : undefined
}

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('base64url')

export const newToken = (): string => randomBytes(32).toString('base64url')

export interface SignInContext {
  db: Db
  /** Origins that the portal is served from. */
  publicOrigins: readonly string[]
  now: number
}

/** Who is behind a cookie. */
export const callerOfSignIn = async (
  { db, publicOrigins, now }: SignInContext,
  request: Pick<Incoming, 'rawHeaders'>,
  token: string,
): Promise<Caller> => {
  refuseForeign(request, publicOrigins)
  const signIn = await signInById(db, hashToken(token), now)
  const principal = signIn && (await principalById(db, signIn.principalId))
  if (!principal || principal.disabled)
    throw refusal('UnrecognizedClientException', 'NOT_SIGNED_IN', 'You are not signed in any more. Sign in again.')
  return toCaller(db, principal)
}

/** Refuses a request that a page of another origin may have caused. */
export const refuseForeign = (request: Pick<Incoming, 'rawHeaders'>, publicOrigins: readonly string[]): void => {
  const [origin] = headerValues(request, 'origin')
  const marked = headerValues(request, portalHeader).length === 1
  if (marked && (origin === undefined || publicOrigins.includes(origin))) return
  throw refusal('AccessDeniedException', 'FOREIGN_ORIGIN', 'This request does not come from a page of the portal.')
}

/** Signs a browser in. The value of its cookie. */
export const signIn = async (db: Db, principalId: string, now: number): Promise<string> => {
  const token = newToken()
  await insertSignIn(db, { id: hashToken(token), principalId, createdAt: now, expiresAt: now + signInMs })
  return token
}

export const signOut = (db: Db, token: string): Promise<void> => deleteSignIn(db, hashToken(token))
