/**
 * Machines are found in the process table, and not by a number kept in a file: numbers are given out again. Every
 * process that the driver starts for a machine ends its command line with the same three words, the path of the
 * session script inside the sandbox, the name of the place, and the machine's id. Programs inside a machine could
 * write the same on theirs, so a process counts only when it is outside every sandbox, or is process 1 of one. Process 1
 * could write something else on its own, so whatever the first process of a sandbox is called, it counts as well.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
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
export const findProcesses = async (place: string, machine?: string): Promise<HostProcess[]> => {
  const found = new Map<number, HostProcess>()
  for (const name of readdirSync('/proc')) {
    const process = /^\d+$/.test(name) ? identify(Number(name), place) : undefined
    if (process && (machine === undefined || process.machine === machine)) found.set(process.pid, process)
  }
  for (const process of [...found.values()])
    if (!process.isInner) for (const inner of firstInside(process.pid, process.machine)) found.set(inner.pid, inner)
  return [...found.values()]
}

const identify = (pid: number, place: string): HostProcess | undefined => {
  const words = commandLine(pid).split('\0').slice(0, -1)
  const at = words.lastIndexOf(sessionScript)
  const machine = words[at + 2]
  if (at < 0 || words[at + 1] !== place || machine === undefined) return undefined
  const where = whereIs(pid)
  return where === undefined || where === 'inside' ? undefined : known(pid, machine, where === 'first')
}

const known = (pid: number, machine: string, isInner: boolean): HostProcess | undefined => {
  const startedAt = startOf(pid)
  return startedAt === undefined ? undefined : { pid, machine, isInner, startedAt }
}

/** Of the sandbox that was made by a process or by a child of its. */
const firstInside = (pid: number, machine: string): HostProcess[] =>
  (read(pid, `task/${pid}/children`) ?? '').split(' ').flatMap(text => {
    const child = Number(text)
    if (text === '') return []
    const where = whereIs(child)
    if (where === 'outside') return firstInside(child, machine)
    return where === 'first' ? (known(child, machine, true) ?? []) : []
  })

/** Outside of every sandbox, the first process of one, or another one in there. */
const whereIs = (pid: number): 'outside' | 'first' | 'inside' | undefined => {
  const ids = /^NSpid:\t(.*)$/m.exec(read(pid, 'status') ?? '')?.[1]?.split('\t')
  if (!ids) return undefined
  return ids.length === 1 ? 'outside' : ids.length === 2 && ids[1] === '1' ? 'first' : 'inside'
}

/**
 * Programs inside could have megabytes of arguments, each of thousands of them, which would have to be read while everything else
 * waits. Ours are no longer than this.
 */
const mostBytes = 64 * 1024
/** Those of most processes are no longer than this. */
const firstBytes = 4096
const bytes = Buffer.allocUnsafeSlow(mostBytes)

/** Empty where it is none of ours for sure. */
const commandLine = (pid: number): string => {
  let length = readInto(pid, firstBytes)
  if (length === firstBytes) {
    if (whereIs(pid) === 'inside') return ''
    length = readInto(pid, mostBytes)
  }
  const read = bytes.subarray(0, length)
  return length < mostBytes && read.includes(sessionScript) ? read.toString('utf8') : ''
}

const readInto = (pid: number, most: number): number => {
  let descriptor: number | undefined
  try {
    descriptor = openSync(`/proc/${pid}/cmdline`, 'r')
    let length = 0
    for (let read = -1; length < most && read !== 0; length += read)
      read = readSync(descriptor, bytes, length, most - length, null)
    return length
  } catch (error) {
    if (isGone(error)) return 0
    throw error
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
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
    if (isGone(error)) return undefined
    throw error
  }
}

/** Or somebody else's, of which nothing is told. */
const isGone = (error: unknown): boolean =>
  ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')
