/** Room for what is made: how much there is, and what is said when it is not enough. */
import { statfs } from 'node:fs/promises'
import { DriverError } from '../driver.ts'

export const mib = 2 ** 20
export const gib = 2 ** 30

/** What a tree that begins empty, or shares what it shows with another, must find free: less is too little to work with. */
export const reserveBytes = 256 * mib

/** Bytes that can still be written to the file system that holds the path. */
export const bytesFree = async (path: string): Promise<number> => {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}

/** `what` completes "… needs 256 MiB". */
export const noRoom = (what: string, asked: number, free: number, cause?: unknown) =>
  new DriverError(
    'INSUFFICIENT_CAPACITY',
    `${what} needs ${amount(asked)} of disk; free for workstations are ${amount(free)}: delete sessions or backups, or ` +
      'give it more room (`atelier doctor` tells where)',
    { cause },
  )

const amount = (bytes: number) =>
  bytes < 10 * gib ? `${Math.floor(bytes / mib)} MiB` : `${(bytes / gib).toFixed(1)} GiB`
