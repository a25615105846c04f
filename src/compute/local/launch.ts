import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { DriverError } from '../driver.ts'
import { createGate } from '../gate.ts'
import { isReady } from './desktop-socket.ts'

export interface Launch {
  bubblewrap: string[]
  /** Files of control groups that the first process joins. */
  groups: string[]
  /** The user of the host that everything runs as; undefined for the server's own. */
  uid: number | undefined
  /** A group of the host that the machine's user is in as well. */
  shareGroup?: string | undefined
  /** Compiled filter of system calls. */
  filter: string
  log: string
  /** Program and file that keep the end of what initialization scripts print; undefined where there are no scripts. */
  recording?: { recorder: string; file: string } | undefined
  /** Folder in which the session makes the file `ready`; undefined where all is done when the first process ends. */
  socketFolder?: string
  /** How long the script may take that begins now. */
  scriptLimitMs: () => number
  signal?: AbortSignal | undefined
}

/** Which script failed, counted from 0, and how: with an exit code, after as long as it may take, or before its end. */
export class ScriptFailure extends Error {
  override readonly name = 'ScriptFailure'
  readonly index: number
  readonly how: { exitCode: number } | { lateAfterMs: number } | 'ended'
  constructor(index: number, how: ScriptFailure['how']) {
    super(`script ${index}: ${JSON.stringify(how)}`)
    this.index = index
    this.how = how
  }
}

/** On a busy host half a second becomes many: with 20 s here, most of 21 that came at once failed beside a load of 17. */
const limitMs = 60_000

/** More desktops starting at once would all take longer, and none be there sooner. What scripts take is no part of it. */
const enter = createGate(2 * availableParallelism())

/** Joins the groups before anything of the machine runs, and is replaced by what follows. */
const joining = `
count=$1; shift
while [ "$count" -gt 0 ]; do echo $$ >"$1" || exit 1; shift; count=$((count - 1)); done
ulimit -c 0
exec "$@"`

/**
 * Starts a sandbox and waits until its desktop runs, or, where it has none, until it has ended well. The processes
 * belong to no session of the server's and have none of its files, so they live on when it ends, however it ends.
 * @throws ScriptFailure, with the sandbox still there where the script has not taken it down.
 */
export const launch = async (options: Launch): Promise<void> => {
  const leave = options.socketFolder ? await enter() : () => {}
  try {
    await spawnSandbox(options, leave)
  } finally {
    leave()
  }
}

/** `onScript`: the desktop is up, and the artist's scripts begin. */
const spawnSandbox = async (options: Launch, onScript: () => void): Promise<void> => {
  const { recording, socketFolder } = options
  const log = await open(options.log, 'w', 0o600)
  const filter = await open(options.filter, 'r')
  const output = recording && (await open(recording.file, 'a+', 0o600))
  try {
    const child = spawn('/bin/sh', launchArguments(options), {
      detached: true,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['ignore', log.fd, log.fd, filter.fd, ...(output ? [output.fd, 'pipe' as const] : [])],
    })
    child.unref()
    const recorder = (child.stdio as readonly unknown[])[5] as Readable | undefined
    try {
      await readyOrEnded(child, options, onScript)
      if (recorder) await recorded(recorder, socketFolder ? 'data' : 'close')
    } catch (error) {
      if (recorder && hasExitCode(error)) await recorded(recorder, 'data')
      throw error
    } finally {
      recorder?.destroy()
    }
  } finally {
    await log.close()
    await filter.close()
    await output?.close()
  }
}

const hasExitCode = (error: unknown): boolean =>
  error instanceof ScriptFailure && typeof error.how === 'object' && 'exitCode' in error.how

export const launchArguments = ({
  bubblewrap,
  groups,
  uid,
  shareGroup,
  recording,
}: Pick<Launch, 'bubblewrap' | 'groups' | 'uid' | 'shareGroup' | 'recording'>): string[] => [
  ...['-c', joining, 'sh', String(groups.length), ...groups],
  ...(uid === undefined
    ? []
    : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, ...groupsOf(shareGroup), ...unprivileged]),
  ...(recording ? ['perl', recording.recorder] : []),
  ...['bwrap', '--seccomp', '3', ...bubblewrap],
]

