/** For tests: a disk of its own, which can be filled. Needs root. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, statfs, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const mib = 2 ** 20

export interface Disk {
  folder: string
  /** Takes all that is free but so many bytes. */
  fill(butBytes?: number): Promise<void>
  giveBack(): Promise<void>
  remove(): Promise<void>
}

export const createDisk = async (sizeMiB: number): Promise<Disk> => {
  const root = await mkdtemp(join(tmpdir(), 'a-'))
  const folder = join(root, 'd')
  const image = join(root, 'image')
  await writeFile(image, '')
  await truncate(image, sizeMiB * mib)
  await execute('mkfs.ext4', ['-q', '-m', '0', '-E', 'nodiscard,lazy_itable_init=1', image])
  await mkdir(folder)
  await execute('mount', ['-o', 'loop', image, folder])
  const others = join(folder, 'others')
  const rest = join(folder, 'rest')
  return {
    folder,
    async fill(but = 0) {
      const { bavail, bsize } = await statfs(folder)
      await execute('fallocate', ['-l', String(bavail * bsize - Math.max(but, 8 * mib)), others])
      if (but === 0) await assert.rejects(execute('dd', ['if=/dev/zero', `of=${rest}`, 'bs=4k']), /No space left/)
    },
    async giveBack() {
      for (const path of [others, rest]) await rm(path, { force: true })
    },
    async remove() {
      await execute('umount', [folder])
      await rm(root, { recursive: true })
    },
  }
}
