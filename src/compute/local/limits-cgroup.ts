/**
 * Limits by control groups, of version 1, of version 2, or of both at once as on many hosts: every kind of limit is
 * taken where a folder can be made and the file for it appears.
 */
import { constants, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DriverError } from '../driver.ts'
import { can, exists } from '../shelf.ts'
import { type LimitedTo, type Limits, processLimit } from './limits.ts'
import { createNoLimits } from './limits-none.ts'

type Kind = keyof Limits['guarantees']
/** File and value, in the order they are written. `?`: only where the kernel has the file. */
type Settings = (to: LimitedTo, device: string) => [file: string, value: string][]

const period = 100_000
const bytes = (mebibytes: number) => String(mebibytes * 2 ** 20)

const version1: Record<Kind, { controller: string; settings: Settings }> = {
  cpu: {
    controller: 'cpu',
    settings: ({ vcpus }) => [
      ['cpu.cfs_period_us', String(period)],
      ['cpu.cfs_quota_us', String(vcpus * period)],
      // Where more was promised than there is, each gets its part: 262144 is the most.
      ['cpu.shares?', String(Math.min(1024 * vcpus, 262_144))],
    ],
  },
  memory: {
    controller: 'memory',
    settings: ({ memoryMiB }) => [
      ['memory.limit_in_bytes', bytes(memoryMiB)],
      ['memory.memsw.limit_in_bytes?', bytes(memoryMiB)],
    ],
  },
  processes: { controller: 'pids', settings: ({ vcpus }) => [['pids.max', String(processLimit(vcpus))]] },
  volumeIo: {
    controller: 'blkio',
    settings: ({ iops, throughputMiBs }, device) =>
      (['read', 'write'] as const).flatMap(way => [
        ...(iops ? [[`blkio.throttle.${way}_iops_device`, `${device} ${iops}`] as [string, string]] : []),
        ...(throughputMiBs
          ? [[`blkio.throttle.${way}_bps_device`, `${device} ${bytes(throughputMiBs)}`] as [string, string]]
          : []),
      ]),
  },
}

const version2: typeof version1 = {
  cpu: {
    controller: 'cpu',
    settings: ({ vcpus }) => [
      ['cpu.max', `${vcpus * period} ${period}`],
      ['cpu.weight?', String(Math.min(100 * vcpus, 10_000))],
    ],
  },
  memory: {
    controller: 'memory',
    settings: ({ memoryMiB }) => [
      ['memory.max', bytes(memoryMiB)],
      ['memory.swap.max?', '0'],
    ],
  },
  processes: { controller: 'pids', settings: version1.processes.settings },
  volumeIo: {
    controller: 'io',
    settings: ({ iops, throughputMiBs }, device) => {
      const limits = [
        ...(iops ? [`riops=${iops}`, `wiops=${iops}`] : []),
        ...(throughputMiBs ? [`rbps=${bytes(throughputMiBs)}`, `wbps=${bytes(throughputMiBs)}`] : []),
      ]
      return limits.length === 0 ? [] : [['io.max', `${device} ${limits.join(' ')}`]]
    },
  },
}

interface Hierarchy {
  folder: string
  kinds: { kind: Kind; settings: Settings }[]
}

export interface CgroupOptions {
  /** Name of the group that holds those of the machines. */
  name: string
  /** `major:minor` of the disk that input and output are limited on. */
  device: string | undefined
  /** `/proc/self/mountinfo`, for tests. */
  mounts?: string
}

export const createCgroupLimits = async ({ name, device, mounts }: CgroupOptions): Promise<Limits> => {
  const hierarchies = await probe(name, device, mounts ?? (await readFile('/proc/self/mountinfo', 'utf8')))
  const held = new Set(hierarchies.flatMap(({ kinds }) => kinds.map(({ kind }) => kind)))
  const missing = createNoLimits('this server may make no control group of the kind').guarantees

  const groupsOf = (machine: string) => hierarchies.map(({ folder }) => join(folder, machine))

  return {
    guarantees: {
      cpu: held.has('cpu') || missing.cpu,
      memory: held.has('memory') || missing.memory,
      processes: held.has('processes') || missing.processes,
      volumeIo: held.has('volumeIo') || missing.volumeIo,
    },

    async prepare(machine, to) {
      const make = async ({ folder, kinds }: Hierarchy) => {
        const group = join(folder, machine)
        await mkdir(group, { recursive: true })
        for (const { settings } of kinds)
          for (const [file, value] of settings(to, device ?? '')) await set(group, file, value)
      }
      await Promise.all(hierarchies.map(make))
      return groupsOf(machine).map(group => join(group, 'cgroup.procs'))
    },

    async release(machine) {
      for (const group of groupsOf(machine)) await removeGroup(group)
    },

    async ranOutOfMemory(machine) {
      for (const file of ['memory.oom_control', 'memory.events'])
        for (const group of groupsOf(machine)) {
          const path = join(group, file)
          if ((await exists(path)) && /^oom_kill [1-9]/m.test(await readFile(path, 'utf8'))) return true
        }
      return false
    },

    async machines() {
      const names = await Promise.all(hierarchies.map(async ({ folder }) => await groupsIn(folder)))
      return [...new Set(names.flat())]
    },

    async close() {
      for (const { folder } of hierarchies) await removeGroup(folder)
    },
  }
}

