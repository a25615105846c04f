import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DriverError } from '../driver.ts'
import { exists } from '../shelf.ts'
import { mountedFrom } from './mounts.ts'
import type { Place } from './place.ts'
import { run } from './run.ts'
import type { Storage } from './storage.ts'
import { createBtrfsStorage } from './storage-btrfs.ts'
import { createDirectoryStorage } from './storage-directories.ts'

export interface StorageOptions {
  log?: (line: string) => void
  /** The part of the disk that the pool of volumes may take, of what is free and what it has: 0 to 1. */
  poolShare?: number
  /** Size that a new pool begins with; a tenth of what it may take otherwise. */
  poolSizeGiB?: number
}

/** What the folder already holds decides; only an empty one takes what the host can do best. */
export const chooseStorage = async (place: Place, isRoot: boolean, options: StorageOptions): Promise<Storage> => {
  const file = join(place.root, 'pool.img')
  const hasPool = await exists(file)
  if (hasPool && !isRoot) throw new Error(`${file} was made by root: start the server as root to use it`)
  if (!isRoot) {
    const isPlain = await exists(join(place.root, 'volumes'))
    return createDirectoryStorage(place.root, isPlain ? 'volumes are plain folders' : 'the server does not run as root')
  }
  if (await exists(join(place.root, 'volumes'))) return await showFolders(place, 'volumes are plain folders')
  try {
    return await createBtrfsStorage({
      file,
      mountPoint: join(place.folder, 'pool'),
      share: options.poolShare ?? 0.8,
      ...(options.poolSizeGiB === undefined ? {} : { sizeGiB: options.poolSizeGiB }),
      ...(options.log === undefined ? {} : { log: options.log }),
    })
  } catch (error) {
    // What is in the pool must not look as if it were gone; and a disk that is full today may have room tomorrow.
    if (hasPool || !(error instanceof DriverError) || error.code === 'INSUFFICIENT_CAPACITY') throw error
    options.log?.(`no btrfs pool on this host, volumes are plain folders: ${error.message}`)
    return await showFolders(place, `no btrfs pool on this host (${error.message})`)
  }
}

/**
 * The machines' users may not pass the data folder, which is root's alone. So the folder with the volumes, and nothing
 * around it, is mounted where they do get; what is in it cannot be listed by them.
 */
const showFolders = async (place: Place, reason: string): Promise<Storage> => {
  const mountPoint = join(place.folder, 'kept')
  await mkdir(mountPoint, { recursive: true, mode: 0o711 })
  await chmod(place.root, 0o711)
  if ((await mountedFrom(mountPoint)) === undefined) await run('mount', ['--bind', '--', place.root, mountPoint])
  const storage = createDirectoryStorage(mountPoint, reason)
  return {
    ...storage,
    async close(idle) {
      if (!idle) return false
      if ((await mountedFrom(mountPoint)) !== undefined) await run('umount', ['--', mountPoint])
      // What is removed next is the folder that it was mounted in.
      if ((await mountedFrom(mountPoint)) !== undefined) throw new Error(`something is still mounted on ${mountPoint}`)
      return true
    },
  }
}
