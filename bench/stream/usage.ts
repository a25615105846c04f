/** What processes and connections have used, as Linux counts it. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'

export interface Process {
  pid: number
  parent: number
  command: string
}

/** One that ends meanwhile is left out. */
export const processes = (): Process[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      const stat = read(`/proc/${name}/stat`)
      const command = read(`/proc/${name}/cmdline`)
      if (!stat || command === undefined) return []
      const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return [{ pid: Number(name), parent: Number(parent), command: command.replaceAll('\0', ' ') }]
    })

/** These, and all that they have started. */
export const treeOf = (roots: readonly number[], all = processes()): Process[] => {
  const tree = new Set(roots)
  for (let size = 0; size < tree.size; ) {
    size = tree.size
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid)
  }
  return all.filter(({ pid }) => tree.has(pid))
}

const ticksPerSecond = 100

/** Processor time used so far by each of these that still runs, in seconds. */
export const processorTimes = (pids: readonly number[]): Map<number, number> =>
  new Map(
    pids.flatMap(pid => {
      const stat = read(`/proc/${pid}/stat`)
      if (!stat) return []
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return [[pid, (Number(fields[11]) + Number(fields[12])) / ticksPerSecond] as const]
    }),
  )

/** Share of one core that these take while `work` goes on, in percent. */
export const loadDuring = async (pids: readonly number[], work: () => Promise<unknown>): Promise<number> => {
  const before = processorTimes(pids)
  const beganAt = performance.now()
  await work()
  const seconds = (performance.now() - beganAt) / 1000
  let used = 0
  for (const [pid, time] of processorTimes(pids)) used += time - (before.get(pid) ?? time)
  return (used / seconds) * 100
}

/** Memory of these, what is shared with others counted in shares, in MiB. */
export const memoryOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const rollup = read(`/proc/${pid}/smaps_rollup`) ?? ''
    return sum + Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1024
  }, 0)

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

const run = promisify(execFile)

/** Bytes that have gone out on the connections to a port of this machine and have arrived, by connection. */
const bytesFrom = async (port: number): Promise<Map<string, number>> => {
  const { stdout } = await run('ss', ['-tinHO', 'state', 'established', `( sport = :${port} )`], { timeout: 5000 })
  return new Map(
    stdout.split('\n').flatMap(line => {
      const [, , , peer = ''] = line.trim().split(/\s+/)
      const acked = /\bbytes_acked:(\d+)/.exec(line)?.[1]
      return acked === undefined ? [] : [[peer, Number(acked)] as const]
    }),
  )
}

/** Bytes that a server sends from its port while `work` goes on, as the kernel counts them: whatever they are for. */
export const bytesDuring = async (port: number, work: () => Promise<unknown>): Promise<number> => {
  const before = await bytesFrom(port)
  await work()
  let sent = 0
  for (const [peer, bytes] of await bytesFrom(port)) sent += bytes - (before.get(peer) ?? 0)
  return sent
}
