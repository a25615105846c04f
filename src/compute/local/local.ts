/**
 * Workstations on this very host: bubblewrap around an X server and a window manager. No daemon keeps them: they are
 * processes of their own that outlive the server, and are found again by looking at the host.
 */
import { hash } from 'node:crypto'
import { chown, lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import {
  checkId,
  type Driver,
  DriverError,
  type Inventory,
  type MachineSpec,
  type Observation,
  type StartWatcher,
  type VolumeOptions,
} from '../driver.ts'
import { exclusive } from '../exclusive.ts'
import { createShelf, exists } from '../shelf.ts'
import { activityOf } from './activity.ts'
import { answers, connectDesktop, isReady } from './desktop-socket.ts'
import { findGpus } from './gpus.ts'
import { findImage, noteImage } from './image.ts'
import { createCgroupLimits } from './limits-cgroup.ts'
import { createNoLimits } from './limits-none.ts'
import { unmount } from './mounts.ts'
import { createPlace, removePlace } from './place.ts'
import { endProcesses, findProcesses, type HostProcess } from './processes.ts'
import { removeTree } from './remove-tree.ts'
import { asDriverError, run } from './run.ts'
import { ownerOf, type StartOptions, startMachine } from './start.ts'
import { chooseStorage, type StorageOptions } from './storage-choice.ts'
import { callStreamer } from './streamer.ts'

export interface LocalOptions extends StorageOptions, StartOptions {
  /** Folder that holds everything that must last. */
  root: string
}

export const createLocalDriver = async (options: LocalOptions): Promise<Driver> => {
  const isRoot = process.getuid?.() === 0
  const place = await createPlace(options.root, isRoot)
  const storage = await chooseStorage(place, isRoot, options)
  const limits = isRoot
    ? await createCgroupLimits({ name: place.name, device: storage.device })
    : createNoLimits('the server does not run as root')
  for (const shelf of ['images', 'volumes', 'backups'])
    await mkdir(join(storage.folder, shelf), { recursive: true, mode: 0o711 })
  const images = createShelf(join(storage.folder, 'images'), storage.remove)
  const volumes = createShelf(join(storage.folder, 'volumes'), storage.remove)
  const backups = createShelf(join(storage.folder, 'backups'), storage.remove)

  const runFolder = (machine: string) => join(place.machines, machine)
  const socketFolder = (machine: string) => join(runFolder(machine), 'desktop')
  const turn = async <T>(kind: string, id: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await exclusive(`${place.name}/${kind}/${checkId(id)}`, work)
    } catch (error) {
      throw asDriverError(error)
    }
  }

  const hasTraces = async (machine: string): Promise<boolean> =>
    (await exists(runFolder(machine))) || (await limits.machines()).includes(machine)

  const observe = async (machine: string): Promise<Observation> => {
    if (!(await hasTraces(machine))) return 'absent'
    const isUp = isReady(socketFolder(machine)) && (await answers(socketFolder(machine)))
    return isUp ? 'running' : 'broken'
  }

  const remove = async (machine: string): Promise<void> => {
    if (!(await hasTraces(machine)) && (await findProcesses(place.name, machine)).length === 0) return
    await endProcesses(place.name, machine)
    await limits.release(machine)
    await storage.sync(storage.folder)
    await unmount(socketFolder(machine))
    // Last, because it is what a half removed machine is found by.
    await removeTree(runFolder(machine))
  }

  const start = async (
    machine: string,
    spec: MachineSpec,
    image: string | undefined,
    watcher: StartWatcher,
  ): Promise<void> => {
    const tree = volumes.tree(spec.volume)
    const uid = isRoot ? await ownerOf(tree) : undefined
    await mkdir(runFolder(machine), { mode: 0o711 })
    await mkdir(socketFolder(machine), { mode: 0o700 })
    const prepare = async () => {
      const io = JSON.parse(await readFile(join(tree, 'limits.json'), 'utf8'))
      return limits.prepare(machine, { vcpus: spec.vcpus, memoryMiB: spec.memoryMiB, ...io })
    }
    const mount = async () => (uid === undefined ? undefined : mountSockets(socketFolder(machine), uid))
    // Both come to an end, before what was made is taken away again.
    const [prepared, mounted] = await Promise.allSettled([prepare(), mount()])
    if (prepared.status === 'rejected') throw prepared.reason
    if (mounted.status === 'rejected') throw mounted.reason
    const groups = prepared.value
    await startMachine({
      ...{ place, machine, spec, image, tree, uid, groups, watcher, options },
      ...{ runFolder: runFolder(machine), socketFolder: socketFolder(machine) },
    })
    if ((await observe(machine)) !== 'running') throw new DriverError('INTERNAL_ERROR', 'the desktop does not answer')
  }

  const fillVolume = async (id: string, box: string, options: VolumeOptions): Promise<void> => {
    const tree = join(box, 'tree')
    if (options.backup === undefined) {
      await storage.create(tree, options.sizeGiB, { others: true })
      // A backup keeps the user of its volume, and so do the volumes made from it: one artist's, all of them.
      for (const name of ['home', 'tmp']) {
        await mkdir(join(tree, name), { mode: 0o700 })
        if (isRoot) await chown(join(tree, name), userOf(id), userOf(id))
      }
    } else {
      if (!(await backups.has(options.backup))) throw missing('backup', options.backup)
      await storage.copy(backups.tree(options.backup), tree, options.sizeGiB)
    }
    await noteImage(box, options.image)
    const { iops, throughputMiBs } = options
    await writeFile(join(tree, 'limits.json'), JSON.stringify({ iops, throughputMiBs }))
  }

  let looking: Promise<HostProcess[]> | undefined
  /** Those who ask at the same time look together. */
  const processes = () => {
    looking ??= findProcesses(place.name).finally(() => {
      looking = undefined
    })
    return looking
  }

  const inventory = async (): Promise<Inventory> => {
    const traces = await Promise.all([
      readdir(place.machines),
      limits.machines(),
      findProcesses(place.name).then(found => found.map(({ machine }) => machine)),
    ])
    return {
      machines: [...new Set(traces.flat())].sort(),
      volumes: await volumes.ids(),
      backups: await backups.ids(),
    }
  }

  return {
    name: 'local',
    protocols: place.streamer ? ['atelier', 'rfb'] : ['rfb'],

    async capabilities() {
      return {
        vcpus: availableParallelism(),
        // A tenth is for the host and for this server.
        memoryMiB: Math.floor((totalmem() * 0.9) / 2 ** 20),
        gpus: (await findGpus()).count,
        guarantees: { ...storage.guarantees, ...limits.guarantees },
      }
    },

    async ensureVolume(id, options) {
      if (options.backup !== undefined) checkId(options.backup)
      await turn('volume', id, async () => {
        if (await volumes.has(id)) return
        await findImage(images, options.image)
        await volumes.put(id, box => fillVolume(id, box, options))
      })
    },

    async ensureMachine(id, spec, watcher = {}) {
      checkId(spec.volume)
      await turn('machine', id, async () => {
        if ((await observe(id)) === 'running') return
        const image = await findImage(images, spec.image)
        if (!(await volumes.has(spec.volume))) throw missing('volume', spec.volume)
        await remove(id)
        try {
          await start(id, spec, image, watcher)
        } catch (error) {
          await remove(id)
          throw error
        }
      })
    },

    removeMachine: id => turn('machine', id, () => remove(id)),
    removeVolume: id => turn('volume', id, () => volumes.remove(id)),

    async ensureBackup(id, volume) {
      checkId(volume)
      await turn('backup', id, async () => {
        if (await backups.has(id)) return
        if (!(await volumes.has(volume))) throw missing('volume', volume)
        await backups.put(id, async box => {
          await storage.freeze(volumes.tree(volume), join(box, 'tree'))
          // A volume that was removed meanwhile was copied in part. It is gone from here before any of it goes.
          if (!(await volumes.has(volume))) throw missing('volume', volume)
        })
      })
    },

    removeBackup: id => turn('backup', id, () => backups.remove(id)),

    async readBackup(id, read) {
      if (!(await backups.has(checkId(id)))) throw missing('backup', id)
      const found = await read(backups.tree(id))
      if (!(await backups.has(id))) throw missing('backup', id)
      return found
    },

    async receiveBackup(id, sizeGiB, fill) {
      await turn('backup', id, async () => {
        if (await backups.has(id)) return
        await backups.put(id, async box => {
          const tree = join(box, 'tree')
          // Room for what the file system itself writes about files, of which a full volume has no more.
          await storage.create(tree, sizeGiB + 1)
          await fill(tree)
          await adopt(tree, isRoot ? userOf(id) : undefined)
          await storage.seal(tree)
        })
      })
    },

    async observe(machine) {
      return await observe(checkId(machine))
    },

    async endOf(machine) {
      return (await limits.ranOutOfMemory(checkId(machine))) ? 'outOfMemory' : 'unknown'
    },

    async activity(machine) {
      return await activityOf(await processes(), checkId(machine))
    },

    inventory,

    async dial(machine, protocol = 'rfb') {
      const folder = socketFolder(checkId(machine))
      return protocol === 'rfb' ? await connectDesktop(folder) : await callStreamer(folder)
    },

    async close() {
      const { machines } = await inventory()
      if (!(await storage.close(machines.length === 0))) return
      await limits.close()
      if (isRoot) await removePlace(place)
    },
  }
}

