/** Running other programs during the setup: with a time limit, with progress a person can read, one setup at a time. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'

/** A failure with one line that says what to do. */
export class SetupError extends Error {}
/** Somebody wants no setup any more. */
export class Interruption extends SetupError {}

const keptLines = 20

/** The open folder that `underLock` has locked. Children inherit it, so that one which outlives us keeps the lock. */
let lock

/**
 * Runs a program to its end, and shows its last lines of output when that is a failure. `onStatus` gets the lines that
 * the program writes to file descriptor 3.
 *
 * The program runs in a session of its own, where the terminal's Ctrl-C does not reach it: it is ended by us, when
 * `mayEnd` agrees, and we end after it. Otherwise the next setup would meet an npm that is still at work.
 *
 * @throws SetupError with `failure`, or when interrupted.
 */
export const run = async (program, args, { cwd, env, limitMs, failure, onStatus, mayEnd = () => true }) => {
  const stdio = ['ignore', 'pipe', 'pipe', onStatus ? 'pipe' : 'ignore', lock ?? 'ignore']
  const child = spawn(program, args, { cwd, env, stdio, detached: true })
  const output = []
  const keep = line => {
    output.push(line)
    if (output.length > keptLines) output.shift()
  }
  onLines(child.stdout, keep)
  onLines(child.stderr, keep)
  if (onStatus) onLines(child.stdio[3], onStatus)

  let ended = ''
  const interrupt = () => {
    ended ||= 'interrupted'
    if (mayEnd()) endGroup(child)
    else console.error(`\nWaiting for ${program}: what it has begun must be finished`)
  }
  for (const signal of interruptions) process.on(signal, interrupt)
  const limit = setTimeout(() => {
    ended ||= `stopped after ${limitMs / 60_000} minutes`
    endGroup(child)
  }, limitMs)
  try {
    const [code, signal] = await once(child, 'close')
    if (ended === 'interrupted') throw new Interruption(ended)
    if (code === 0) return
    for (const line of output) console.error(`  ${line}`)
    const how = ended || (signal ? `ended by ${signal}` : `exit code ${code}`)
    throw new SetupError(`${failure} (${how}; its last lines are above)`)
  } catch (error) {
    if (error.code === 'ENOENT') throw new SetupError(`${failure}: there is no program ${program}`)
    throw error
  } finally {
    clearTimeout(limit)
    for (const signal of interruptions) process.off(signal, interrupt)
  }
}

const interruptions = ['SIGINT', 'SIGTERM', 'SIGHUP']
/** npm ignores SIGTERM for as long as it works. What may be ended is done again from the start, so nothing is lost. */
const graceMs = 1000

const endGroup = child => {
  const kill = signal => {
    try {
      process.kill(-child.pid, signal)
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
  }
  kill('SIGTERM')
  const insist = setTimeout(kill, graceMs, 'SIGKILL')
  child.once('close', () => clearTimeout(insist))
}

const onLines = (stream, each) => {
  let rest = ''
  stream.setEncoding('utf8').on('data', text => {
    const lines = (rest + text).split(/[\r\n]+/)
    rest = lines.pop()
    for (const line of lines) if (line.trim() !== '') each(line)
  })
  stream.on('end', () => {
    if (rest.trim() !== '') each(rest)
  })
}

/**
 * Shows that `what` is being done while `work` runs: on a terminal one line that is rewritten every second, else a
 * line every ten seconds. `work` gets a function that says how far it is.
 */
export const withProgress = async (what, work, out = process.stderr) => {
  const began = Date.now()
  const seconds = () => Math.round((Date.now() - began) / 1000)
  let detail = ''
  const show = () => {
    const line = `${what}${detail && `: ${detail}`} (${seconds()} s)`
    out.write(out.isTTY ? `\r\x1b[K${line.slice(0, (out.columns || 80) - 1)}` : `${line}\n`)
  }
  if (!out.isTTY) out.write(`${what} …\n`)
  const timer = setInterval(show, out.isTTY ? 1000 : 10_000)
  const clear = () => {
    clearInterval(timer)
    if (out.isTTY) out.write('\r\x1b[K')
  }
  if (out.isTTY) show()
  try {
    await work(text => {
      if (detail === text) return
      detail = text
      if (out.isTTY) show()
    })
    clear()
    out.write(`${what}: done in ${seconds()} s\n`)
  } catch (error) {
    clear()
    throw error
  }
}

const lockLimitSeconds = 900

/** Runs `work` while no other setup works in `folder`. The lock is the kernel's, on the folder itself: nothing is left. */
export const underLock = async (folder, work) => {
  const opened = openSync(folder, 'r')
  try {
    if (!(await takeLock(opened, '--nonblock'))) {
      console.error('Another setup is at work in this folder: waiting for it to end')
      if (!(await takeLock(opened, '--timeout', String(lockLimitSeconds))))
        throw new SetupError(
          `another setup has been at work in ${folder} for ${lockLimitSeconds / 60} minutes: end it first`,
        )
    }
    lock = opened
    await work()
  } finally {
    lock = undefined
    closeSync(opened)
  }
}

/** The lock belongs to the open folder and not to the process that asked for it, so it is ours when flock has ended. */
const takeLock = async (opened, ...options) => {
  try {
    const [code] = await once(
      spawn('flock', [...options, '3'], { stdio: ['ignore', 'ignore', 'inherit', opened] }),
      'exit',
    )
    return code === 0
  } catch (error) {
    if (error.code === 'ENOENT')
      throw new SetupError('the setup needs the program flock (of util-linux): install it first')
    throw error
  }
}
