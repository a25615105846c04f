import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { DriverError } from '../driver.ts'

const execute = promisify(execFile)

/** Administrators' programs are often outside the path that a server was started with. */
const path = '/usr/sbin:/usr/bin:/sbin:/bin'

/** Runs a program of the host to its end, without a shell, and gives what it printed. */
export const run = async (program: string, args: readonly string[], limitMs = 30_000): Promise<string> => {
  try {
    const { stdout } = await execute(program, args, {
      env: { PATH: path, LC_ALL: 'C' },
      timeout: limitMs,
      maxBuffer: 1 << 20,
    })
    return stdout
  } catch (cause) {
    throw failureOf(program, limitMs, cause)
  }
}

const failureOf = (program: string, limitMs: number, cause: unknown): Error => {
  const { code, killed, stderr } = cause as { code?: unknown; killed?: boolean; stderr?: string }
  if (code === 'ENOENT') return new DriverError('INTERNAL_ERROR', `this host has no program ${program}`, { cause })
  if (killed) return new DriverError('INTERNAL_ERROR', `${program} did not end within ${limitMs / 1000} s`, { cause })
  const said = stderr?.trim().split('\n').at(-1) ?? ''
  if (isFull(said)) return diskIsFull(cause)
  return new DriverError('INTERNAL_ERROR', `${program} failed: ${said || `exit code ${code}`}`, { cause })
}

/** Whether a program says that the disk is full. */
export const isFull = (text: string) => /no space left on device|disk quota exceeded/i.test(text)

export const diskIsFull = (cause?: unknown) =>
  new DriverError(
    'INSUFFICIENT_CAPACITY',
    'the disk that holds the volumes is full: delete sessions or backups, or give it more room',
    { cause },
  )

/** The same for what Node itself writes. */
export const asDriverError = (error: unknown): unknown => {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  return code === 'ENOSPC' || code === 'EDQUOT' ? diskIsFull(error) : error
}