/**
 * The machine's own place for its sockets, as its user. As root it is in the host's `/run`, which programs inside would fill
 * otherwise, and with it the host.
 */
const mountSockets = async (folder: string, uid: number): Promise<void> => {
  const options = `size=1m,nr_inodes=256,mode=0700,uid=${uid},gid=${uid},nosuid,nodev,noexec`
  await run('mount', ['-t', 'tmpfs', '-o', options, 'atelier', folder])
}

const missing = (kind: string, id: string) =>
  new DriverError('INTERNAL_ERROR', `there is no ${kind} ${id}: it was removed, or never finished`)

/** Checks that a tree from elsewhere is one of a volume, and gives it a user: theirs may be somebody else on this host. */
const adopt = async (tree: string, uid: number | undefined): Promise<void> => {
  for (const name of ['home', 'tmp']) {
    const path = join(tree, name)
    const found = await lstat(path).catch(() => undefined)
    if (!found?.isDirectory())
      throw new DriverError('INTERNAL_ERROR', `this is not a backup of a volume: it has no ${name}`)
    await give(path, uid)
  }
  // What the system's scripts have left, where there are such.
  const system = await lstat(join(tree, 'system')).catch(() => undefined)
  if (system?.isDirectory()) await give(join(tree, 'system'), uid)
}

const give = async (path: string, uid: number | undefined): Promise<void> => {
  if (uid !== undefined) await run('chown', ['-hR', `${uid}:${uid}`, '--', path], 10 * 60_000)
}

/** A user of its own for every volume, in a range that no distribution gives out. */
const userOf = (volume: string): number =>
  2_000_000_000 + (hash('sha256', volume, 'buffer').readUInt32LE(0) % 100_000_000)
