/** Running other programs during the setup: with a time limit, with progress a person can read, one setup at a time. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A failure with one line that says what to do. */
export class SetupError extends Error {}

const keptLines = 20

/**
 * Runs a program to its end. When it fails or takes too long, its last lines of output are shown and a `SetupError`
 * with `failure` is thrown. `onStatus` gets the lines that the program writes to file descriptor 3.
 */
export const run = async (program, args, { cwd, env, limitMs, failure, detached = false, onStart, onStatus }) => {
  const stdio = ['ignore', 'pipe', 'pipe', onStatus ? 'pipe' : 'ignore']
  const child = spawn(program, args, { cwd, env, detached, stdio })
  onStart?.(child)
  const output = []
  const keep = line => {
    output.push(line)
    if (output.length > keptLines) output.shift()
  }
  onLines(child.stdout, keep)
  onLines(child.stderr, keep)
  if (onStatus) onLines(child.stdio[3], onStatus)

  let late = false
  const limit = setTimeout(() => {
    late = true
    child.kill('SIGTERM')
  }, limitMs)
  try {
    const [code, signal] = await once(child, 'close')
    if (code === 0) return
    const end = late ? `stopped after ${limitMs / 60_000} minutes` : signal ? `ended by ${signal}` : `exit code ${code}`
    for (const line of output) console.error(`  ${line}`)
    throw new SetupError(`${failure} (${end}; its last lines are above)`)
  } catch (error) {
    if (error.code === 'ENOENT') throw new SetupError(`${failure}: there is no program ${program}`)
    throw error
  } finally {
    clearTimeout(limit)
  }
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

/**
 * Runs `work` while no other setup works in `folder`. The lock is the kernel's and sits on the folder itself, held by
 * a child that ends when its input does: nothing is left behind, however this process ends.
 */
export const underLock = async (folder, work) => {
  const flock = (...options) =>
    spawn('flock', [...options, folder, 'sh', '-c', 'echo; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let holder = flock('--nonblock')
  if (!(await holds(holder))) {
    console.error('Another setup is at work in this folder: waiting for it to end')
    holder = flock('--timeout', String(lockLimitSeconds))
    if (!(await holds(holder)))
      throw new SetupError(
        `another setup has been at work in ${folder} for ${lockLimitSeconds / 60} minutes: end it first`,
      )
  }
  // Asked for at once: Ctrl-C ends it before us.
  const ended = once(holder, 'exit')
  try {
    await work()
  } finally {
    holder.stdin.end()
    await ended
  }
}

const holds = async holder => {
  try {
    return await Promise.race([once(holder.stdout, 'data').then(() => true), once(holder, 'exit').then(() => false)])
  } catch (error) {
    if (error.code === 'ENOENT')
      throw new SetupError('the setup needs the program flock (of util-linux): install it first')
    throw error
  }
}
