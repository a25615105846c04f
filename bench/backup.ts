/**
 * What a backup costs an artist who goes on working, and what it adds to a stop: the local driver's own verbs, on a volume
 * of 5 GiB with a gibibyte in ten thousand files, while a program writes to it. The peer is the limit that the goal sets.
 */
import { execFile } from 'node:child_process'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Driver } from '../src/compute/driver.ts'
import { createLocalDriver } from '../src/compute/local/local.ts'
import { createPlace } from '../src/compute/local/place.ts'
import { machine, median, toRow } from './report.ts'
import type { Benchmark } from './run.ts'
import { makeHome, removeHome } from './server.ts'

const execute = promisify(execFile)

const rounds = 9
const volume = { image: 'ami-host', sizeGiB: 5 }
const desktop = { volume: 'v', image: 'ami-host', vcpus: 1, memoryMiB: 1024, clipboard: true }
const folders = 100
const filesEach = 100
const fileBytes = 107_374
const writtenEveryMs = 50
const backupLimitMs = 200
const stopLimitMs = 500

export const backup: Benchmark = {
  about: 'a backup of a running volume of 5 GiB, and a stop with one, against the limits that are set',
  lacks: () => (process.getuid?.() === 0 ? undefined : 'only root can have the pool of volumes that this measures'),
  run: async ({ log, interrupted }) => {
    await using ending = new AsyncDisposableStack()
    const root = makeHome()
    ending.defer(() => removeHome(root))
    const driver = await createLocalDriver({ root, poolSizeGiB: 12 })
    ending.defer(() => driver.close())
    ending.defer(() => removeAll(driver))
    await driver.ensureVolume('v', volume)
    const { folder } = await createPlace(root, true)
    const home = join(folder, 'pool/volumes/v/tree/home')
    log('writing a gibibyte')
    await fill(home, interrupted)

    const running: number[] = []
    const bare: number[] = []
    const stopping: number[] = []
    const stoppingBusy: number[] = []
    const stop = (round: string) =>
      took(async () => {
        await driver.removeMachine('m')
        await driver.ensureBackup(round, 'v')
      })
    for (let round = 1; round <= rounds; round++) {
      interrupted.throwIfAborted()
      log(`round ${round} of ${rounds}`)
      await driver.ensureMachine('m', desktop)
      const writing = keepWriting(join(home, 'render'))
      await pause(1000)
      running.push(await took(() => driver.ensureBackup(`r${round}`, 'v')))
      await pause(500)
      bare.push(await took(() => snapshot(join(folder, 'pool/volumes/v/tree'), join(folder, 'pool/bare'))))
      await removeSnapshot(join(folder, 'pool'), 'bare')
      await writing.end()
      stopping.push(await stop(`s${round}`))
      await driver.ensureMachine('m', desktop)
      await driver.removeBackup(`r${round}`)
      stoppingBusy.push(await stop(`d${round}`))
    }
    return {
      name: 'backup',
      peer: 'the limits that are set',
      machine: machine(),
      rounds,
      rows: [
        toRow('backup while it runs and writes', median(running), backupLimitMs, 'ms', { atMost: 1 }),
        toRow('the slowest of them', Math.max(...running), backupLimitMs, 'ms'),
        toRow('the same, against `btrfs subvolume snapshot` alone', median(running), median(bare), 'ms'),
        toRow('end of the desktop, with a backup', median(stopping), stopLimitMs, 'ms', { atMost: 1 }),
        toRow('the slowest of them', Math.max(...stopping), stopLimitMs, 'ms'),
        toRow('the same, right after another backup was dropped', median(stoppingBusy), stopLimitMs, 'ms'),
      ],
    }
  },
}

const snapshot = async (from: string, to: string): Promise<void> => {
  await execute('btrfs', ['-q', 'subvolume', 'snapshot', '-r', from, to])
}

/** To the end of the work that btrfs does later: the next figure is not to contain it. */
const removeSnapshot = async (pool: string, name: string): Promise<void> => {
  await execute('btrfs', ['-q', 'subvolume', 'delete', join(pool, name)])
  await execute('btrfs', ['subvolume', 'sync', pool])
  await execute('btrfs', ['filesystem', 'sync', pool])
}

const took = async (work: () => Promise<void>): Promise<number> => {
  const began = performance.now()
  await work()
  return performance.now() - began
}

const fill = async (home: string, interrupted: AbortSignal): Promise<void> => {
  for (let i = 0; i < folders; i++) {
    interrupted.throwIfAborted()
    await mkdir(join(home, `scene-${i}`))
    for (let j = 0; j < filesEach; j++)
      await writeFile(join(home, `scene-${i}`, `frame-${j}`), Buffer.alloc(fileBytes, i + j))
  }
}

/** A megabyte twenty times a second, over and over in one file of 256 MiB. */
const keepWriting = (path: string) => {
  let isOver = false
  const megabyte = Buffer.alloc(2 ** 20, 'x')
  const writing = (async () => {
    const file = await open(path, 'w')
    try {
      for (let i = 0; !isOver; i++) {
        await file.write(megabyte, 0, megabyte.length, (i % 256) * megabyte.length)
        await pause(writtenEveryMs)
      }
    } finally {
      await file.close()
    }
  })()
  return {
    end: async () => {
      isOver = true
      await writing
    },
  }
}

const removeAll = async (driver: Driver): Promise<void> => {
  const { machines, volumes, backups } = await driver.inventory()
  for (const id of machines) await driver.removeMachine(id)
  for (const id of volumes) await driver.removeVolume(id)
  for (const id of backups) await driver.removeBackup(id)
}
