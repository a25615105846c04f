import { ApiError } from '../contract/errors.ts'
import { headerValues, type Incoming } from '../contract/http.ts'
import type { Db } from '../store/database.ts'
import { faultOf } from '../store/faults.ts'
import { accessKeyById, noteUse, principalById } from '../store/principals.ts'
import { type Caller, toCaller } from './caller.ts'
import type { Secrets } from './secrets.ts'
import { callerOfSignIn, signInOf } from './sign-in.ts'
import { type SignatureRefusal, verifySignature } from './signature.ts'

export interface Authenticator {
  /** Who sends this request; refuses it when that is not proven. */
  authenticate(request: Incoming, purpose: Purpose): Promise<Caller>
  /** Forgets what is known of callers: a key, a policy or a membership was changed. */
  forget(): void
}

/** What the request has to be signed for. */
export interface Purpose {
  service: string
  /** Where nothing is changed, a clock may be off by more. */
  isReadOnly: boolean
}

export interface AuthenticatorOptions {
  db: Db
  secrets: Secrets
  region: string
  publicOrigins: () => readonly string[]
  now: () => number
}

/** A key that another process has disabled is refused here after this time at the latest. */
const knownForMs = 2000
const knownAtMost = 10_000

const minute = 60_000

interface KnownKey {
  secret: string
  lastUsedAt: number
  caller: Caller
  until: number
}

export const createAuthenticator = (options: AuthenticatorOptions): Authenticator => {
  const { db, secrets, region, publicOrigins, now } = options
  const known = new Map<string, KnownKey>()
  /** How often all was forgotten: what was read before is not remembered after. */
  let forgotten = 0

  const keyOf = async (accessKeyId: string): Promise<KnownKey | undefined> => {
    const remembered = known.get(accessKeyId)
    const leftMs = (remembered?.until ?? 0) - now()
    // More than it ever was: the clock was set back.
    if (remembered && leftMs > 0 && leftMs <= knownForMs) return remembered
    const before = forgotten
    const key = await accessKeyById(db, accessKeyId)
    const principal = key && !key.disabled ? await principalById(db, key.principalId) : undefined
    if (!key || !principal || principal.disabled) {
      known.delete(accessKeyId)
      return undefined
    }
    if (known.size >= knownAtMost) known.clear()
    const found = {
      secret: secrets.open(key.sealedSecret, 'access-key'),
      lastUsedAt: key.lastUsedAt ?? 0,
      caller: await toCaller(db, principal),
      until: now() + knownForMs,
    }
    if (before === forgotten) known.set(accessKeyId, found)
    return found
  }

  return {
    async authenticate(request, { service, isReadOnly }) {
      const signIn = signInOf(request)
      if (signIn !== undefined && headerValues(request, 'authorization').length === 0)
        return callerOfSignIn({ db, publicOrigins: publicOrigins(), now: now() }, request, signIn)
      const skewMs = (isReadOnly ? 15 : 5) * minute
      const verified = await verifySignature(request, {
        service,
        region,
        now: now(),
        skewMs,
        secretOf: async id => (await keyOf(id))?.secret,
      })
      if ('refusal' in verified) throw refused(verified.refusal)
      const key = await keyOf(verified.accessKeyId)
      if (!key)
        throw refused({ name: 'UnrecognizedClientException', message: 'The access key id is unknown or disabled.' })
      // To the minute: a write for each request would cost more than all the rest.
      if (now() - key.lastUsedAt >= minute) {
        key.lastUsedAt = now()
        await noteUse(db, verified.accessKeyId, key.lastUsedAt).catch(error => {
          // Reads are answered on a full disk, and this note comes again in a minute.
          if (!faultOf(error)) throw error
        })
      }
      return key.caller
    },
    forget() {
      forgotten++
      known.clear()
    },
  }
}

const refused = ({ name, message }: SignatureRefusal) => new ApiError(name, message, { reason: reasons[name] })

const reasons: Readonly<Record<SignatureRefusal['name'], string>> = {
  MissingAuthenticationTokenException: 'NOT_SIGNED',
  IncompleteSignatureException: 'INCOMPLETE_SIGNATURE',
  UnrecognizedClientException: 'UNKNOWN_KEY',
  InvalidSignatureException: 'WRONG_SIGNATURE',
}
