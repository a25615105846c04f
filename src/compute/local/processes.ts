/**
 * Machines are found in the process table, and not by a number kept in a file: numbers are given out again. Every
 * process that the driver starts for a machine ends its command line with the same three words, the path of the
 * session script inside the sandbox, the name of the place, and the machine's id. Programs inside a machine could
 * write the same on theirs, so a process counts only when it is outside every sandbox, or is process 1 of one.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { DriverError } from '../driver.ts'

export const sessionScript = '/etc/atelier/session'

export interface HostProcess {
  pid: number
  machine: string
  /** Process 1 of the sandbox: with it everything inside ends. */
  isInner: boolean
  /** In clock ticks since boot; with the pid, names a process for good. */
  startedAt: string
}

/** Processes of this place's machines, of one or of all. */
export const findProcesses = async (place: string, machine?: string): Promise<HostProcess[]> =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => identify(Number(pid), place))
    .filter(found => found !== undefined)
    .filter(found => machine === undefined || found.machine === machine)

const identify = (pid: number, place: string): HostProcess | undefined => {
  const words = read(pid, 'cmdline')?.split('\0').slice(0, -1) ?? []
  const at = words.lastIndexOf(sessionScript)
  const machine = words[at + 2]
  if (at < 0 || words[at + 1] !== place || machine === undefined) return undefined
  const namespaces = /^NSpid:\t(.*)$/m.exec(read(pid, 'status') ?? '')?.[1]?.split('\t') ?? []
  const isInner = namespaces.length === 2 && namespaces[1] === '1'
  if (namespaces.length !== 1 && !isInner) return undefined
  const startedAt = startOf(pid)
  return startedAt === undefined ? undefined : { pid, machine, isInner, startedAt }
}

/** What a program gets to save its work after it was asked to end; the session script keeps it to less. */
const graceMs = 300
const limitMs = 5000

/** Ends a machine: its programs are asked first, and nothing is left when this returns. */
export const endProcesses = async (place: string, machine: string): Promise<void> => {
  const asked = await findProcesses(place, machine)
  for (const process of asked) if (process.isInner) signal(process, 'SIGTERM')
  await ended(asked, asked.some(({ isInner }) => isInner) ? graceMs : 0)
  const deadline = performance.now() + limitMs
  for (let left = asked; left.length > 0; left = await findProcesses(place, machine)) {
    if (performance.now() > deadline)
      throw new DriverError(
        'INTERNAL_ERROR',
        `the processes of the workstation do not end: ${left.map(({ pid }) => pid)}`,
      )
    for (const process of left) signal(process, 'SIGKILL')
    await ended(left, graceMs)
  }
}

const ended = async (processes: HostProcess[], withinMs: number): Promise<void> => {
  const deadline = performance.now() + withinMs
  while (processes.some(isAlive) && performance.now() < deadline) await pause(2)
}

export const isAlive = (process: HostProcess): boolean => startOf(process.pid) === process.startedAt

const signal = (target: HostProcess, name: 'SIGTERM' | 'SIGKILL'): void => {
  if (!isAlive(target)) return
  try {
    process.kill(target.pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Undefined for one that has ended, be its parent told or not. */
const startOf = (pid: number): string | undefined => {
  const stat = read(pid, 'stat')
  if (stat === undefined) return undefined
  // The name of the program, in brackets, may itself hold blanks and brackets.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return state === 'Z' || state === 'X' ? undefined : rest[18]
}

/** At once: the kernel has it in memory, and to wait for each of hundreds takes three times the processor's time. */
const read = (pid: number, file: string): string | undefined => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return undefined
    throw error
  }
}
