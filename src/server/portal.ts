/** What the portal's pages ask for beside the API: signing in and out, and opening a stream. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Caller, toCaller } from '../access/caller.ts'
import { checkPassword, hashPassword } from '../access/passwords.ts'
import {
  callerOfSignIn,
  cookieName,
  cookieOf,
  hashToken,
  refuseForeign,
  signIn,
  signInMs,
  signInOf,
  signOut,
} from '../access/sign-in.ts'
import type { SignInLimit } from '../access/sign-in-limit.ts'
import { ApiError } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type { Db } from '../store/database.ts'
import { ownIdentityStore, putStudioMember } from '../store/members.ts'
import {
  hasUsers,
  insertPrincipal,
  isWelcome,
  principalById,
  principalByUserName,
  redeemWelcome,
} from '../store/principals.ts'
import { atOnce } from '../store/resources.ts'
import { namedStudios } from '../store/studios.ts'

export interface PortalOptions {
  db: Db
  now: () => number
  publicOrigins: () => readonly string[]
  signInLimit: SignInLimit
  /** The path that a stream's cookie is sent to begins here. */
  openStream: (
    streamId: string,
    token: string | undefined,
    key: string | undefined,
  ) => Promise<{ key: string | undefined } | { status: number; message: string }>
  endOfStream: (streamId: string, key: string | undefined) => Promise<object | { status: number; message: string }>
  streamCookie: string
}

interface SignInBody {
  userName: string
  password: string
}
interface WelcomeBody extends SignInBody {
  code: string
  displayName?: string
}

const userName = { type: 'string', minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]*$' }
const body = (properties: object, required: string[]) => ({
  schema: { body: { type: 'object', properties, required, additionalProperties: false } },
})

export const portalRoutes =
  ({ db, now, publicOrigins, signInLimit, openStream, endOfStream, streamCookie }: PortalOptions) =>
  (app: FastifyInstance): void => {
    const context = () => ({ db, publicOrigins: publicOrigins(), now: now() })
    const secure = () => (publicOrigins()[0]?.startsWith('https:') ? '; Secure' : '')

    // What changes something is asked for by a page of ours, or not looked at.
    app.addHook('onRequest', async (request, reply) => {
      if (request.method === 'GET' || request.method === 'HEAD') return
      try {
        refuseForeign(request.raw, publicOrigins())
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        return reply.status(403).send({ message: error.message })
      }
    })

    app.get('/portal/me', async (request, reply) => {
      const token = signInOf(request.raw)
      if (token === undefined) return reply.status(401).send({ message: 'You are not signed in.' })
      try {
        return await whoIs(db, await callerOfSignIn(context(), request.raw, token))
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        return reply.status(401).send({ message: error.message })
      }
    })

    app.post<{ Body: SignInBody }>(
      '/portal/sign-in',
      body({ userName, password: { type: 'string', minLength: 1, maxLength: 1024 } }, ['userName', 'password']),
      async (request, reply) => {
        const { userName, password } = request.body
        const principal = await principalByUserName(db, userName)
        const answer = await signInLimit.attempt({ userName, address: request.ip }, async () => {
          const matches = await checkPassword(password, principal?.passwordHash ?? undefined)
          return matches && principal?.disabled === 0
        })
        if (typeof answer === 'object') return tooMany(reply, answer.retryAfterSeconds)
        const entered = answer && principal ? await enter(reply, principal.id, principal.passwordHash) : undefined
        return entered ?? reply.status(401).send({ message: 'The user name or the password is wrong.' })
      },
    )

    app.post<{ Body: WelcomeBody }>(
      '/portal/welcome',
      body(
        {
          code: { type: 'string', minLength: 1, maxLength: 128 },
          userName,
          displayName: { type: 'string', maxLength: 128 },
          password: { type: 'string', minLength: 10, maxLength: 1024 },
        },
        ['code', 'userName', 'password'],
      ),
      async (request, reply) => {
        const { code, userName, displayName = userName, password } = request.body
        const id = newId(now())
        const outcome: { made: Welcomed } = { made: 'wrong' }
        const answer = await signInLimit.attempt({ userName: 'welcome', address: request.ip }, async () => {
          // What cannot be is refused before a password is hashed, which takes a core a third of a second.
          outcome.made = await mayWelcome(db, code, userName, now())
          if (outcome.made !== 'made') return false
          const passwordHash = await hashPassword(password)
          const principal = { id, kind: 'user' as const, userName, displayName, passwordHash, createdAt: now() }
          outcome.made = await welcome(db, code, principal)
          return outcome.made === 'made'
        })
        if (typeof answer === 'object') return tooMany(reply, answer.retryAfterSeconds)
        if (outcome.made === 'made') {
          const entered = await enter(reply, id)
          if (!entered) throw new Error(`the principal ${id} was just here`)
          return entered
        }
        const { status, message } = refusals[outcome.made]
        return reply.status(status).send({ message })
      },
    )

    app.post('/portal/sign-out', async (request, reply) => {
      const token = signInOf(request.raw)
      if (token !== undefined) await signOut(db, token)
      return reply
        .header('set-cookie', cookie(cookieName, '', '/', 0))
        .status(204)
        .send()
    })

    app.post<{ Params: { streamId: string }; Body: { token?: string } }>(
      '/streams/:streamId/open',
      body({ token: { type: 'string', maxLength: 128 } }, []),
      async (request, reply) => {
        const { streamId } = request.params
        const opened = await openStream(streamId, request.body.token, cookieOf(request.raw, streamCookie))
        if ('status' in opened) return reply.status(opened.status).send({ message: opened.message })
        const { key, ...shown } = opened
        if (key !== undefined)
          reply.header('set-cookie', cookie(streamCookie, key, `/streams/${streamId}`, signInMs / 1000))
        return shown
      },
    )

    app.get<{ Params: { streamId: string } }>('/streams/:streamId/end', async (request, reply) => {
      const { streamId } = request.params
      const told = await endOfStream(streamId, cookieOf(request.raw, streamCookie))
      if ('message' in told) return reply.status(told.status).send({ message: told.message })
      return told
    })

    /** Undefined where the password that was right has been changed meanwhile, or the user disabled. */
    const enter = async (reply: FastifyReply, principalId: string, checkedHash?: string | null) => {
      const entered = await atOnce(db, async db => {
        const principal = await principalById(db, principalId)
        if (!principal || principal.disabled) return undefined
        if (checkedHash !== undefined && principal.passwordHash !== checkedHash) return undefined
        return { principal, token: await signIn(db, principalId, now()) }
      })
      if (!entered) return undefined
      const { principal, token } = entered
      reply.header('set-cookie', cookie(cookieName, token, '/', signInMs / 1000))
      return whoIs(db, await toCaller(db, principal))
    }

    /** Out of reach of scripts, and sent along by no page but ours. */
    const cookie = (name: string, value: string, path: string, seconds: number) =>
      `${name}=${value}; Path=${path}; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure()}`
  }

