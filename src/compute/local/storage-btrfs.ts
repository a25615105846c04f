/**
 * Volumes as btrfs subvolumes in a pool. Needs root. Measured: a volume 16 ms, a backup of a running one, which shows
 * one moment, 55 ms, and a size limit that holds.
 */
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from '../shelf.ts'
import { openPool, type PoolOptions } from './pool.ts'
import { reserveBytes } from './room.ts'
import { run } from './run.ts'
import type { Storage } from './storage.ts'

export const createBtrfsStorage = async (options: PoolOptions): Promise<Storage> => {
  const { mountPoint } = options
  const pool = await openPool(options)
  await run('btrfs', ['quota', 'enable', mountPoint])
  await clearQuotaGroups(mountPoint)

  const spares = createSpares(mountPoint)

  return {
    folder: mountPoint,
    device: pool.device,
    guarantees: { volumeSize: true, snapshots: true },
    async create(tree, sizeGiB, { bytes = reserveBytes, others = false } = {}) {
      await pool.makeRoom('a new volume', bytes)
      if (!(others && (await spares.take(tree, sizeGiB)))) await create(tree, sizeGiB)
    },
    async copy(from, tree, sizeGiB) {
      await pool.makeRoom('a volume from a backup', reserveBytes)
      await run('btrfs', ['-q', 'subvolume', 'snapshot', from, tree])
      await limit(tree, sizeGiB)
    },
    async freeze(from, tree) {
      await pool.makeRoom('a backup', reserveBytes)
      await run('btrfs', ['-q', 'subvolume', 'snapshot', '-r', from, tree])
    },
    async seal(tree) {
      await run('btrfs', ['property', 'set', '-ts', tree, 'ro', 'true'])
    },
    async sync(tree) {
      // Of the whole pool: a neighbour may have written gigabytes.
      await run('btrfs', ['filesystem', 'sync', tree], 10 * 60_000)
    },
    async remove(tree) {
      if (!(await exists(tree))) return
      await run('btrfs', ['-q', 'subvolume', 'delete', tree])
      pool.noteRemoval()
    },
    async close(idle) {
      await spares.close()
      return await pool.close(idle)
    },
  }
}

const create = async (tree: string, sizeGiB: number): Promise<void> => {
  await run('btrfs', ['-q', 'subvolume', 'create', tree])
  await limit(tree, sizeGiB)
}

const limit = async (tree: string, sizeGiB: number): Promise<void> => {
  await run('btrfs', ['qgroup', 'limit', `${sizeGiB}G`, tree])
}

/** How long after one was asked for another is made: the desktop that has it is up by then. */
const spareAfterMs = 1000

/**
 * Empty subvolumes that wait for their use, one of each size that was asked for: to make one waits for the disk, and who
 * launches a workstation need not. One is taken by a rename, so that of two servers one has it, and the other makes its own.
 */
const createSpares = (folder: string) => {
  const pathOf = (sizeGiB: number) => join(folder, `spare-${sizeGiB}`)
  const timers = new Map<number, NodeJS.Timeout>()
  let making: Promise<void> = Promise.resolve()

  const make = async (sizeGiB: number) => {
    const path = pathOf(sizeGiB)
    if (await exists(path)) return
    const unfinished = `${path}.new`
    if (await exists(unfinished)) await limit(unfinished, sizeGiB)
    else await create(unfinished, sizeGiB)
    await rename(unfinished, path)
  }
  const prepare = (sizeGiB: number) => {
    timers.delete(sizeGiB)
    // Whoever needs one and finds none makes it, and is told what is wrong.
    making = making.then(() => make(sizeGiB)).catch(() => {})
  }

  return {
    /** Says whether there was one. */
    async take(tree: string, sizeGiB: number): Promise<boolean> {
      clearTimeout(timers.get(sizeGiB))
      timers.set(sizeGiB, setTimeout(prepare, spareAfterMs, sizeGiB).unref())
      try {
        await rename(pathOf(sizeGiB), tree)
        return true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        return false
      }
    },
    async close() {
      for (const timer of timers.values()) clearTimeout(timer)
      await making
    },
  }
}

/**
 * Quota groups of removed volumes, which older kernels keep. Those still being removed go at the next start; newer
 * kernels remove them by themselves, at times between the look of this program and its deed.
 */
const clearQuotaGroups = async (mountPoint: string) => {
  try {
    await run('btrfs', ['qgroup', 'clear-stale', mountPoint])
  } catch (error) {
    if (!(error instanceof Error && /resource busy|cannot delete qgroup .*: No such file/.test(error.message)))
      throw error
  }
}
