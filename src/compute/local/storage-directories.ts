/** Volumes as plain folders: works everywhere, guarantees little. */
import { mkdir, rm, statfs } from 'node:fs/promises'
import { exists } from '../shelf.ts'
import { diskIsFull, run } from './run.ts'
import type { Storage } from './storage.ts'

/** Below this a desktop can no longer be expected to save its work. */
const reserveBytes = 256 * 2 ** 20

export const createDirectoryStorage = (folder: string, reason: string): Storage => {
  const assertRoom = async () => {
    const { bavail, bsize } = await statfs(folder)
    if (bavail * bsize < reserveBytes) throw diskIsFull()
  }

  const copy = async (from: string, tree: string) => {
    await assertRoom()
    // It ends with the server: a later one clears away what is half copied, and must not find somebody still at it.
    await run('setpriv', ['--pdeathsig', 'KILL', 'cp', '-aT', '--reflink=auto', '--', from, tree], 10 * 60_000)
  }

  const copyInUse = async (from: string, tree: string) => {
    try {
      await copy(from, tree)
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
    async create(tree) {
      await assertRoom()
      await mkdir(tree, { mode: 0o711 })
    },
    copy,
    freeze: copyInUse,
    async limit() {},
    async seal() {},
    async sync(tree) {
      await run('sync', ['-f', '--', tree])
    },
    async remove(tree) {
      if (!(await exists(tree))) return
      try {
        await rm(tree, { recursive: true, force: true })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
        // Without root, what a program has made unreadable for its own user would stay here for ever.
        await run('chmod', ['-R', 'u+rwx', '--', tree])
        await rm(tree, { recursive: true, force: true })
      }
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
