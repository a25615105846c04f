import { readdir, readFile } from 'node:fs/promises'
import { DriverError } from '../driver.ts'
import { sessionScript } from './processes.ts'

/** Programs of the desktop itself, as children of the session script: what they take is not the artist's work. */
const ofTheDesktop = new Set(['Xorg', 'icewm', 'icewmbg', 'dbus-daemon'])

/** Linux counts in hundredths of a second, on every architecture that Node runs on. */
const tickMs = 10

/**
 * Processor time that the programs of a sandbox have used so far, ms: of those that run, and of those that have ended and
 * were waited for, since the kernel adds them up with their parents. `init` is process 1 of the sandbox, as the host
 * numbers it. A process tree of thirty takes about 2 ms to read.
 */
export const programTime = async (init: number): Promise<number> => {
  const begun = await timesOf(init)
  if (!begun) throw new DriverError('NETWORK_CONNECTION_ERROR', 'the workstation has ended')
  const children = await childrenOf(init)
  // A kernel without lists of children would make everything look idle.
  if (children.length === 0) throw new DriverError('INTERNAL_ERROR', 'the processes of a workstation cannot be told')
  const times = await Promise.all(
    // What the session script does beside, in shells of its own, belongs to the desktop with all below it.
    children.map(async child => ((await isSessionScript(child)) ? 0 : timeOfTree(child, true))),
  )
  return (begun.ended + sum(times)) * tickMs
}

const isSessionScript = async (pid: number): Promise<boolean> =>
  (await read(`/proc/${pid}/cmdline`))?.split('\0').includes(sessionScript) ?? false

const timeOfTree = async (pid: number, isDirect = false): Promise<number> => {
  const times = await timesOf(pid)
  // It has ended meanwhile, and is among the times of its parent the next time.
  if (!times) return 0
  const own = isDirect && ofTheDesktop.has(times.name) ? 0 : times.own
  return own + times.ended + sum(await Promise.all((await childrenOf(pid)).map(child => timeOfTree(child))))
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)

/** In ticks: its own time, and that of its children that have ended. */
const timesOf = async (pid: number): Promise<{ name: string; own: number; ended: number } | undefined> => {
  const stat = await read(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The name, in brackets, may itself hold blanks and brackets.
  const end = stat.lastIndexOf(')')
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = stat
    .slice(end + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number)
  return { name: stat.slice(stat.indexOf('(') + 1, end), own: user + system, ended: childrenUser + childrenSystem }
}

const childrenOf = async (pid: number): Promise<number[]> => {
  const threads = await inTable(() => readdir(`/proc/${pid}/task`))
  const lists = await Promise.all((threads ?? []).map(thread => read(`/proc/${pid}/task/${thread}/children`)))
  return lists.flatMap(list => list?.trim().split(' ').filter(Boolean).map(Number) ?? [])
}

const read = (path: string) => inTable(() => readFile(path, 'utf8'))

/** Undefined for a process that has ended meanwhile. */
const inTable = async <Found>(look: () => Promise<Found>): Promise<Found | undefined> => {
  try {
    return await look()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
