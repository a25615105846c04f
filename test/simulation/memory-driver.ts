/**
 * A driver whose host is a few maps. It keeps every promise of a driver, is as fast as a map, and waits by nothing but
 * the timer that it is given: what a simulation needs. The host outlives the driver, as hosts do.
 */
import type { Duplex } from 'node:stream'
import { type Capabilities, checkId, type Driver, DriverError, type Observation } from '../../src/compute/driver.ts'
import { exclusive } from '../../src/compute/exclusive.ts'
import { stillPicture } from '../../src/compute/simulated/still-picture.ts'

export interface Host {
  /** Tells the hosts of one process apart. */
  name: string
  volumes: Map<string, Tree>
  backups: Map<string, Tree>
  machines: Map<string, Machine>
}

export interface Tree {
  /** Half made until then. */
  isWhole: boolean
  files: ReadonlyMap<string, string>
}

export interface Machine {
  state: Exclude<Observation, 'absent'>
  volume: string
  desktops: Set<Duplex>
}

export type Verb = Exclude<keyof Driver, 'name' | 'close' | 'dial' | 'readBackup' | 'receiveBackup'>

/** Asked in the middle of every verb: it may take its time, and it may throw; what was half made then stays. */
export type HalfWay = (verb: Verb, id: string) => Promise<void>

/** Too little for all that simulated clients ask for at once. */
export const capacity = { vcpus: 8, memoryMiB: 3 * 1024, gpus: 0 }

const guarantees: Capabilities['guarantees'] = {
  ...{ volumeSize: true, volumeIo: true, snapshots: true },
  ...{ cpu: true, memory: true, processes: true },
}

let made = 0

export const createHost = (): Host => ({
  name: `memory-${made++}`,
  volumes: new Map(),
  backups: new Map(),
  machines: new Map(),
})

export const createMemoryDriver = (host: Host, halfWay: HalfWay): Driver => {
  const { volumes, backups, machines } = host

  const turn = async <T>(kind: string, id: string, work: () => Promise<T>) =>
    await exclusive(`${host.name}/${kind}/${checkId(id)}`, work)

  const whole = (trees: Map<string, Tree>, kind: string, id: string): Tree => {
    const tree = trees.get(id)
    if (tree?.isWhole) return tree
    throw new DriverError('INTERNAL_ERROR', `there is no ${kind} ${id}: it was removed, or never finished`)
  }

  const make = async (trees: Map<string, Tree>, verb: Verb, id: string, files: () => Tree['files']) => {
    trees.set(id, { isWhole: false, files: new Map() })
    await halfWay(verb, id)
    trees.set(id, { isWhole: true, files: new Map(files()) })
  }

  return {
    name: 'memory',
    protocols: ['rfb'],

    async capabilities() {
      await halfWay('capabilities', '')
      return { ...capacity, guarantees }
    },

    async ensureVolume(id, { image, backup }) {
      if (backup !== undefined) checkId(backup)
      await turn('volume', id, async () => {
        if (volumes.get(id)?.isWhole) return
        checkImage(image)
        const from = backup === undefined ? undefined : whole(backups, 'backup', backup)
        await make(volumes, 'ensureVolume', id, () => from?.files ?? new Map())
      })
    },

    async ensureMachine(id, { volume, image }) {
      checkId(volume)
      await turn('machine', id, async () => {
        if (machines.get(id)?.state === 'running') return
        checkImage(image)
        whole(volumes, 'volume', volume)
        machines.set(id, { state: 'broken', volume, desktops: new Set() })
        await halfWay('ensureMachine', id)
        machines.set(id, { state: 'running', volume, desktops: new Set() })
      })
    },

    removeMachine: id =>
      turn('machine', id, async () => {
        endMachine(host, id, 'broken')
        await halfWay('removeMachine', id)
        machines.delete(id)
      }),

    removeVolume: id =>
      turn('volume', id, async () => {
        const tree = volumes.get(id)
        if (tree) volumes.set(id, { ...tree, isWhole: false })
        await halfWay('removeVolume', id)
        volumes.delete(id)
      }),

    async ensureBackup(id, volume) {
      checkId(volume)
      await turn('backup', id, async () => {
        if (backups.get(id)?.isWhole) return
        whole(volumes, 'volume', volume)
        await make(backups, 'ensureBackup', id, () => whole(volumes, 'volume', volume).files)
      })
    },

    removeBackup: id =>
      turn('backup', id, async () => {
        const tree = backups.get(id)
        if (tree) backups.set(id, { ...tree, isWhole: false })
        await halfWay('removeBackup', id)
        backups.delete(id)
      }),

    async observe(id) {
      checkId(id)
      await halfWay('observe', id)
      return machines.get(id)?.state ?? 'absent'
    },

    async endOf(id) {
      checkId(id)
      await halfWay('endOf', id)
      return 'unknown'
    },

    async activity(id) {
      checkId(id)
      await halfWay('activity', id)
      if (machines.get(id)?.state !== 'running') throw noDesktop()
      return { idleMs: 0, cpuMs: 0 }
    },

    async readBackup(id) {
      throw noFolders(checkId(id))
    },

    async receiveBackup(id) {
      throw noFolders(checkId(id))
    },

    async inventory() {
      await halfWay('inventory', '')
      const [machineIds = [], volumeIds = [], backupIds = []] = [machines, volumes, backups].map(kept =>
        [...kept.keys()].sort(),
      )
      return { machines: machineIds, volumes: volumeIds, backups: backupIds }
    },

    async dial(id) {
      const machine = machines.get(checkId(id))
      if (machine?.state !== 'running') throw noDesktop()
      const desktop = stillPicture()
      machine.desktops.add(desktop)
      return desktop
    },

    async close() {},
  }
}

/** The desktop of a machine ends: it breaks, or nothing of it is left. */
export const endMachine = ({ machines }: Host, id: string, left: 'broken' | 'absent'): void => {
  const machine = machines.get(id)
  if (!machine) return
  for (const desktop of machine.desktops) desktop.destroy()
  if (left === 'broken') machine.state = 'broken'
  else machines.delete(id)
}

const noDesktop = () => new DriverError('NETWORK_CONNECTION_ERROR', 'the workstation has no desktop to connect to')
const noFolders = (id: string) => new Error(`a host in memory has no folder for ${id}`)

const checkImage = (image: string) => {
  if (!/^ami-(?!none)/.test(image)) throw new DriverError('AMI_VALIDATION_ERROR', `there is no image "${image}"`)
}