type Welcomed = 'made' | 'late' | 'wrong' | 'taken'

const refusals: Readonly<Record<Exclude<Welcomed, 'made'>, { status: number; message: string }>> = {
  late: { status: 409, message: 'The first sign-in has been made already. Sign in.' },
  wrong: { status: 403, message: 'This code is not valid any more. Restart the server: it prints a new one.' },
  taken: { status: 409, message: 'This user name is taken. Choose another.' },
}

/** Whether the code is the one that was printed, and there is room for such a user. */
const mayWelcome = async (db: Db, code: string, userName: string, now: number): Promise<Welcomed> => {
  if (await hasUsers(db)) return 'late'
  if (!(await isWelcome(db, hashToken(code), now))) return 'wrong'
  return (await principalByUserName(db, userName)) ? 'taken' : 'made'
}

/** Makes the first user, an administrator of every studio there is, if the code is the one that was printed. */
const welcome = (db: Db, code: string, principal: Parameters<typeof insertPrincipal>[1]): Promise<Welcomed> =>
  db.transaction().execute(async transaction => {
    if (await hasUsers(transaction)) return 'late'
    if (await principalByUserName(transaction, principal.userName)) return 'taken'
    if (!(await redeemWelcome(transaction, hashToken(code), principal.createdAt))) return 'wrong'
    await insertPrincipal(transaction, principal)
    for (const studio of await namedStudios(transaction))
      await putStudioMember(transaction, studio.id, { principalId: principal.id, identityStoreId: ownIdentityStore })
    return 'made'
  })

/** What the pages know of whoever is signed in. */
const whoIs = async (db: Db, { principalId, userName, displayName, administers, memberOf }: Caller) => {
  const ids = [...new Set([...administers, ...memberOf.map(member => member.studioId)])]
  const studios = await namedStudios(db, ids)
  return {
    principalId,
    userName,
    displayName,
    tier: administers.size > 0 ? 'admin' : 'user',
    studios: studios.map(({ id, displayName, studioName }) => ({ studioId: id, displayName, studioName })),
  }
}

const tooMany = (reply: FastifyReply, seconds: number) =>
  reply
    .header('retry-after', seconds)
    .status(429)
    .send({ message: `Too many failed attempts. Try again in ${Math.ceil(seconds / 60)} min.` })
