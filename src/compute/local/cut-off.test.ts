/** A driver that is killed while it makes a backup, restores or receives one: nothing half made is ever taken for whole. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { until } from '../../../test/until.ts'
import { options, poolSizeGiB, works } from './cut-off-work.ts'
import { isRoot } from './host.ts'
import { createLocalDriver } from './local.ts'
import { createPlace } from './place.ts'

const execute = promisify(execFile)
const files = 500
/** At its first moment, and later: a snapshot takes some 20 ms, a copy of the files 150 to 300. */
const moments = [5, 60]

for (const [storage, skip] of Object.entries({
  'a btrfs pool': isRoot ? false : 'only root can mount a pool',
  'plain folders': false,
}))
  describe(`on ${storage}, a driver that is killed in the middle of`, { skip }, () => {
    let root: string
    let elsewhere: string
    let kept: string

    before(async () => {
      root = await mkdtemp(join(tmpdir(), 'atelier-cut-'))
      elsewhere = await mkdtemp(join(tmpdir(), 'atelier-elsewhere-'))
      // A root that holds plain folders keeps them.
      if (storage === 'plain folders') await mkdir(join(root, 'volumes'))
      const driver = await createLocalDriver({ root, poolSizeGiB })
      kept = storage === 'plain folders' ? root : join((await createPlace(root, isRoot)).folder, 'pool')
      await driver.ensureVolume('v', options)
      await fill(join(kept, 'volumes/v/tree/home'))
      for (const name of ['home', 'tmp']) await mkdir(join(elsewhere, name))
      await fill(join(elsewhere, 'home'))
      await driver.ensureBackup('kept', 'v')
      await driver.close()
    })
    after(async () => {
      const driver = await createLocalDriver({ root, poolSizeGiB })
      await driver.removeVolume('v')
      await driver.removeBackup('kept')
      assert.deepEqual(await driver.inventory(), { machines: [], volumes: [], backups: [] })
      await driver.close()
      for (const folder of [root, elsewhere]) await rm(folder, { recursive: true })
    })

    for (const [i, { what, kind, id, begin }] of works.entries())
      for (const ms of moments)
        it(`${what}, after ${ms} ms, leaves nothing that counts, and the next finishes it or gives the space back`, async () => {
          await killed(root, elsewhere, i, ms)
          const driver = await createLocalDriver({ root, poolSizeGiB })
          try {
            const whole = (await readdir(join(kept, kind))).includes(id)
            // What has its name is whole; what is not whole is listed all the same, and can be removed.
            if (whole) await assertWhole(join(kept, kind, id))
            await driver[kind === 'volumes' ? 'removeVolume' : 'removeBackup'](id)
            assert.deepEqual(await namesIn(kept, kind), kind === 'volumes' ? ['v'] : ['kept'])

            await killed(root, elsewhere, i, ms)
            await begin(driver, elsewhere)
            await assertWhole(join(kept, kind, id))
            await driver[kind === 'volumes' ? 'removeVolume' : 'removeBackup'](id)
            assert.deepEqual(await namesIn(kept, kind), kind === 'volumes' ? ['v'] : ['kept'])
            if (storage === 'a btrfs pool')
              assert.deepEqual(await subvolumes(kept), ['backups/kept/tree', 'volumes/v/tree'])
          } finally {
            await driver.close()
          }
        })
  })

const fill = async (home: string): Promise<void> => {
  for (let i = 0; i < files; i++) await writeFile(join(home, `file-${i}`), `${i}`.padEnd(20_000, '.'))
}

const assertWhole = async (box: string): Promise<void> => {
  const home = join(box, 'tree/home')
  assert.equal((await readdir(home)).length, files)
  const last = files - 1
  assert.equal(await readFile(join(home, `file-${last}`), 'utf8'), `${last}`.padEnd(20_000, '.'))
}

const namesIn = async (kept: string, kind: string): Promise<string[]> => (await readdir(join(kept, kind))).sort()

const subvolumes = async (pool: string): Promise<string[]> => {
  const { stdout } = await execute('btrfs', ['subvolume', 'list', pool])
  const all = [...stdout.matchAll(/path (.+)$/gm)].map(([, path = '']) => path)
  // One without anything in it waits for its use.
  return all.filter(path => !path.startsWith('spare-')).sort()
}

/** A process of its own that begins the work, and is killed so many milliseconds later. */
const killed = async (root: string, elsewhere: string, work: number, ms: number): Promise<void> => {
  const child = spawn(
    process.execPath,
    [new URL('cut-off-work.ts', import.meta.url).pathname, root, elsewhere, String(work)],
    { stdio: ['ignore', 'pipe', 'inherit'], detached: true },
  )
  const ended = once(child, 'exit')
  await Promise.race([once(child.stdout, 'data'), ended])
  await pause(ms)
  child.kill('SIGKILL')
  await ended
  // A program that it has started finishes what the kernel does for it. No server starts faster than that.
  const { pid = 0 } = child
  await until('all that it has started has ended', () => !isGroupThere(pid))
}

/** Whether there is a process in the group that this one has led. */
const isGroupThere = (leader: number): boolean => {
  try {
    return process.kill(-leader, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
