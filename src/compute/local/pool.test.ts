import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createDisk, type Disk } from '../../../test/disk.ts'
import { until } from '../../../test/until.ts'
import { isRoot } from './host.ts'
import { openPool, type Pool } from './pool.ts'
import { bytesFree, gib, mib } from './room.ts'
import { createBtrfsStorage } from './storage-btrfs.ts'

const execute = promisify(execFile)
const skip = isRoot ? false : 'only root mounts'

/** A disk of its own, of so many MiB, with a pool on it. */
const diskFor = async (t: TestContext, sizeMiB: number): Promise<DiskWithPools> => {
  const disk = { ...(await createDisk(sizeMiB)), pools: [] as Pick<Pool, 'close'>[] }
  t.after(async () => {
    for (const pool of disk.pools) await pool.close(true)
    await disk.remove()
  })
  return disk
}

interface DiskWithPools extends Disk {
  /** Closed before the disk goes. */
  pools: Pick<Pool, 'close'>[]
}

const options = ({ folder }: Disk) => ({ file: join(folder, 'pool.img'), mountPoint: join(folder, 'pool') })

const openedPool = async (disk: DiskWithPools, more: { share?: number; sizeGiB?: number } = {}) => {
  const pool = await openPool({ ...options(disk), share: 0.8, ...more })
  disk.pools.push(pool)
  return pool
}

const sizeInside = async (disk: Disk): Promise<number> => {
  const { blocks, bsize } = await statfs(options(disk).mountPoint)
  return blocks * bsize
}

/** Written by programs, with their own limit of what is unwritten. */
const write = (disk: Disk, name: string, sizeMiB: number) =>
  execute('dd', [
    'if=/dev/zero',
    `of=${join(options(disk).mountPoint, name)}`,
    'bs=1M',
    `count=${sizeMiB}`,
    'conv=fsync',
  ])

