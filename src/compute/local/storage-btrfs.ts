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

  const spare = createSpare(join(mountPoint, 'spare'))

  return {
    folder: mountPoint,
    device: pool.device,
    guarantees: { volumeSize: true, snapshots: true },
    async create(tree, bytes = reserveBytes) {
      await pool.makeRoom('a new volume', bytes)
      await spare.take(tree)
    },
    async copy(from, tree) {
      await pool.makeRoom('a volume from a backup', reserveBytes)
      await run('btrfs', ['-q', 'subvolume', 'snapshot', from, tree])
    },
    async freeze(from, tree) {
      await pool.makeRoom('a backup', reserveBytes)
      await run('btrfs', ['-q', 'subvolume', 'snapshot', '-r', from, tree])
    },
    async limit(tree, sizeGiB) {
      await run('btrfs', ['qgroup', 'limit', `${sizeGiB}G`, tree])
    },
    async seal(tree) {
      await run('btrfs', ['property', 'set', '-ts', tree, 'ro', 'true'])
    },
    async sync(tree) {
      await run('btrfs', ['filesystem', 'sync', tree])
    },
    async remove(tree) {
      if (!(await exists(tree))) return
      await run('btrfs', ['-q', 'subvolume', 'delete', tree])
      pool.noteRemoval()
    },
    async close(idle) {
      await spare.close()
      return await pool.close(idle)
    },
  }
}

/** How long after one was taken the next is made: the desktop that has it is up by then. */
const spareAfterMs = 1000

/**
 * An empty subvolume that waits for its use, because making one waits for the disk and who launches a workstation need
 * not. It is taken by a rename, so that of two servers one has it, and the other makes its own.
 */
const createSpare = (path: string) => {
  const make = async (tree: string) => {
    await run('btrfs', ['-q', 'subvolume', 'create', tree])
  }
  let making: Promise<void> | undefined
  const prepare = () => {
    // Whoever needs one and finds none makes it, and is told what is wrong.
    making = exists(path)
      .then(isThere => (isThere ? undefined : make(path)))
      .catch(() => {})
  }
  let timer: NodeJS.Timeout | undefined
  prepare()
  return {
    async take(tree: string): Promise<void> {
      clearTimeout(timer)
      timer = setTimeout(prepare, spareAfterMs).unref()
      await making
      try {
        await rename(path, tree)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        await make(tree)
      }
    },
    async close() {
      clearTimeout(timer)
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
