import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { DriverError } from '../../driver.ts'
import { diskIsFull, isFull } from '../run.ts'

export interface Job {
  program: string
  args: readonly string[]
  /** Open file that the program reads as its standard input. */
  input?: number
  /** Open file that the program has as number 3. */
  third?: number
  /** Every line it prints, on either output. */
  onLine?: (line: string) => void
  limitMs: number
  /** Ends the program, and with it everything that it started: see `jail.ts` and `build.ts`. */
  signal: AbortSignal
}

/** A program that did not end with 0. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure'
  /** Exit code, the signal that ended it, or that it took too long. */
  readonly how: number | string
  /** The last lines of what it printed. */
  readonly said: string
  constructor(program: string, how: number | string, said: string) {
    super(`${program} failed (${how})${said ? `: ${said}` : ''}`)
    this.how = how
    this.said = said
  }
}

const shownLines = 3
const longestLine = 300

/**
 * Runs a program to its end. What it prints may be hostile: it is kept in part only, and without control characters.
 * @throws JobFailure, the reason of the signal, or INSUFFICIENT_CAPACITY where the disk is full.
 */
export const runJob = async (job: Job): Promise<void> => {
  job.signal.throwIfAborted()
  const limit = AbortSignal.timeout(job.limitMs)
  const child = spawn(job.program, job.args, {
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
    stdio: [job.input ?? 'ignore', 'pipe', 'pipe', job.third ?? 'ignore'],
    signal: AbortSignal.any([job.signal, limit]),
    killSignal: 'SIGKILL',
  })
  const said: string[] = []
  const reading = [child.stdout, child.stderr].map(async output => {
    for await (const line of linesOf(output)) {
      said.push(line)
      if (said.length > shownLines) said.shift()
      job.onLine?.(line)
    }
  })
  const how = await ending(child)
  await Promise.all(reading)
  job.signal.throwIfAborted()
  const all = said.join(' · ')
  if (limit.aborted) throw new JobFailure(job.program, `no end within ${job.limitMs / 1000} s`, all)
  if (how === 0) return
  if (isFull(all)) throw diskIsFull(new Error(all))
  throw new JobFailure(job.program, how, all)
}

const ending = async (child: ChildProcess): Promise<number | string> => {
  try {
    const [code, signal] = await once(child, 'close')
    return code ?? signal
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT')
      throw new DriverError('INTERNAL_ERROR', `this host has no program ${child.spawnfile}`, { cause: error })
    // Its outputs are still open until what it started has ended as well.
    if (code === 'ABORT_ERR') return await once(child, 'close').then(() => 'SIGKILL')
    throw error
  }
}

/** Of a line that does not end, its end only. */
async function* linesOf(output: Readable | null): AsyncGenerator<string> {
  if (!output) return
  let rest = ''
  for await (const text of output.setEncoding('utf8')) {
    const lines = `${rest}${text}`.split(/[\r\n]/)
    rest = (lines.pop() ?? '').slice(-longestLine)
    yield* lines.map(printable).filter(line => line !== '')
  }
  if (rest !== '') yield printable(rest)
}

/** What is left of a line on the way to a person's terminal. */
export const printable = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, longestLine)
