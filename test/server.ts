/** The real server for tests: a process of its own with its own data, as `npm start` runs it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Exports, quickstartFile, readQuickstart } from '../src/cli/quickstart.ts'
import type { Client } from '../src/contract/client.ts'
import { createSignedClient } from '../src/contract/signed-client.ts'
import { until } from './until.ts'

const startLimitMs = 60_000
/** Beyond the server's own patience with itself. */
const stopLimitMs = 20_000

export interface RunningServer {
  url: string
  home: string
  /** Of the process, as it runs now. */
  pid(): number
  /** What its environment sets, by variable. */
  settings: Readonly<Record<string, string>>
  /** What `npx atelier env` exports. */
  exports(): Exports
  /** All it has printed so far, over every start. */
  output(): string
  /** The address for the first sign-in, as printed at the last start. */
  welcomeUrl(): string
  /** Signs with the key of the quick start. */
  client(): Client
  /** Of the studio that the quick start made. */
  studioId(): Promise<string>
  stop(): Promise<void>
  kill9(): Promise<void>
  /** Starts it again, on the same data and port, after `stop` or `kill9`. */
  restart(): Promise<void>
  /** Deletes every session, so that nothing of them stays on this host, then stops and removes the data. */
  removeEverything(): Promise<void>
}

export interface ServerOptions {
  driver: 'local' | 'simulated'
  port?: number
  /** Folder in which it keeps its data; a new one, which goes with it, otherwise. */
  home?: string
  /** Settings, by their variables. */
  env?: Readonly<Record<string, string>>
}

/** Resolves when the server is ready. Of the environment of the tests, nothing of Atelier's or of AWS's counts. */
export const startServer = async ({ driver, port, home: given, env = {} }: ServerOptions): Promise<RunningServer> => {
  // Short, because the path of a Unix socket has at most 107 bytes.
  const home = given ?? mkdtempSync(join(tmpdir(), 'a-'))
  const settings = {
    ATELIER_HOME: home,
    // One that is free; at the next start the same again.
    ATELIER_PORT: String(port ?? 0),
    ATELIER_DRIVER: driver,
    ...env,
  }
  let child: ChildProcess | undefined
  let printed = ''

  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null

  const start = async (): Promise<void> => {
    rmSync(quickstartFile(home), { force: true })
    const began = printed.length
    child = spawn(process.execPath, [new URL('../src/main.ts', import.meta.url).pathname], {
      env: { ...ownEnvironment(), ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', text => {
        printed += text
      })
    const isReady = () => printed.includes('Atelier is ready.', began) && existsSync(quickstartFile(home))
    await until('the server is ready', () => isReady() || !isRunning(), startLimitMs).catch(async error => {
      await kill9()
      throw error
    })
    if (!isReady()) throw new Error(`the server ended while it started: ${printed.slice(began)}`)
    if (settings.ATELIER_PORT === '0') settings.ATELIER_PORT = new URL(url()).port
  }

  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (!child || !isRunning()) return
    const ended = once(child, 'exit')
    child.kill(signal)
    const limit = setTimeout(() => child?.kill('SIGKILL'), stopLimitMs)
    await ended
    clearTimeout(limit)
  }
  const kill9 = () => end('SIGKILL')

  const exports = (): Exports => readQuickstart(home) ?? {}
  const client = () => clientOf(exports())
  const url = () => exports().AWS_ENDPOINT_URL_NIMBLE ?? ''

  const deleteSessions = async (): Promise<void> => {
    for (const { studioId = '' } of (await client().listStudios({})).studios)
      await until('every session is deleted', async () => {
        const { sessions = [] } = await client().listStreamingSessions({ studioId })
        const left = sessions.filter(({ state }) => state !== 'DELETED')
        for (const { sessionId = '', state } of left)
          if (state !== 'DELETE_IN_PROGRESS') await client().deleteStreamingSession({ studioId, sessionId })
        return left.length === 0
      })
  }

  try {
    await start()
  } catch (error) {
    rmSync(home, { recursive: true, force: true })
    throw error
  }
  return {
    url: url(),
    home,
    pid: () => child?.pid ?? 0,
    settings,
    exports,
    output: () => printed,
    welcomeUrl: () => printed.match(/http\S+\/welcome#\S+/g)?.at(-1) ?? '',
    client,
    studioId: async () => (await client().listStudios({})).studios[0]?.studioId ?? '',
    stop: () => end('SIGTERM'),
    kill9,
    restart: start,
    async removeEverything() {
      try {
        // What runs nowhere leaves nothing behind but its folder.
        if (driver !== 'simulated') {
          if (!isRunning()) await start()
          await deleteSessions()
        }
        await end('SIGTERM')
      } finally {
        await kill9()
        rmSync(home, { recursive: true, force: true })
      }
    },
  }
}

/** A client of the server that those exports name. */
const clientOf = (exports: Exports): Client =>
  createSignedClient({
    endpoint: exports.AWS_ENDPOINT_URL_NIMBLE ?? '',
    accessKeyId: exports.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: exports.AWS_SECRET_ACCESS_KEY ?? '',
    region: exports.AWS_REGION ?? '',
  })

/** The environment of the tests without what would steer the server, or a client of it, elsewhere. */
export const ownEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || /^(ATELIER|AWS|BOTO)_/.test(name) ? [] : [[name, value]],
    ),
  )

/** A port that nothing listened on a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
