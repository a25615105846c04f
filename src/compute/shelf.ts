/**
 * A folder of boxes, a box for each id, for volumes and for backups. A box is filled under another name and appears
 * by one rename, and disappears by one: whatever is cut off half way is never taken for a whole one, is listed, and
 * can be removed. Ids have no dot, so the other names are free.
 */
import type { Stats } from 'node:fs'
import { access, lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface Shelf {
  /** All ids with a box, whole or half made. */
  ids(): Promise<string[]>
  has(id: string): Promise<boolean>
  /** The tree in the box: what a volume or a backup consists of. */
  tree(id: string): string
  put(id: string, fill: (box: string) => Promise<void>): Promise<void>
  remove(id: string): Promise<void>
}

const filling = '.new'
const leaving = '.gone'

/** The folder of the shelf must exist, and is not made here: it may be a mount that is missing. */
export const createShelf = (folder: string, removeTree: (tree: string) => Promise<void>): Shelf => {
  const box = (id: string) => join(folder, id)

  const discard = async (path: string) => {
    await removeTree(join(path, 'tree'))
    await rm(path, { recursive: true, force: true })
  }

  return {
    ids: () => namesIn(folder),

    has: id => exists(box(id)),

    tree: id => join(box(id), 'tree'),

    async put(id, fill) {
      const path = box(id) + filling
      await discard(path)
      await mkdir(path, { mode: 0o711 })
      await fill(path)
      await rename(path, box(id))
    },

    async remove(id) {
      const path = box(id) + leaving
      await discard(path)
      if (await exists(box(id))) await rename(box(id), path)
      await discard(path)
      await discard(box(id) + filling)
    },
  }
}

/** The ids of what is in a folder, whatever state it is in. */
export const namesIn = async (folder: string): Promise<string[]> => {
  const names = await readdir(folder)
  return [...new Set(names.map(name => name.replace(/\..*$/, '')))].sort()
}

/** What is there, a link as such; undefined when nothing is. */
export const lookAt = async (path: string): Promise<Stats | undefined> => {
  try {
    return await lstat(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

export const exists = async (path: string): Promise<boolean> => {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Whether this process may do so much with a file, by the modes of `fs.constants`; false for one that is not there. */
export const can = async (path: string, mode: number): Promise<boolean> => {
  try {
    await access(path, mode)
    return true
  } catch {
    return false
  }
}
