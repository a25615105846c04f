/** A server of ours for a benchmark: a process of its own, as `npm start` runs it, in a folder that is removed again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readQuickstart } from '../src/cli/quickstart.ts'
import type { Client, ClientOptions } from '../src/contract/client.ts'
import { createSignedClient } from '../src/contract/signed-client.ts'

export interface RunningServer {
  pid: number
  origin: string
  client: Client
  /** A client that sends its requests another way. */
  clientWith(fetch: ClientOptions['fetch']): Client
  stop(): Promise<void>
}

export const makeHome = () => mkdtempSync(join(tmpdir(), 'atelier-bench-'))
/** Whoever was at work in it may be ending still. */
export const removeHome = (home: string) => rmSync(home, { recursive: true, force: true, maxRetries: 5 })

const startLimitMs = 30_000
const stopLimitMs = 20_000

/** Resolves when the server is ready. Of the caller's own environment, nothing of Atelier's counts. */
export const startServer = async (home: string, settings: Record<string, string>): Promise<RunningServer> => {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('ATELIER_'))
  const server = spawn(process.execPath, [new URL('../src/main.ts', import.meta.url).pathname], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Ctrl-C is for the benchmark, which ends its servers in order.
    detached: true,
    env: { ...Object.fromEntries(own), ATELIER_HOME: home, ATELIER_PORT: '0', ...settings },
  })
  await ready(server)
  const exports = readQuickstart(home)
  if (!exports || server.pid === undefined) throw new Error('the server is ready, but says nothing of its keys')
  const key = {
    endpoint: exports.AWS_ENDPOINT_URL_NIMBLE ?? '',
    accessKeyId: exports.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: exports.AWS_SECRET_ACCESS_KEY ?? '',
    region: exports.AWS_REGION ?? '',
  }
  const clientWith = (fetch?: ClientOptions['fetch']) => createSignedClient({ ...key, ...(fetch ? { fetch } : {}) })
  return { pid: server.pid, origin: key.endpoint, client: clientWith(), clientWith, stop: () => stop(server) }
}

const ready = async (server: ChildProcess): Promise<void> => {
  const signal = AbortSignal.timeout(startLimitMs)
  try {
    await Promise.race([
      server.stdout && once(server.stdout, 'data', { signal }),
      once(server, 'exit', { signal }).then(() => {
        throw new Error('the server ended while it started')
      }),
    ])
  } catch (error) {
    await stop(server)
    throw error
  }
}

export const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const limit = setTimeout(() => child.kill('SIGKILL'), stopLimitMs)
  await ended
  clearTimeout(limit)
}

/** What Linux counts processor time in, per second; the same on every machine that Node runs on. */
const ticksPerSecond = 100

/** Processor time that a process has used so far, of all its threads, in seconds. */
export const processorTime = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
