/** Volumes as plain folders: works everywhere, guarantees little. */
import { mkdir } from 'node:fs/promises'
import { exists } from '../shelf.ts'
import { removeTree } from './remove-tree.ts'
import { bytesFree, noRoom, reserveBytes } from './room.ts'
import { run } from './run.ts'
import type { Storage } from './storage.ts'

export const createDirectoryStorage = (folder: string, reason: string): Storage => {
  const assertRoom = async (what: string, bytes: number) => {
    const free = await bytesFree(folder)
    if (free < bytes) throw noRoom(what, bytes, free)
  }

  const copy = async (what: string, from: string, tree: string) => {
    await assertRoom(what, (await sizeOf(from)) + reserveBytes)
    // It ends with the server: a later one clears away what is half copied, and must not find somebody still at it.
    await run('setpriv', ['--pdeathsig', 'KILL', 'cp', '-aT', '--reflink=auto', '--', from, tree], 10 * 60_000)
  }

  const copyInUse = async (from: string, tree: string) => {
    try {
      await copy('a backup', from, tree)
    } catch (error) {
      if (!hasOnlyVanished(error)) throw error
    }
  }

  return {
    folder,
    device: undefined,
    guarantees: {
      volumeSize: `${reason}: a volume may grow until the disk is full`,
      snapshots: `${reason}: a backup of a running workstation is a copy that takes time, not one moment; the one made at a stop is`,
    },
    async create(tree, _sizeGiB, { bytes = reserveBytes } = {}) {
      await assertRoom('a new volume', bytes)
      await mkdir(tree, { mode: 0o711 })
    },
    copy: (from, tree) => copy('a volume from a backup', from, tree),
    freeze: copyInUse,
    async seal() {},
    async sync(tree) {
      await run('sync', ['-f', '--', tree], 10 * 60_000)
    },
    async remove(tree) {
      if (await exists(tree)) await removeTree(tree)
    },
    async close(idle) {
      return idle
    },
  }
}

/** Whether a copy lacks nothing but files that a running program removed while it was made. */
const hasOnlyVanished = (error: unknown): boolean => {
  const { stderr = '' } = (error as { cause?: { stderr?: string } }).cause ?? {}
  const complaints = stderr.trim().split('\n')
  return complaints.every(line => /^cp: cannot (stat|open|access) .*: No such file or directory$/.test(line))
}

/** Bytes on the disk. What vanishes while it is counted, or may not be read, counts nothing: it is not copied either. */
const sizeOf = async (tree: string): Promise<number> => {
  const counted = await run('sh', ['-c', 'du -s -x -B1 -- "$1" 2>/dev/null || :', 'sh', tree], 10 * 60_000)
  return Number(counted.split('\t')[0])
}
