/**
 * The door: one HTTP server for everything. The API's requests go to its own road untouched, because a signature
 * covers their raw path, query, headers and body; the web framework serves the rest.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import fastifyStatic from '@fastify/static'
import fastify, { type FastifyInstance } from 'fastify'
import { encodeError } from '../contract/encode.ts'
import { refusal } from '../contract/errors.ts'
import type { Outgoing } from '../contract/http.ts'
import { services } from '../contract/model.ts'
import type { Api } from './api.ts'
import { corsHeaders, isPreflight, preflightAnswer } from './cors.ts'

export interface DoorOptions {
  api: Api
  /** Answers for the services beside the API, which all ask at `/`. */
  neighbours: Api
  /** Adds what is served beside the API and the pages. */
  routes: (app: FastifyInstance) => void
  /** Takes a WebSocket handshake, or ends the socket. */
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** The folder with the built console. */
  pages: string
  /** Addresses of proxies that say truly who calls: of their own calls, the one is counted that they name. */
  trustedProxies?: readonly string[]
}

export interface Door {
  /** Listens; the address it got, which port 0 leaves to the system. */
  listen(host: string, port: number): Promise<AddressInfo>
  /** Lets requests in progress end, for at most a few seconds. */
  close(): Promise<void>
}

/** Largest body of a request (decision 2). */
const mostBytes = 1024 * 1024

const timeouts = {
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5000,
}

export const createDoor = async ({
  api,
  neighbours,
  routes,
  upgrade,
  pages,
  trustedProxies = [],
}: DoorOptions): Promise<Door> => {
  const prefixes = Object.values(services).map(({ apiVersion }) => `/${apiVersion}/`)
  let server: Server | undefined
  const app = fastify({
    bodyLimit: 64 * 1024,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    forceCloseConnections: 'idle',
    // What does not have the form that a route asks for is refused, not bent into it.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    serverFactory: handler => {
      server = createServer(timeouts, (request, response) => {
        if (prefixes.some(prefix => request.url?.startsWith(prefix))) {
          if (isPreflight(request)) send(response, randomUUID(), preflightAnswer)
          else serveApi(api, request, response, corsHeaders(request))
        } else if (isForNeighbours(request)) serveApi(neighbours, request, response)
        else handler(request, response)
      })
      server.on('upgrade', upgrade)
      return server
    },
  })
  app.addHook('onSend', async (_, reply) => {
    reply.headers(securityHeaders)
  })
  await app.register(fastifyStatic, { root: pages, serve: false })
  app.get('/assets/*', (request, reply) =>
    reply.sendFile(`assets/${(request.params as { '*': string })['*']}`, { maxAge: '365d', immutable: true }),
  )
  const show = (page: string) => (_: unknown, reply: { sendFile(name: string, options: object): unknown }) =>
    reply.sendFile(page, { cacheControl: false })
  for (const path of ['/', '/welcome', '/sign-in', '/studios/:studioName']) app.get(path, show('index.html'))
  app.get('/view/:streamId', show('view.html'))
  app.get('/favicon.svg', show('favicon.svg'))
  app.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
    const status = error.statusCode ?? 500
    reply.status(status).send({ message: status < 500 ? error.message : 'Something went wrong here.' })
  })
  app.setNotFoundHandler((_, reply) => reply.status(404).send({ message: 'There is no such page.' }))
  routes(app)
  await app.ready()

  return {
    async listen(host, port) {
      await app.listen({ host, port })
      return server?.address() as AddressInfo
    },
    close: () => app.close(),
  }
}

/** Scripts, styles and connections from here alone; nobody may frame a page, and no text becomes markup unseen. */
const securityHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(self), payment=(), usb=()',
}

/** A browser gets pages there, and posts nothing. */
const isForNeighbours = ({ method, url = '' }: IncomingMessage): boolean =>
  /^\/(\?|$)/.test(url) && (method === 'POST' || /[?&]Action=/.test(url))

const serveApi = async (
  api: Api,
  request: IncomingMessage,
  response: ServerResponse,
  besides: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const requestId = randomUUID()
  const body = await readBody(request)
  if (body === undefined) {
    // Many clients read no answer before they have sent everything, so the rest is let in and dropped, for at most the
    // time that a request may take.
    request.resume()
    return send(response, requestId, encodeError(tooLarge), besides)
  }
  if (body === 'aborted') return
  const url = request.url ?? ''
  const query = url.indexOf('?')
  const outgoing = await api(
    {
      method: request.method ?? '',
      rawPath: query < 0 ? url : url.slice(0, query),
      rawQuery: query < 0 ? '' : url.slice(query + 1),
      rawHeaders: request.rawHeaders,
      body,
    },
    requestId,
  )
  send(response, requestId, outgoing, besides)
}

const send = (
  response: ServerResponse,
  requestId: string,
  { status, headers, body }: Outgoing,
  besides: Readonly<Record<string, string>> = {},
) => {
  response.writeHead(status, {
    ...headers,
    ...besides,
    'x-amzn-requestid': requestId,
    'cache-control': 'no-store',
    'content-length': body.reduce((length, piece) => length + Buffer.byteLength(piece), 0),
  })
  waiting.push({ response, body })
  if (waiting.length === 1) setImmediate(writeAll)
}

/**
 * Answers of one turn of the event loop are written together at its end. A write wakes the client that waits for it,
 * which costs the kernel as much as all else that a page kept in memory takes; those that follow find it awake.
 */
const waiting: { response: ServerResponse; body: Outgoing['body'] }[] = []

const writeAll = () => {
  for (const { response, body } of waiting.splice(0)) {
    response.cork()
    for (const piece of body.slice(0, -1)) response.write(piece)
    response.end(body.at(-1))
  }
}

const tooLarge = refusal('RequestEntityTooLargeException', 'BODY_TOO_LARGE', 'The body of a request has at most 1 MiB.')

const none = Buffer.alloc(0)

/** The whole body; undefined when it is larger than it may be; 'aborted' when nobody waits for an answer any more. */
const readBody = async (request: IncomingMessage): Promise<Buffer | undefined | 'aborted'> => {
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) return undefined
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) return none
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      length += chunk.length
      if (length > mostBytes) return undefined
      chunks.push(chunk)
    }
  } catch {
    return 'aborted'
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
}
