/** A studio behind its door: real HTTP, real signatures, a database in memory, and a clock that the test moves. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { type CompiledQuery, sql } from 'kysely'
import type { Logger } from 'pino'
import { createAuthenticator } from '../src/access/authenticate.ts'
import type { AccessKey } from '../src/access/first-keys.ts'
import { createThrottle, type Limit } from '../src/access/throttle.ts'
import { operationOf, serviceOf, shapeOf, structureOf } from '../src/contract/model.ts'
import { encodeLabel, pathOf } from '../src/contract/routes.ts'
import { signRequest } from '../src/contract/sign-request.ts'
import type { OperationName } from '../src/contract/types.ts'
import { createGateway, streamCookie } from '../src/gateway/gateway.ts'
import { endOf, whyEnded } from '../src/lifecycle/session-end.ts'
import { createNeighbours } from '../src/neighbours/neighbours.ts'
import { createApi } from '../src/server/api.ts'
import { createDoor } from '../src/server/door.ts'
import { eulaRoutes } from '../src/server/eulas.ts'
import { portalRoutes } from '../src/server/portal.ts'
import type { Db } from '../src/store/database.ts'
import { addPrincipal } from './principals.ts'
import { createTestStudio, silent, type TestStudioOptions } from './studio.ts'

/** A request as it goes over the wire. */
export interface Raw {
  /** The API that it is signed for; `nimble` where nothing is said. */
  service?: string
  method: string
  rawPath: string
  rawQuery: string
  headers: Record<string, string>
  body: string | Uint8Array
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** The body, read as JSON; empty where there is none. */
  body: AnswerBody
}

type AnswerBody = Record<string, unknown> & { code?: string; message?: string; context?: Record<string, string> }

export type HttpStudio = Awaited<ReturnType<typeof createHttpStudio>>

export interface HttpStudioOptions extends TestStudioOptions {
  throttle?: Record<'read' | 'write', Limit>
  log?: Logger
  trustedProxies?: readonly string[]
  /** The folder with the built console; without it there are no pages. */
  pages?: string
}

const answerLimitMs = 20_000
const untouched: Limit = { perSecond: 1e9, burst: 1e9 }

export const createHttpStudio = async (options: HttpStudioOptions = {}) => {
  const { throttle = { read: untouched, write: untouched }, log = silent } = options
  const studio = await createTestStudio(options)
  const { db, clock, driver, installation } = studio
  const { secrets, region } = installation
  const { now } = clock
  let origin = ''
  const publicOrigins = () => [origin]
  const gateway = createGateway({ db, driver, installation, publicOrigins, endOf, whyEnded, now, log })
  const authenticator = createAuthenticator({ db, secrets, region, publicOrigins, now })
  const buckets = createThrottle({ now, limits: throttle })
  const door = await createDoor({
    api: createApi({
      ...{ db, installation, authenticator, now, log, wake: () => {} },
      throttle: buckets,
    }),
    neighbours: createNeighbours({ db, installation, authenticator, now, log, throttle: buckets }),
    routes: app => {
      eulaRoutes(db)(app)
      portalRoutes({
        ...{ db, now, publicOrigins, streamCookie, openStream: gateway.open, endOfStream: gateway.end },
        signInLimit: installation.signInLimit,
      })(app)
    },
    upgrade: gateway.upgrade,
    pages: options.pages ?? import.meta.dirname,
    trustedProxies: options.trustedProxies ?? [],
  })
  const { port } = await door.listen('127.0.0.1', 0)
  const host = `127.0.0.1:${port}`
  origin = `http://${host}`
  const agent = new Agent({ keepAlive: true })

  const send = ({ method, rawPath, rawQuery, headers, body }: Raw): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const path = rawQuery === '' ? rawPath : `${rawPath}?${rawQuery}`
      const sent = { ...headers, ...(body.length > 0 ? { 'content-length': String(Buffer.byteLength(body)) } : {}) }
      const request = httpRequest({ host: '127.0.0.1', port, method, path, headers: sent, agent }, async response => {
        try {
          const chunks: Buffer[] = []
          for await (const chunk of response) chunks.push(chunk)
          const text = Buffer.concat(chunks).toString()
          const isJson = response.headers['content-type']?.startsWith('application/json')
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            body: isJson ? JSON.parse(text) : {},
          })
        } catch (error) {
          reject(error)
        }
      })
      request.setTimeout(answerLimitMs, () => request.destroy(new Error(`no answer to ${method} ${rawPath}`)))
      request.on('error', reject)
      request.end(body)
    })

  /** The headers that sign a request with a key, now. */
  const signed = (key: AccessKey, request: Raw): Raw => ({
    ...request,
    headers: {
      ...request.headers,
      ...signRequest(request, { ...key, host, region, service: request.service ?? 'nimble', now: now() }),
    },
  })

  const account = await addPrincipal(db, secrets, { kind: 'account', userName: 'scripts' })

  return {
    ...studio,
    origin,
    account,
    authenticator,
    send,
    signed,
    /** An operation, asked by whoever has the key, with any input: also one that the contract forbids. */
    ask: (operation: OperationName, input: object, key: AccessKey = account): Promise<Answer> =>
      send(signed(key, requestOf(operation, input))),
    add: (kind: 'account' | 'user', userName: string) => addPrincipal(db, secrets, { kind, userName }),
    close: async () => {
      agent.destroy()
      await gateway.close()
      await door.close()
      await studio.close()
    },
  }
}

/** The request for an operation. What stands in the body goes there as it is, of whatever type. */
export const requestOf = (operation: OperationName, input: object): Raw => {
  const { http, input: target } = operationOf(operation)
  const labels: Record<string, string> = {}
  const query: string[] = []
  const headers: Record<string, string> = {}
  const body: Record<string, unknown> = {}
  const { members } = structureOf(target.shape)
  for (const [name, value] of Object.entries(input)) {
    const member = members[name]
    const key = member?.locationName ?? name
    if (member?.location === 'uri') labels[key] = String(value)
    else if (member?.location === 'querystring')
      for (const item of shapeOf(member.shape).type === 'list' ? (value as unknown[]) : [value])
        query.push(`${encodeLabel(key)}=${encodeLabel(String(item))}`)
    else if (member?.location === 'header') headers[key.toLowerCase()] = String(value)
    else body[name] = value
  }
  const hasBody = Object.values(members).some(({ location }) => !location)
  return {
    service: serviceOf(operation).signingName,
    method: http.method,
    rawPath: pathOf(http.requestUri, labels),
    rawQuery: query.join('&'),
    headers: { ...headers, ...(hasBody ? { 'content-type': 'application/json' } : {}) },
    body: hasBody ? JSON.stringify(body) : '',
  }
}

/** All that the database holds, as one text: the same text, nothing was changed. In one statement: it is asked thousands of times. */
export const contentsOf = async (db: Db): Promise<string> => {
  const query = askedForContents.get(db) ?? (await contentsQuery(db))
  askedForContents.set(db, query)
  const { rows } = await db.executeQuery(query)
  return JSON.stringify(rows)
}

const askedForContents = new WeakMap<Db, CompiledQuery>()

const contentsQuery = async (db: Db): Promise<CompiledQuery> => {
  const tables = await db.introspection.getTables()
  const all = tables.map(({ name, columns }) => {
    // That a key was used is true of refused calls as well.
    const compared = columns.filter(column => column.name !== 'lastUsedAt').map(column => sql.ref(column.name))
    return sql`select ${name} as name, json_group_array(json_array(${sql.join(compared)})) as contents from ${sql.table(name)}`
  })
  return sql`${sql.join(all, sql` union all `)}`.compile(db)
}
