/** Runs restic: gently, one end of it tied to this process, and never for ever. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { homedir } from 'node:os'

/** What went wrong with a repository, for a person. */
export class RepositoryError extends Error {
  override readonly name = 'RepositoryError'
}

/** How long restic may take to end when it is asked to, before it is killed, ms. It removes its lock meanwhile. */
const patienceMs = 5000

const unwanted = 'what restic did is wanted no more'

/** Most of what it may print. A list of snapshots takes some 600 bytes for each. */
const mostOutput = 64 * 2 ** 20

export interface Runner {
  /** What the program printed. When `signal` is aborted it is ended, and this rejects. */
  run(command: readonly string[], limitMs: number, folder: string, signal?: AbortSignal): Promise<string>
  /** Ends what runs, and runs nothing more. */
  close(): Promise<void>
}

export const createRunner = (environment: Readonly<Record<string, string>>): Runner => {
  const running = new Map<ChildProcess, Promise<unknown>>()
  let closed = false

  const run: Runner['run'] = async (command, limitMs, folder, signal) => {
    if (closed) throw new RepositoryError('the server ends')
    if (signal?.aborted) throw new RepositoryError(unwanted)
    // It goes when the server goes, however that ends; what it has sent by then is found again by the next attempt.
    const child = spawn('setpriv', ['--pdeathsig', 'INT', 'nice', '-n', '10', ...command], {
      cwd: folder,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: homedir(), LC_ALL: 'C', TZ: 'UTC', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = once(child, 'close')
    running.set(child, ended)
    let reason: string | undefined
    const cutOff = (why: string) => {
      reason ??= why
      end(child)
    }
    const limit = setTimeout(cutOff, limitMs, `restic did not end within ${limitMs / 1000} s`)
    const leave = () => cutOff(unwanted)
    signal?.addEventListener('abort', leave)
    try {
      const [out, err] = await Promise.all([read(child.stdout), read(child.stderr), ended])
      if (child.exitCode === 0) return out
      throw new RepositoryError(reason ?? complaintOf(err, child))
    } catch (cause) {
      if (cause instanceof RepositoryError) throw cause
      throw new RepositoryError(`restic could not be run: ${(cause as Error).message}`, { cause })
    } finally {
      clearTimeout(limit)
      signal?.removeEventListener('abort', leave)
      running.delete(child)
    }
  }

  return {
    run,
    async close() {
      closed = true
      const all = [...running.entries()]
      for (const [child] of all) end(child)
      await Promise.allSettled(all.map(([, ended]) => ended))
    },
  }
}

const end = (child: ChildProcess) => {
  child.kill('SIGINT')
  const last = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  child.once('close', () => clearTimeout(last))
}

const read = async (stream: NodeJS.ReadableStream): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= mostOutput) chunks.push(chunk)
  }
  if (size > mostOutput) throw new RepositoryError('restic prints more than can be read')
  return Buffer.concat(chunks).toString()
}

/** What restic or ssh complained of, in one line. Its other lines are advice, or where in its code it was. */
const complaintOf = (text: string, { exitCode, signalCode }: ChildProcess): string => {
  if (/execute restic|restic: No such file/.test(text))
    return 'restic is not installed: apt-get install -y --no-install-recommends restic'
  const lines = text
    .split('\n')
    .map(line => line.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim())
    .filter(line => line !== '')
  const ssh = lines.find(line => /^(subprocess \w+|ssh): /.test(line))
  const fatal = lines.findLast(line => /^Fatal: /.test(line)) ?? lines.at(-1) ?? `exit code ${exitCode ?? signalCode}`
  return [ssh?.replace(/^subprocess \w+: /, ''), fatal.replace(/^Fatal: /, '')]
    .filter(said => said !== undefined)
    .join('; ')
    .slice(0, 400)
}
