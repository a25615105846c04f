/**
 * Between a desktop and a browser. The address of a stream is good for one opening, which gives the browser a key of
 * its own; with the key it connects, and connects again after its network or this server was away. What passes
 * through is bytes: the gateway never looks into them, but for the kind of a message, which tells whether it is allowed.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Installation } from '../access/call.ts'
import { cookieOf, hashToken, newToken } from '../access/sign-in.ts'
import type { Driver, Protocol } from '../compute/driver.ts'
import type { StreamingSessionEnd, StreamingSessionStatistics } from '../contract/types.ts'
import type { Rights } from '../protocol/rights.ts'
import type { Db } from '../store/database.ts'
import { resourceById } from '../store/resources.ts'
import { keepStatistics } from '../store/session-statistics.ts'
import type { SessionRow } from '../store/sessions.ts'
import { openStream, type StreamRow, streamById } from '../store/streams.ts'
import { allowedBy, connectPipe, everything } from './pipe.ts'
import { isKeyOf, mayStillOpen, whyNot } from './rights.ts'
import { createStatistics } from './statistics.ts'
import { sentenceOf, short } from './words.ts'

export interface GatewayOptions {
  db: Db
  driver: Driver
  installation: Installation
  /** Origins whose pages may connect. */
  publicOrigins: () => readonly string[]
  /** When a session ends by itself, and why the system has ended one. */
  endOf: (session: SessionRow) => StreamingSessionEnd
  whyEnded: (session: SessionRow) => string | undefined
  now: () => number
  log: Logger
}

export interface Opened {
  /** What only this browser knows from now on; absent where it brought a key along. */
  key: string | undefined
  sessionId: string
  studioId: string
  profileName: string
  clipboard: boolean
  /** It may be watched, and no more. */
  viewOnly: boolean
  /** That a viewer may ask for, the best first. */
  protocols: readonly Protocol[]
}

export interface Gateway {
  /** Opens a stream with the secret of its address, or again with the key of an earlier opening. */
  open(streamId: string, token: string | undefined, key: string | undefined): Promise<Opened | StreamRefusal>
  /** When the session of a stream ends by itself, for a browser that has opened it. */
  end(streamId: string, key: string | undefined): Promise<ToldEnd | StreamRefusal>
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** How many browsers are connected to a session. */
  viewers(sessionId: string): number
  close(): Promise<void>
}

export interface ToldEnd extends StreamingSessionEnd {
  /** The server's time: the clock of the browser may be another. */
  now: Date
}

/** Whoever has come may connect. */
interface Admitted {
  session: SessionRow
  stream: StreamRow
}

export interface StreamRefusal {
  status: 403 | 404 | 409 | 410
  message: string
}

export const streamCookie = 'atelier-stream'

/** Why the gateway ended a connection, in WebSocket close codes; the viewer acts on them. */
export const closeCodes = {
  restarting: 1012,
  tryAgain: 1013,
  notRunning: 4001,
  notAllowed: 4003,
  otherProtocol: 4005,
} as const

/** The protocol of the desktop by that of the WebSocket. */
const protocolOf: Readonly<Record<string, Protocol>> = { binary: 'rfb', 'atelier.1': 'atelier' }

const limits = {
  /** Largest message from a browser: a piece of a copy is half of it. */
  messageBytes: 64 * 1024,
  connectionsPerSession: 16,
  /** How often rights and state of a connection are looked at again, ms. */
  recheckMs: 2000,
  /** A browser that answers no ping for so long is gone, ms. */
  silenceMs: 20_000,
  /** A browser that does not take leave within this time is left behind when the server stops, ms. */
  farewellMs: 1000,
} as const

