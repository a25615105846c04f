/**
 * The file that holds volumes and backups as a btrfs file system, mounted through a loop device. Every block of it is
 * allocated: in a sparse file, a disk that others have filled fails the writes of desktops below their file system, which
 * then becomes read-only (tried). So the pool begins small, and grows while it is in use, when it runs low and the disk
 * allows. Whatever is cut off between the steps of growing is finished by the next look.
 */
import { mkdir, open, readFile, realpath, rename, rm, rmdir, stat, statfs, truncate, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { exists } from '../shelf.ts'
import { mountedFrom } from './mounts.ts'
import { bytesFree, gib, mib, noRoom, reserveBytes } from './room.ts'
import { run } from './run.ts'

export interface PoolOptions {
  file: string
  mountPoint: string
  /** The part of the disk that the pool may take, of what is free and what it has: 0 to 1. */
  share: number
  /** Size that it begins with; a tenth of what it may take otherwise. */
  sizeGiB?: number
  log?: (line: string) => void
}

export interface Pool {
  /** `major:minor` of the loop device. */
  device: string
  /** @throws DriverError INSUFFICIENT_CAPACITY when `what`, which needs so many bytes, finds no room. */
  makeRoom(what: string, bytes: number): Promise<void>
  /** Something was removed, and its space is free before long. */
  noteRemoval(): void
  /** `idle`: nothing uses what is in it. Says whether it is no longer mounted. */
  close(idle: boolean): Promise<boolean>
}

/** How often the pool is looked at. What desktops write between two looks must find room: see `lowMark`. */
const lookMs = 1000
/** How long after a removal new work waits for its space, before it is refused. */
const patienceMs = 5000
const commitMs = 30_000

const smallest = gib
const lowMark = (size: number) => Math.min(size / 2, 16 * gib)
const step = (size: number) => Math.min(size, 64 * gib)
/** Less is not worth a step. */
const leastStep = 256 * mib

export const openPool = async (options: PoolOptions): Promise<Pool> => {
  const { file, mountPoint, share, log = () => {} } = options
  const folder = dirname(file)
  const isNew = !(await exists(file))
  if (isNew) await makePool(options)
  const loop = await mountPool(file, mountPoint).catch(async error => {
    if (isNew) await rm(file)
    throw error
  })
  // Held open so that no other driver's `close` can unmount what this one is using.
  const hold = await open(mountPoint)
  let removedAt = Number.NEGATIVE_INFINITY
  let canAllocate = true

  /** Two drivers of one pool take turns. */
  const growTo = async (bytes: number) => {
    canAllocate &&= await allocate(file, bytes)
    if (!canAllocate) await truncate(file, bytes)
    const script = 'losetup -c "$1" && exec btrfs -q filesystem resize max "$2"'
    await run('flock', ['-w', '30', folder, 'sh', '-c', script, 'sh', `/dev/${loop}`, mountPoint])
  }

  /** Makes the pool as large as it needs to be and may be. Where it may not, what was removed is given back now. */
  const look = async (wanted = 0) => {
    const { size, blocks } = await stat(file)
    const inside = await statfs(mountPoint)
    const isLow = inside.bavail * inside.bsize < Math.max(lowMark(size), wanted)
    const target = isLow ? Math.min(size + Math.max(step(size), wanted), await most(file, share)) : size
    if (target >= size + leastStep) return await growTo(target)
    if (inside.blocks * inside.bsize < size) return await growTo(size)
    const missing = size - blocks * 512
    if (missing > 0 && canAllocate) {
      // As a pool of version 0.1.0 is.
      const free = await bytesFree(folder)
      if (missing > free - reserveBytes) throw noRoom('all that the pool may hold', missing, free)
      return await growTo(size)
    }
    // By itself, the kernel does so every half minute: with one commit it begins, with the next one the space is free.
    if (isLow && performance.now() - removedAt < commitMs) await run('btrfs', ['filesystem', 'sync', mountPoint])
  }

  const looking = regularly(look, lookMs, error => log(`the pool of volumes cannot grow: ${error.message}`))
  await looking.now()

  return {
    device: (await readFile(`/sys/block/${loop}/dev`, 'utf8')).trim(),
    async makeRoom(what, bytes) {
      if ((await bytesFree(mountPoint)) >= bytes) return
      for (const until = removedAt + patienceMs; ; await pause(100)) {
        await look(bytes)
        const free = await bytesFree(mountPoint)
        if (free >= bytes) return
        if (performance.now() > until) throw noRoom(what, bytes, free)
      }
    },
    noteRemoval() {
      removedAt = performance.now()
    },
    async close(idle) {
      await looking.close()
      await hold.close()
      return idle && (await unmountPool(mountPoint))
    },
  }
}

/** Does the work again and again. What goes wrong is told once, until it is something else, or nothing. */
const regularly = (work: () => Promise<void>, everyMs: number, tell: (error: Error) => void) => {
  let complaint = ''
  let working: Promise<void> | undefined
  const now = () => {
    working ??= work()
      .then(() => {
        complaint = ''
      })
      .catch((error: Error) => {
        if (error.message !== complaint) tell(error)
        complaint = error.message
      })
      .finally(() => {
        working = undefined
      })
    return working
  }
  const timer = setInterval(now, everyMs).unref()
  return {
    now,
    async close() {
      clearInterval(timer)
      await working
    },
  }
}

/** Says whether the file system knows how to. A file is never made smaller. */
const allocate = async (file: string, bytes: number): Promise<boolean> => {
  try {
    await run('fallocate', ['-l', String(bytes), file])
    return true
  } catch (error) {
    if (error instanceof Error && /not supported/i.test(error.message)) return false
    throw error
  }
}

/** The most that the pool may be, in whole MiB. */
const most = async (file: string, share: number): Promise<number> => {
  const own = (await exists(file)) ? (await stat(file)).blocks * 512 : 0
  const room = (await bytesFree(dirname(file))) + own
  return Math.floor((room * share) / mib) * mib
}

const makePool = async ({ file, share, sizeGiB }: PoolOptions) => {
  const unfinished = `${file}.new`
  await rm(unfinished, { force: true })
  const limit = await most(file, share)
  const size = sizeGiB === undefined ? Math.min(Math.max(limit / 10, 4 * gib), 64 * gib, limit) : sizeGiB * gib
  if (size < smallest) throw noRoom('a pool for volumes', smallest, limit)
  await writeFile(unfinished, '', { mode: 0o600 })
  const bytes = Math.floor(size / mib) * mib
  if (!(await allocate(unfinished, bytes))) await truncate(unfinished, bytes)
  await run('mkfs.btrfs', ['-q', '-f', '--nodiscard', unfinished])
  await rename(unfinished, file)
}

/**
 * Mounts the file where it is not mounted yet: a server that was killed leaves it mounted, a reboot does not. Without
 * discard, which would give the blocks of removed files back to the disk, and they would not be there when needed.
 *
 * @returns the name of the loop device.
 */
const mountPool = async (file: string, mountPoint: string): Promise<string> => {
  await mkdir(mountPoint, { recursive: true, mode: 0o711 })
  // Two drivers that start at once must not mount it twice: only under the lock of the folder.
  const script =
    'if mountpoint -q -- "$2"; then exec mount -o remount,nodiscard -- "$2"; fi; ' +
    'exec mount -t btrfs -o loop,noatime,nodiscard -- "$1" "$2"'
  await run('flock', ['-w', '30', dirname(file), 'sh', '-c', script, 'sh', file, mountPoint])
  const source = await mountedFrom(mountPoint)
  const loop = source === undefined ? '' : basename(source)
  const backing = loop && (await readFile(`/sys/block/${loop}/loop/backing_file`, 'utf8')).trim()
  if (backing !== (await realpath(file)))
    throw new Error(`${mountPoint} shows ${backing || 'nothing'} and not ${file}: unmount it, then start again`)
  return loop
}

/** The loop device goes with the mount. Other drivers of this pool keep it, and then it stays. */
const unmountPool = async (mountPoint: string): Promise<boolean> => {
  try {
    await run('umount', [mountPoint])
  } catch (error) {
    if (error instanceof Error && /target is busy|not mounted/.test(error.message)) return false
    throw error
  }
  await rmdir(mountPoint)
  return true
}
