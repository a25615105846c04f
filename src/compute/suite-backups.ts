/** What every driver promises of backups; part of `suite.ts`. */
import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Subject } from './suite.ts'
import { small, start, unused, volumeOptions } from './suite-setup.ts'

export const backupPromises = {
  'a backup keeps what was, and a new volume starts from it': async ({ driver, write, read }: Subject) => {
    await start(driver, 'a')
    await write('a', 'work', 'before')
    await driver.ensureBackup('b', 'a')
    await write('a', 'work', 'after')
    await driver.ensureBackup('b', 'a')
    await driver.removeMachine('a')
    await driver.removeVolume('a')
    await driver.ensureVolume('c', { ...volumeOptions, backup: 'b' })
    assert.equal(await read('c', 'work'), 'before')
    await write('c', 'work', 'changed')
    await driver.ensureVolume('c', { ...volumeOptions, backup: 'b' })
    assert.equal(await read('c', 'work'), 'changed', 'a volume that exists is left as it is')
    await driver.ensureMachine('c', small('c'))
    await driver.ensureVolume('d', { ...volumeOptions, backup: 'b' })
    assert.equal(await read('d', 'work'), 'before', 'a backup does not change with the volumes made from it')
  },

  'a backup can be carried elsewhere and received again': async ({ driver, write, read }: Subject) => {
    await start(driver, 'a')
    await write('a', 'work', 'of a day')
    await driver.ensureBackup('b', 'a')
    const elsewhere = await mkdtemp(join(tmpdir(), 'atelier-elsewhere-'))
    try {
      await driver.readBackup('b', folder => cp(folder, elsewhere, { recursive: true }))
      await driver.removeBackup('b')
      for (const _ of [1, 2]) await driver.receiveBackup('c', 1, folder => cp(elsewhere, folder, { recursive: true }))
    } finally {
      await rm(elsewhere, { recursive: true })
    }
    await driver.ensureVolume('d', { ...volumeOptions, backup: 'c' })
    assert.equal(await read('d', 'work'), 'of a day')
    await driver.ensureMachine('d', small('d'))
    assert.equal(await driver.observe('d'), 'running')
  },

  'a backup that is removed while it is read has not been read': async ({ driver }: Subject) => {
    await start(driver, 'a')
    await driver.ensureBackup('b', 'a')
    await assert.rejects(
      driver.readBackup('b', () => driver.removeBackup('b')),
      { name: 'DriverError' },
    )
    await assert.rejects(driver.readBackup('b', unused), { name: 'DriverError' })
  },

  'a backup that is not received to its end is none': async ({ driver }: Subject) => {
    const broken = new Error('the line went dead')
    await assert.rejects(
      driver.receiveBackup('b', 1, () => Promise.reject(broken)),
      broken,
    )
    await assert.rejects(driver.ensureVolume('a', { ...volumeOptions, backup: 'b' }), { name: 'DriverError' })
    assert.deepEqual((await driver.inventory()).backups, ['b'])
  },

  'a backup of a running machine shows one moment': async ({ driver, write, read }: Subject) => {
    await start(driver, 'a')
    let isWriting = true
    const writing = (async () => {
      // `1-first` is always written before `2-second`, so at every moment it is at most one step ahead.
      for (let step = 0; isWriting; step++) {
        await write('a', '1-first', String(step))
        for (const name of ['x', 'y', 'z']) await write('a', `1-${name}`, 'x'.repeat(100_000))
        await write('a', '2-second', String(step))
      }
    })()
    await pause(50)
    for (const backup of ['b', 'c', 'd']) await driver.ensureBackup(backup, 'a')
    isWriting = false
    await writing
    for (const id of ['b', 'c', 'd']) {
      await driver.ensureVolume(id, { ...volumeOptions, backup: id })
      const ahead = Number(await read(id, '1-first')) - Number(await read(id, '2-second'))
      assert.ok(ahead === 0 || ahead === 1, `in ${id} the first file is ${ahead} steps ahead`)
    }
  },
}