export const createGateway = (options: GatewayOptions): Gateway => {
  const { db, driver, installation, publicOrigins, now, log } = options
  const context = { db, installation, now }
  const notRunning = (session: SessionRow | undefined) => sentenceOf(session, options.whyEnded)
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: limits.messageBytes,
    perMessageDeflate: false,
    handleProtocols: protocols => [...protocols].find(name => Object.hasOwn(protocolOf, name)) ?? false,
  })
  const connections = new Map<string, number>()
  const count = (sessionId: string, change: 1 | -1) => {
    const left = (connections.get(sessionId) ?? 0) + change
    if (left > 0) connections.set(sessionId, left)
    else connections.delete(sessionId)
  }

  const open: Gateway['open'] = async (streamId, token, key) => {
    const stream = await streamById(db, streamId)
    if (!stream) return { status: 404, message: 'There is no such stream.' }
    // The key of a session that was stopped is gone with it, so this comes first: who had one is told why, not turned
    // away. And an address is not used up while there is nothing to open.
    const session = await resourceById(db, 'session', stream.sessionId)
    if (session?.state !== 'READY') return { status: 409, message: notRunning(session) }
    const protocols = protocolsOf(stream)
    if (protocols.length === 0)
      return { status: 410, message: 'This workstation can be used, but not watched: its host has no streamer.' }
    const opened = await withKey(stream, token, key)
    if (typeof opened === 'object') return opened
    warmUp(session.id)
    const profile = await resourceById(db, 'launchProfile', session.launchProfileId)
    return {
      key: opened === key ? undefined : opened,
      sessionId: session.id,
      studioId: session.studioId,
      profileName: profile?.name ?? '',
      clipboard: rightsOf(stream, session).clipboard,
      viewOnly: stream.viewOnly === 1,
      protocols,
    }
  }

  const rightsOf = (stream: StreamRow, session: SessionRow): Rights => ({
    input: stream.viewOnly === 0,
    // What is copied on the desktop may be a password, and is for who works there.
    clipboard: stream.viewOnly === 0 && session.clipboardMode === 'ENABLED',
  })

  /** RFB passes unseen, and so with every right. Who may watch only gets what can be told apart. */
  const protocolsOf = (stream: StreamRow): readonly Protocol[] =>
    driver.protocols.filter(protocol => stream.viewOnly === 0 || protocol !== 'rfb')

  /** The streamer takes a moment to start, which the browser needs to load the viewer. */
  const warmUp = (sessionId: string) => {
    const [best] = driver.protocols
    if (best !== 'atelier') return
    driver.dial(sessionId, best).then(
      desktop => desktop.destroy(),
      // Who connects finds out, and has another protocol.
      error => log.debug({ err: error, sessionId }, 'the streamer could not be started'),
    )
  }

  /** The key that opens the stream from now on: a new one for the address's secret, or the one that did before. */
  const withKey = async (stream: StreamRow, token: string | undefined, key: string | undefined) => {
    if (key !== undefined && isKeyOf(stream, key)) return key
    if (token === undefined || !installation.secrets.checkMac('stream', stream.id, token))
      return { status: 403, message: 'This address does not open the stream.' } as const
    const fresh = newToken()
    if (await openStream(db, stream.id, now(), hashToken(fresh))) return fresh
    const advice = stream.viewOnly === 1 ? 'Ask for another one.' : 'Open the workstation again.'
    return { status: 410, message: `This address was used before or has expired. ${advice}` } as const
  }

  const end: Gateway['end'] = async (streamId, key) => {
    const stream = await streamById(db, streamId)
    if (!stream || key === undefined || !isKeyOf(stream, key)) return { status: 403, message: 'No key of this stream.' }
    const session = await resourceById(db, 'session', stream.sessionId)
    if (session?.state !== 'READY') return { status: 409, message: notRunning(session) }
    return { ...options.endOf(session), now: new Date(now()) }
  }

  const admit = async (request: IncomingMessage, streamId: string): Promise<Admitted | StreamRefusal | string> => {
    if (!publicOrigins().includes(request.headers.origin ?? ''))
      return { status: 403, message: 'This page may not connect.' }
    const stream = await streamById(db, streamId)
    const key = cookieOf(request, streamCookie)
    if (!stream || key === undefined || !isKeyOf(stream, key)) {
      // The key of a session that was stopped is gone; whoever still holds one is told why, not turned away.
      const session = stream && (await resourceById(db, 'session', stream.sessionId))
      return session && session.state !== 'READY'
        ? notRunning(session)
        : { status: 403, message: 'No key of this stream.' }
    }
    const session = await resourceById(db, 'session', stream.sessionId)
    if (session?.state !== 'READY') return notRunning(session)
    return (await mayStillOpen(context, stream)) ? { session, stream } : { status: 403, message: whyNot(stream) }
  }

  const upgrade: Gateway['upgrade'] = (request, socket, head) => {
    socket.on('error', error => log.debug({ err: error }, 'a socket failed before it was connected'))
    const [, streamId] = /^\/streams\/([0-9A-Za-z]{22})\/desktop$/.exec(request.url ?? '') ?? []
    if (streamId === undefined) return refuse(socket, 404)
    admit(request, streamId)
      .then(admitted => {
        if (typeof admitted === 'object' && 'status' in admitted) return refuse(socket, admitted.status)
        server.handleUpgrade(request, socket, head, browser => {
          // Before anything else: it may fail while it is being told that it may not connect.
          browser.on('error', error => log.debug({ err: error, streamId }, 'a viewer connection failed'))
          if (typeof admitted === 'string') browser.close(closeCodes.notRunning, short(admitted))
          else serve(browser, admitted)
        })
      })
      .catch(error => {
        log.error({ err: error }, 'a connection could not be admitted')
        refuse(socket, 500)
      })
  }

  const serve = async (browser: WebSocket, { session, stream }: Admitted): Promise<void> => {
    if ((connections.get(session.id) ?? 0) >= limits.connectionsPerSession)
      return browser.close(closeCodes.tryAgain, 'Too many viewers of this session.')
    const protocol = protocolOf[browser.protocol] ?? 'rfb'
    if (!protocolsOf(stream).includes(protocol))
      return browser.close(closeCodes.notAllowed, 'This workstation is not to be had so.')
    browser.pause()
    count(session.id, 1)
    const watch = watchConnection(browser, stream.id)
    browser.on('close', () => {
      clearInterval(watch)
      count(session.id, -1)
    })
    try {
      const desktop = await driver.dial(session.id, protocol)
      const carriage = protocol === 'rfb' ? everything() : allowedBy(rightsOf(stream, session))
      const told = createStatistics(measured => keepMeasured(session.id, stream.id, measured))
      // Who only watches has nothing to say, of the session neither.
      await connectPipe(browser, desktop, carriage, stream.viewOnly === 0 ? told : undefined)
      browser.close(closeCodes.tryAgain, 'The desktop has ended.')
    } catch (error) {
      log.warn({ err: error, sessionId: session.id, protocol }, 'a desktop does not answer')
      const isLast = protocol === protocolsOf(stream).at(-1)
      browser.close(isLast ? closeCodes.tryAgain : closeCodes.otherProtocol, 'The desktop does not answer.')
    }
  }

  const keepMeasured = (sessionId: string, streamId: string, measured: StreamingSessionStatistics) => {
    keepStatistics(db, { sessionId, streamId, measuredAt: now(), measured: JSON.stringify(measured) }).catch(error =>
      log.error({ err: error, sessionId, streamId }, 'what a viewer has measured could not be kept'),
    )
  }

  /** Ends the connection when the session or the right to it ends, or when the browser is silent. */
  const watchConnection = (browser: WebSocket, streamId: string): NodeJS.Timeout => {
    let heardAt = performance.now()
    browser.on('pong', () => {
      heardAt = performance.now()
    })
    return setInterval(async () => {
      if (performance.now() - heardAt > limits.silenceMs) return browser.terminate()
      browser.ping()
      const reason = await endOf(streamId).catch(error => {
        log.error({ err: error, streamId }, 'the right to a stream could not be checked')
        return undefined
      })
      if (reason) browser.close(reason.code, short(reason.message))
    }, limits.recheckMs)
  }

  const endOf = async (streamId: string): Promise<{ code: number; message: string } | undefined> => {
    const stream = await streamById(db, streamId)
    const session = stream && (await resourceById(db, 'session', stream.sessionId))
    if (session?.state !== 'READY') return { code: closeCodes.notRunning, message: notRunning(session) }
    if (stream?.keyHash && (await mayStillOpen(context, stream))) return undefined
    return { code: closeCodes.notAllowed, message: whyNot(stream) }
  }

  return {
    open,
    end,
    upgrade,
    viewers: sessionId => connections.get(sessionId) ?? 0,
    async close() {
      for (const browser of server.clients) browser.close(closeCodes.restarting, 'The server is stopping.')
      // One whose network is down never answers.
      const late = setTimeout(() => {
        for (const browser of server.clients) browser.terminate()
      }, limits.farewellMs)
      await new Promise<void>(resolve => server.close(() => resolve()))
      clearTimeout(late)
    },
  }
}

/** Who asked may never close his side, and nobody reads any more what he sends: the connection ends with the answer. */
const refuse = (socket: Duplex, status: number): void => {
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
