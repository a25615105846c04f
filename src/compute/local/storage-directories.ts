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
    await run('cp', ['-a', '--reflink=auto', '--', from, tree], 10 * 60_000)
  }

  return {
    folder,
    device: undefined,
    guarantees: {
      volumeSize: `${reason}: a volume may grow until the disk is full`,
      snapshots: `${reason}: a backup of a running workstation is a copy that takes time, not one moment`,
    },
    async create(tree) {
      await assertRoom()
      await mkdir(tree, { mode: 0o711 })
    },
    copy,
    freeze: copy,
    async limit() {},
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
