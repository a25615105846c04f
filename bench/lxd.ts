/** The peer of `list-peer`: the LXD daemon in a folder of its own, with its API over HTTPS for one client certificate. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { makeHome, removeHome, stop } from './server.ts'

const startLimitMs = 30_000
const answerLimitMs = 30_000

export interface Lxd {
  pid: number
  origin: string
  /** PEM; the daemon lets in whoever shows the certificate. */
  client: { cert: string; key: string }
  /** A container without a root file system, which is all that a list needs. Resolves when it is there. */
  makeInstance(name: string): Promise<void>
  stop(): Promise<void>
}

/** What is missing on this machine; undefined when nothing is. */
export const lacksLxd = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'LXD starts as root only'
  try {
    execFileSync('lxd', ['--version'], { stdio: 'ignore' })
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return 'this needs LXD and openssl: apt-get install --no-install-recommends lxd lxd-client openssl'
  }
}

export const startLxd = async (): Promise<Lxd> => {
  await using failing = new AsyncDisposableStack()
  const folder = makeHome()
  failing.defer(() => removeMounted(folder))
  const { PATH } = process.env
  const env = { PATH, LXD_DIR: folder, LXD_CONF: folder, HOME: folder }
  const daemon = spawn('lxd', ['--group', 'root'], { env, stdio: 'ignore', detached: true })
  failing.defer(() => stop(daemon))
  await run('lxd', ['waitready', '--timeout', String(startLimitMs / 1000)], { env })
  const port = await freePort()
  await run('lxd', ['init', '--preseed'], { env, input: preseed(port) })
  const client = await makeCertificate(folder)
  const ask = createApi(join(folder, 'unix.socket'))
  const certificate = client.cert.replace(/-----[A-Z ]+-----|\n/g, '')
  await ask('POST', '/1.0/certificates', { type: 'client', name: 'bench', certificate })
  const started = failing.move()
  return {
    pid: daemon.pid ?? 0,
    origin: `https://127.0.0.1:${port}`,
    client,
    async makeInstance(name) {
      const { metadata } = await ask('POST', '/1.0/instances', { name, source: { type: 'none' } })
      await ask('GET', `/1.0/operations/${metadata?.id}/wait?timeout=${answerLimitMs / 1000}`)
    },
    stop: () => started.disposeAsync(),
  }
}

/** In a group of its own, as everything here: Ctrl-C is for the benchmark, which ends them in order. */
const run = async (
  command: string,
  args: string[],
  { env = process.env, input = '' }: { env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<void> => {
  const child = spawn(command, args, {
    ...{ env, detached: true, timeout: startLimitMs },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  child.stdin.end(input)
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  if (code !== 0) throw new Error(`${command} ${args[0]} failed: ${said.trim()}`)
}

/** Folders on the host's own file system, no network: nothing is left to be taken down but what the daemon mounts. */
const preseed = (port: number) => `
config: {core.https_address: "127.0.0.1:${port}"}
storage_pools: [{name: plain, driver: dir}]
profiles: [{name: default, devices: {root: {path: /, pool: plain, type: disk}}}]
`

const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  await new Promise(closed => server.close(closed))
  return port
}

const makeCertificate = async (folder: string): Promise<Lxd['client']> => {
  const [cert, key] = [join(folder, 'bench.crt'), join(folder, 'bench.key')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await run('openssl', ['req', '-x509', ...curve, '-days', '1', '-subj', '/CN=bench', '-keyout', key, '-out', cert])
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
}

interface Answer {
  error_code?: number
  error?: string
  metadata?: { id?: string; err?: string }
}

const createApi = (socketPath: string) => async (method: string, path: string, body?: object) => {
  const asking = request({ socketPath, method, path, signal: AbortSignal.timeout(answerLimitMs) })
  const answered = new Promise<string>((resolve, reject) => {
    asking.on('error', reject)
    asking.on('response', response => text(response).then(resolve, reject))
  })
  asking.end(body && JSON.stringify(body))
  const answer = JSON.parse(await answered) as Answer
  const error = answer.error || answer.metadata?.err
  if (error) throw new Error(`LXD refuses ${method} ${path}: ${error}`)
  return answer
}

/** The daemon takes its two mounts down when it ends in peace; one that was killed leaves them. */
const removeMounted = async (folder: string): Promise<void> => {
  const mounted = () =>
    readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map(line => line.split(' ')[1] ?? '')
      .filter(path => path.startsWith(`${folder}/`))
  for (const path of mounted().toReversed()) await run('umount', ['-l', path])
  removeHome(folder)
}