describe('the pool of volumes', { skip }, () => {
  it('begins with a part of the disk, all of it allocated', async t => {
    const disk = await diskFor(t, 3 * 1024)
    await openedPool(disk)
    const { size, blocks } = await stat(options(disk).file)
    assert.ok(blocks * 512 >= size)
    assert.ok((await bytesFree(disk.folder)) > 0.15 * 3 * gib, 'a fifth is left to others')
  })

  it('grows while it is in use, as long as the disk allows', async t => {
    const disk = await diskFor(t, 4 * 1024)
    await openedPool(disk, { sizeGiB: 1 })
    assert.equal(await sizeInside(disk), gib)
    await write(disk, 'work', 700)
    await until('it has grown', async () => (await sizeInside(disk)) === 2 * gib)
    await disk.fill(100 * mib)
    await write(disk, 'more', 700)
    await pause(1500)
    assert.equal(await sizeInside(disk), 2 * gib, 'the disk of others is not taken')
    await disk.giveBack()
    await until('it has grown again', async () => (await sizeInside(disk)) > 2.9 * gib)
  })

  it('holds all it may hold when others fill the disk', async t => {
    const disk = await diskFor(t, 2 * 1024)
    await openedPool(disk, { sizeGiB: 1 })
    await disk.fill()
    await write(disk, 'work', 600)
    await execute('sync', ['-f', options(disk).mountPoint])
  })

  it('refuses what finds no room, naming both, and takes it when something was removed', async t => {
    const disk = await diskFor(t, 2 * 1024)
    const pool = await openedPool(disk, { sizeGiB: 1, share: 0.5 })
    const { mountPoint } = options(disk)
    await execute('btrfs', ['subvolume', 'create', join(mountPoint, 'a')])
    await write(disk, 'a/work', 700)
    await assert.rejects(pool.makeRoom('a backup', 512 * mib), {
      code: 'INSUFFICIENT_CAPACITY',
      message: /^a backup needs 512 MiB of disk; free for workstations are \d+ MiB: /,
    })
    await execute('btrfs', ['subvolume', 'delete', join(mountPoint, 'a')])
    pool.noteRemoval()
    await pool.makeRoom('a backup', 512 * mib)
  })

  it('finishes a growth that was cut off at any step', async t => {
    const disk = await diskFor(t, 4 * 1024)
    const { file, mountPoint } = options(disk)
    const close = async (pool: Pool) => assert.ok(await pool.close(true))
    await close(await openPool({ ...options(disk), share: 0.8, sizeGiB: 1 }))
    const loop = async () => (await execute('losetup', ['-j', file, '-n', '-O', 'NAME'])).stdout.trim()
    const steps = [
      async () => execute('fallocate', ['-l', String(1.5 * gib), file]),
      async () => execute('losetup', ['-c', await loop()]),
    ]
    for (const [done] of steps.entries()) {
      await mkdir(mountPoint, { recursive: true })
      await execute('mount', ['-o', 'loop,nodiscard', file, mountPoint])
      for (const step of steps.slice(0, done + 1)) await step()
      const pool = await openPool({ ...options(disk), share: 0.8 })
      assert.equal(await sizeInside(disk), 1.5 * gib)
      await close(pool)
    }
  })

  it('that is sparse, as earlier versions made it, is allocated where the disk has the room', async t => {
    const disk = await diskFor(t, 3 * 1024)
    const { file } = options(disk)
    await (await openPool({ ...options(disk), share: 0.8, sizeGiB: 1 })).close(true)
    await execute('fallocate', ['--dig-holes', file])
    assert.ok((await stat(file)).blocks * 512 < gib)
    await openedPool(disk)
    assert.ok((await stat(file)).blocks * 512 >= gib)
  })

  it('is not begun on a disk without room, and what was half made is made anew', async t => {
    const disk = await diskFor(t, 3 * 1024)
    await disk.fill(gib)
    await assert.rejects(openPool({ ...options(disk), share: 0.8 }), { code: 'INSUFFICIENT_CAPACITY' })
    await disk.giveBack()
    await writeFile(`${options(disk).file}.new`, 'half made')
    await openedPool(disk)
  })

  it('has an empty volume ready for the next of a size, where others are expected, with its limit', async t => {
    const disk = await diskFor(t, 2 * 1024)
    const storage = await createBtrfsStorage({ ...options(disk), share: 0.8 })
    disk.pools.push(storage)
    const { mountPoint } = options(disk)
    const ready = async () => (await readdir(mountPoint)).filter(name => /^spare-\d+$/.test(name))
    await storage.create(join(mountPoint, 'image'), 3)
    await storage.create(join(mountPoint, 'first'), 2, { others: true })
    await until('one more is ready', async () => (await ready()).length > 0)
    assert.deepEqual(await ready(), ['spare-2'])
    const subvolumeId = async (name: string) =>
      (await execute('btrfs', ['inspect-internal', 'rootid', join(mountPoint, name)])).stdout.trim()
    const id = await subvolumeId('spare-2')
    await storage.create(join(mountPoint, 'second'), 2, { others: true })
    assert.equal(await subvolumeId('second'), id)
    const { stdout } = await execute('btrfs', ['qgroup', 'show', '-re', '--raw', mountPoint])
    assert.match(stdout, new RegExp(`^0/${id}\\s.*\\b${2 * gib}\\b`, 'm'))
  })

  it('keeps what is in it when the server is killed while it grows', async t => {
    const disk = await diskFor(t, 6 * 1024)
    const { file, mountPoint } = options(disk)
    const program = `
      const { openPool } = await import(${JSON.stringify(join(import.meta.dirname, 'pool.ts'))})
      const pool = await openPool(${JSON.stringify({ file, mountPoint, share: 0.8, sizeGiB: 1 })})
      console.log('open')
      for (const bytes of [1, 1.5, 2, 2.5, 3, 3.5]) await pool.makeRoom('x', bytes * ${gib})`
    for (const afterMs of [0, 20, 50, 100]) {
      const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
      const ended = once(child, 'exit')
      await once(child.stdout, 'data', { signal: AbortSignal.timeout(60_000) })
      await writeFile(join(mountPoint, `work-${afterMs}`), 'kept')
      await pause(afterMs)
      child.kill('SIGKILL')
      await ended
    }
    await openedPool(disk)
    assert.equal(await sizeInside(disk), (await stat(file)).size)
    for (const afterMs of [0, 20, 50, 100]) assert.ok(await stat(join(mountPoint, `work-${afterMs}`)))
    await execute('btrfs', ['scrub', 'start', '-B', mountPoint])
  })
})
