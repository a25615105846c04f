/**
 * What an idle workstation costs in memory: all processes of its sandbox and around it, against the X server and the
 * window manager alone, of desktops that are started the same way. Memory is counted as PSS, in which a page that
 * several processes share counts for each in part; so both sides have as many desktops, one side after the other.
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { whereabouts } from '../src/compute/local/place.ts'
import { findProcesses } from '../src/compute/local/processes.ts'
import { createBareDesktops } from './bare-desktop.ts'
import { machine, median, type Row, toRow } from './report.ts'
import type { Benchmark, Run } from './run.ts'
import { makeHome, removeHome, startServer } from './server.ts'
import { firstStudio, removeSessions, until } from './sessions.ts'

const rounds = 3
const desktops = 6
/** After the start, until everything that starts late is there and has come to rest. */
const restMs = 5000
const allowedMiB = 10
const startLimitMs = 120_000

/** PSS by the name of the program, MiB. */
type Memory = Map<string, number>

export const memory: Benchmark = {
  about: 'memory of an idle workstation, against its X server and window manager alone',
  run: async run => {
    const ours: Memory[] = []
    const peer: Memory[] = []
    for (let round = 1; round <= rounds; round++) {
      run.log(`round ${round} of ${rounds}`)
      peer.push(...(await bareMemory(run)))
      ours.push(...(await sessionMemory(run)))
    }
    const bareMiB = median(peer.map(total))
    return {
      name: 'memory',
      peer: `X server and window manager of the same desktop, ${desktops} at once; the limit for what is only ours`,
      machine: machine(),
      rounds,
      rows: [
        ...programsOf(ours).map(program => rowOf(program, ours, peer)),
        toRow('an idle workstation', median(ours.map(total)), bareMiB + allowedMiB, 'MiB', { atMost: 1 }),
        toRow('beyond the bare desktop', median(ours.map(total)) - bareMiB, allowedMiB, 'MiB', { atMost: 1 }),
      ],
    }
  },
}

const sum = (values: Iterable<number>) => Iterator.from(values).reduce((a, b) => a + b, 0)
const total = (memory: Memory) => sum(memory.values())

const programsOf = (all: readonly Memory[]) => [...new Set(all.flatMap(each => [...each.keys()]))].sort()

const rowOf = (program: string, ours: readonly Memory[], peer: readonly Memory[]): Row => {
  const of = (all: readonly Memory[]) => median(all.map(each => each.get(program) ?? 0))
  return toRow(program, of(ours), isBare(program) ? of(peer) : allowedMiB, 'MiB')
}

const bareMemory = async ({ interrupted }: Run): Promise<Memory[]> => {
  const bare = await createBareDesktops()
  try {
    const names = Array.from({ length: desktops }, (_, i) => `bare-${i}`)
    for (const name of names) await bare.start(name, interrupted)
    await pause(restMs, undefined, { signal: interrupted })
    return (await memoryOf(bare.place, desktops)).map(
      memory => new Map([...memory].filter(([program]) => isBare(program))),
    )
  } finally {
    await bare.close()
  }
}

/** The X server and the window manager, whichever they are; the program that paints the background is none. */
const isBare = (program: string) => /^X|^icewm$/.test(program)

const sessionMemory = async ({ interrupted }: Run): Promise<Memory[]> => {
  await using ending = new AsyncDisposableStack()
  const home = makeHome()
  ending.defer(() => removeHome(home))
  const server = await startServer(home, { ATELIER_DRIVER: 'local', ATELIER_CPU_OVERCOMMIT: '100' })
  ending.defer(server.stop)
  const { studioId, launchProfileId } = await firstStudio(server, interrupted)
  // Desktops outlive their server.
  ending.defer(() => removeSessions(server, studioId))
  for (let i = 0; i < desktops; i++)
    await server.client.createStreamingSession({
      ...{ studioId, launchProfileId },
      ec2InstanceType: 'local.small' as never,
    })
  const allReady = async () => {
    const { sessions = [] } = await server.client.listStreamingSessions({ studioId })
    const failed = sessions.find(({ state }) => state?.endsWith('FAILED'))
    if (failed) throw new Error(`a session is ${failed.state}: ${failed.statusMessage}`)
    return sessions.filter(({ state }) => state === 'READY').length === desktops || undefined
  }
  await until('all sessions are READY', interrupted, allReady, startLimitMs)
  await pause(restMs, undefined, { signal: interrupted })
  const isRoot = process.getuid?.() === 0
  return await memoryOf(whereabouts(realpathSync(join(home, 'local')), isRoot).name, desktops)
}

/** Of each machine of a place: the processes that are its own, and all that descend from them. */
const memoryOf = async (place: string, expected: number): Promise<Memory[]> => {
  const machines = Map.groupBy(await findProcesses(place), ({ machine }) => machine)
  if (machines.size !== expected) throw new Error(`${machines.size} desktops run instead of ${expected}`)
  const parents = parentOfEach()
  return [...machines.values()].map(own => {
    const family = new Set(own.map(({ pid }) => pid))
    for (let size = 0; size !== family.size; ) {
      size = family.size
      for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid)
    }
    const memory: Memory = new Map()
    for (const pid of family) {
      const program = readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
      memory.set(program, (memory.get(program) ?? 0) + sharedInPart(pid))
    }
    return memory
  })
}

const parentOfEach = (): Map<number, number> => {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
    } catch (error) {
      // It has ended meanwhile.
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  return parents
}

/** PSS of a process, MiB. */
const sharedInPart = (pid: number): number => {
  const [, kibibytes] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? []
  if (kibibytes === undefined) throw new Error(`process ${pid} does not tell its PSS`)
  return Number(kibibytes) / 1024
}