/** Every mounted hierarchy in which a group can be made, with the limits it can hold. */
const probe = async (name: string, device: string | undefined, mounts: string): Promise<Hierarchy[]> => {
  const found: Hierarchy[] = []
  const taken = new Set<Kind>()
  for (const { point, controllers, version } of cgroupMounts(mounts)) {
    const folder = join(point, name)
    try {
      if (version === version2) await delegate(point)
      await mkdir(folder, { recursive: true })
      if (version === version2) await delegate(folder)
      const kinds = []
      for (const kind of Object.keys(version) as Kind[]) {
        const { controller, settings } = version[kind]
        if (taken.has(kind) || (kind === 'volumeIo' && device === undefined)) continue
        if (version === version1 && !controllers.includes(controller)) continue
        if (!(await hasFile(folder, settings))) continue
        kinds.push({ kind, settings })
        taken.add(kind)
      }
      // A group without limits still serves where it can end all its processes at once.
      if (kinds.length > 0 || version === version2) found.push({ folder, kinds })
      else await rmdir(folder)
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) throw error
      // Not writable for us: the limits it would hold are reported as missing.
    }
  }
  return found
}

/** The versions that are mounted here, and the limits that could be held: by looking alone, nothing is made. */
export const lookForLimits = async (mounts: string): Promise<{ versions: number[]; kinds: Kind[] }> => {
  const found = cgroupMounts(mounts)
  const kinds = new Set<Kind>()
  for (const { point, controllers, version } of found) {
    if (!(await can(point, constants.W_OK))) continue
    const offered =
      version === version1 ? controllers : (await readFile(join(point, 'cgroup.controllers'), 'utf8')).trim().split(' ')
    for (const kind of Object.keys(version) as Kind[]) if (offered.includes(version[kind].controller)) kinds.add(kind)
  }
  return { versions: [...new Set(found.map(({ version }) => (version === version1 ? 1 : 2)))], kinds: [...kinds] }
}

const cgroupMounts = (mounts: string) =>
  mounts.split('\n').flatMap(line => {
    const [place = '', source = ''] = line.split(' - ')
    const point = place.split(' ')[4] ?? ''
    const [type, , options = ''] = source.split(' ')
    if (type === 'cgroup2') return [{ point, controllers: [] as string[], version: version2 }]
    if (type === 'cgroup') return [{ point, controllers: options.split(','), version: version1 }]
    return []
  })

/** Version 2 gives a group the controllers that its parent passes on. */
const delegate = async (folder: string) => {
  const available = (await readFile(join(folder, 'cgroup.controllers'), 'utf8')).trim().split(' ')
  for (const controller of ['cpu', 'memory', 'pids', 'io'].filter(wanted => available.includes(wanted)))
    await writeFile(join(folder, 'cgroup.subtree_control'), `+${controller}`)
}

const example: LimitedTo = { vcpus: 1, memoryMiB: 1024, iops: 1000, throughputMiBs: 100 }

const hasFile = async (folder: string, settings: Settings) => {
  const [file] = settings(example, '0:0')[0] ?? []
  return file !== undefined && (await exists(join(folder, file)))
}

const set = async (group: string, file: string, value: string) => {
  const path = join(group, file.replace('?', ''))
  if (file.endsWith('?') && !(await exists(path))) return
  await writeFile(path, value)
}

const limitMs = 5000

/** A group can be removed when no process is left in it, and the last ones take a moment to go. */
const removeGroup = async (group: string) => {
  const deadline = performance.now() + limitMs
  while (await exists(group)) {
    await endProcesses(group)
    try {
      await rmdir(group)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return
      if (code !== 'EBUSY' && code !== 'ENOTEMPTY') throw error
      if (performance.now() > deadline)
        throw new DriverError('INTERNAL_ERROR', `processes of the workstation do not end: see ${group}/cgroup.procs`)
      await pause(2)
    }
  }
}

const endProcesses = async (group: string) => {
  const kill = join(group, 'cgroup.kill')
  if (await exists(kill)) return await writeFile(kill, '1')
  for (const line of (await readFile(join(group, 'cgroup.procs'), 'utf8')).split('\n')) {
    if (line === '') continue
    try {
      process.kill(Number(line), 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

const groupsIn = async (folder: string): Promise<string[]> => {
  if (!(await exists(folder))) return []
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.filter(entry => entry.isDirectory()).map(entry => entry.name)
}
