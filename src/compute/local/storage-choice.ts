import { join } from 'node:path'
import { DriverError } from '../driver.ts'
import { exists } from '../shelf.ts'
import type { Place } from './place.ts'
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
  if (await exists(join(place.root, 'volumes'))) return createDirectoryStorage(place.root, 'volumes are plain folders')
  if (!isRoot) return createDirectoryStorage(place.root, 'the server does not run as root')
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
    return createDirectoryStorage(place.root, `no btrfs pool on this host (${error.message})`)
  }
}