const groupsOf = (group: string | undefined) => [group === undefined ? '--clear-groups' : `--groups=${group}`]
const unprivileged = ['--no-new-privs', '--inh-caps=-all', '--']

/**
 * The recorder holds the other end: it tells that it has written what the scripts printed, whose programs may go on and
 * print more, and lets go when it has written everything.
 */
const recorded = async (recorder: Readable, when: 'data' | 'close'): Promise<void> => {
  if (recorder.closed) return
  const heard = Promise.race([once(recorder, when), once(recorder, 'close')])
  recorder.resume()
  await Promise.race([heard, pause(patienceMs, undefined, { ref: false })])
}

const patienceMs = 2000

const readyOrEnded = (child: ReturnType<typeof spawn>, options: Launch, onScript: () => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const { socketFolder, log, signal, scriptLimitMs } = options
    let running: number | undefined
    let limit: NodeJS.Timeout | undefined
    const end = (settle: () => void) => {
      clearTimeout(limit)
      clearInterval(timer)
      signal?.removeEventListener('abort', giveUp)
      settle()
    }
    const fail = (error: unknown) => end(() => reject(error))
    const giveUp = () => fail(new DriverError('INTERNAL_ERROR', 'the start was given up'))
    const desktopFails = (what: string, cause?: Error) => failure(log, what, cause).then(fail, fail)

    const wait = (script: number | undefined) => {
      if (script !== undefined) onScript()
      running = script
      clearTimeout(limit)
      const lateAfterMs = scriptLimitMs()
      limit =
        script === undefined
          ? setTimeout(() => desktopFails(`did not start within ${limitMs / 1000} s`), limitMs)
          : setTimeout(() => fail(new ScriptFailure(script, { lateAfterMs })), lateAfterMs)
    }
    const look = async () => {
      const progress = await progressOf(log)
      if (progress.failure) return fail(progress.failure)
      if (progress.running !== running) wait(progress.running)
      if (socketFolder && isReady(socketFolder)) end(resolve)
    }
    let isLooking = false
    let seen = 0
    const lookAgain = async () => {
      if (isLooking) return
      const { size } = statSync(log)
      if (size === seen && !(socketFolder && isReady(socketFolder))) return
      seen = size
      isLooking = true
      await look().catch(fail)
      isLooking = false
    }
    // By looking, and not by being told of changes: programs inside can make as many of those as they like. At once, since
    // both are in the memory of the host.
    const timer = setInterval(() => lookAgain().catch(fail), lookEveryMs)
    const childEnded = async (code: number | null) => {
      await look()
      if (!socketFolder && code === 0) return end(resolve)
      if (running !== undefined) return fail(new ScriptFailure(running, 'ended'))
      await desktopFails('ended while it started')
    }

    wait(undefined)
    child.once('error', cause => desktopFails('could not be started', cause))
    child.once('exit', code => childEnded(code).catch(fail))
    if (signal?.aborted) giveUp()
    else signal?.addEventListener('abort', giveUp)
  })

const lookEveryMs = 4

/** What the sandbox has said of its scripts: `begin 00001`, then `end 00001` and an exit code, for each. */
const progressOf = async (log: string): Promise<{ running?: number; failure?: ScriptFailure }> => {
  const last = (await readLog(log)).findLast(line => progressForm.test(line)) ?? ''
  const [, verb, index, code] = progressForm.exec(last) ?? []
  if (verb === 'begin') return { running: Number(index) }
  if (verb === 'end' && code !== '0') return { failure: new ScriptFailure(Number(index), { exitCode: Number(code) }) }
  return {}
}

const progressForm = /^(begin|end) (\d{5,9})(?: (\d{1,3}))?$/

const failure = async (log: string, what: string, cause?: Error): Promise<DriverError> => {
  const last = (await readLog(log)).at(-1)?.slice(0, 300)
  return new DriverError('INTERNAL_ERROR', `the desktop ${what}${last ? `: ${last}` : ''}`, { cause })
}

/** The log of a start is short: nothing but the driver's own programs writes to it, and to no more than this. */
const mostBytes = 256 * 1024

const readLog = async (path: string): Promise<string[]> => {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(mostBytes), 0, mostBytes, 0)
    return buffer.toString('utf8', 0, bytesRead).trim().split('\n')
  } finally {
    await file.close()
  }
}
