/**
 * What every driver promises, as tests that each driver's own test calls. A promise that a driver cannot keep on some
 * host is named there with its reason, and is printed as skipped.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Driver, Inventory } from './driver.ts'
import { backupPromises } from './suite-backups.ts'
import { small, start, unused, volumeOptions } from './suite-setup.ts'

/** For whatever a busy machine takes its time with, ms. */
const patienceMs = 20_000

/** A driver on a host of its own, and the hands that a test needs beside it. */
export interface Subject {
  driver: Driver
  /** Another driver for the same host, as a restarted server would make it. Closed by the suite. */
  again(): Promise<Driver>
  /** The file of this name in the artist's home on a volume, as the programs of a machine see it. */
  write(volume: string, name: string, text: string): Promise<void>
  read(volume: string, name: string): Promise<string>
  /** Makes the desktop end while the machine runs, as a crash would. */
  breakMachine(machine: string): Promise<void>
  /** Leaves what a driver leaves that is killed while it makes a thing of each kind. The ids were never used. */
  leaveHalfMade(ids: { machine: string; volume: string; backup: string }): Promise<void>
  close(): Promise<void>
}

export type Promised = keyof typeof promises
export type Exceptions = Partial<Record<Promised, string>>

/** `make` is called once; what it makes is shared by all tests, each with ids of its own. */
export const testDriver = (name: string, make: () => Promise<Subject>, exceptions: Exceptions = {}): void => {
  describe(`driver ${name}`, () => {
    let subject: Subject
    before(async () => {
      subject = await make()
    })
    after(async () => {
      await subject.close()
    })
    for (const [promise, keep] of Object.entries(promises)) {
      const reason = exceptions[promise as Promised]
      it(promise, { skip: reason ?? false }, async () => {
        await keep(subject)
        await removeAll(subject.driver)
      })
    }
  })
}

const removeAll = async (driver: Driver) => {
  const { machines, volumes, backups } = await driver.inventory()
  for (const id of machines) await driver.removeMachine(id)
  for (const id of volumes) await driver.removeVolume(id)
  for (const id of backups) await driver.removeBackup(id)
  assert.deepEqual(await driver.inventory(), nothing)
}

const nothing: Inventory = { machines: [], volumes: [], backups: [] }

const promises = {
  'tells what the host can hold': async ({ driver }: Subject) => {
    const { vcpus, memoryMiB, gpus, guarantees } = await driver.capabilities()
    assert.ok(vcpus >= 1 && memoryMiB >= 1 && gpus >= 0)
    for (const [guarantee, holds] of Object.entries(guarantees))
      assert.ok(holds === true || holds.length > 10, `${guarantee} is either kept or has a reason`)
  },

  'every verb may be repeated': async ({ driver }: Subject) => {
    for (const _ of [1, 2]) await start(driver, 'a')
    for (const _ of [1, 2]) await driver.ensureBackup('b', 'a')
    assert.deepEqual(await driver.inventory(), { machines: ['a'], volumes: ['a'], backups: ['b'] })
    assert.equal(await driver.observe('a'), 'running')
    for (const _ of [1, 2]) await driver.removeMachine('a')
    for (const _ of [1, 2]) await driver.removeVolume('a')
    for (const _ of [1, 2]) await driver.removeBackup('b')
    assert.deepEqual(await driver.inventory(), nothing)
  },

  'an id that could be more than a name is refused by every verb': async ({ driver }: Subject) => {
    for (const id of ['', '.', '..', '../a', 'a/b', 'a b', 'a\n', 'a.new', '$(a)', 'ä', 'x'.repeat(65)]) {
      await assert.rejects(driver.ensureVolume(id, volumeOptions), RangeError)
      await assert.rejects(driver.ensureVolume('a', { ...volumeOptions, backup: id }), RangeError)
      await assert.rejects(driver.ensureMachine(id, small('a')), RangeError)
      await assert.rejects(driver.ensureMachine('a', small(id)), RangeError)
      await assert.rejects(driver.ensureBackup(id, 'a'), RangeError)
      await assert.rejects(driver.ensureBackup('a', id), RangeError)
      await assert.rejects(driver.removeMachine(id), RangeError)
      await assert.rejects(driver.removeVolume(id), RangeError)
      await assert.rejects(driver.removeBackup(id), RangeError)
      await assert.rejects(driver.readBackup(id, unused), RangeError)
      await assert.rejects(driver.receiveBackup(id, 1, unused), RangeError)
      await assert.rejects(driver.observe(id), RangeError)
      await assert.rejects(driver.endOf(id), RangeError)
      await assert.rejects(driver.activity(id), RangeError)
      await assert.rejects(driver.dial(id), RangeError)
    }
    assert.deepEqual(await driver.inventory(), nothing)
  },

  'the longest ids work': async ({ driver }: Subject) => {
    const id = 'Z-9a'.repeat(16)
    await start(driver, id)
    const desktop = await driver.dial(id)
    await once(desktop, 'data')
    desktop.destroy()
  },

  'an image it does not have is refused by name': async ({ driver }: Subject) => {
    await assert.rejects(driver.ensureVolume('a', { ...volumeOptions, image: 'ami-none' }), {
      code: 'AMI_VALIDATION_ERROR',
      message: /ami-none/,
    })
    assert.deepEqual(await driver.inventory(), nothing)
  },

  'what is not there is absent, and cannot be built upon': async ({ driver }: Subject) => {
    assert.equal(await driver.observe('unknown'), 'absent')
    assert.equal(await driver.endOf('unknown'), 'unknown')
    for (const verb of [driver.dial, driver.activity])
      await assert.rejects(verb('unknown'), { code: 'NETWORK_CONNECTION_ERROR' })
    await assert.rejects(driver.ensureMachine('a', small('unknown')), { name: 'DriverError' })
    await assert.rejects(driver.ensureBackup('b', 'unknown'), { name: 'DriverError' })
    await assert.rejects(driver.ensureVolume('c', { ...volumeOptions, backup: 'unknown' }), { name: 'DriverError' })
    assert.equal(await driver.observe('a'), 'absent')
  },

  'what is written on a volume outlives the machine': async ({ driver, write, read }: Subject) => {
    await start(driver, 'a')
    await write('a', 'work', 'of a day')
    await driver.removeMachine('a')
    assert.equal(await driver.observe('a'), 'absent')
    await start(driver, 'a')
    assert.equal(await read('a', 'work'), 'of a day')
  },

  'a machine whose desktop has ended is broken, and can be started anew': async (subject: Subject) => {
    const { driver, write, read } = subject
    await start(driver, 'a')
    await write('a', 'work', 'kept')
    await subject.breakMachine('a')
    await until(async () => (await driver.observe('a')) === 'broken')
    assert.deepEqual((await driver.inventory()).machines, ['a'])
    assert.equal(await driver.endOf('a'), 'unknown')
    await assert.rejects(driver.dial('a'), { code: 'NETWORK_CONNECTION_ERROR' })
    await driver.ensureMachine('a', small('a'))
    assert.equal(await driver.observe('a'), 'running')
    assert.equal(await read('a', 'work'), 'kept')
  },

  'what was half made is listed, never taken for whole, and can be finished or removed': async (subject: Subject) => {
    const { driver } = subject
    const left = { machine: 'm', volume: 'v', backup: 'b' }
    await subject.leaveHalfMade(left)
    assert.deepEqual(await driver.inventory(), { machines: ['m'], volumes: ['v'], backups: ['b'] })
    assert.equal(await driver.observe('m'), 'broken')
    await assert.rejects(driver.ensureMachine('n', small('v')), { name: 'DriverError' })
    await assert.rejects(driver.ensureVolume('w', { ...volumeOptions, backup: 'b' }), { name: 'DriverError' })
    await removeAll(driver)
    await subject.leaveHalfMade(left)
    await driver.ensureVolume('v', volumeOptions)
    await driver.ensureMachine('m', small('v'))
    await driver.ensureBackup('b', 'v')
    assert.equal(await driver.observe('m'), 'running')
  },

  'dial gives the bytes of the desktop, and they end with the machine': async ({ driver }: Subject) => {
    await start(driver, 'a')
    const desktops = [await driver.dial('a'), await driver.dial('a')]
    for (const desktop of desktops) assert.ok((await once(desktop, 'data'))[0].length > 0)
    const ended = desktops.map(desktop => once(desktop.resume(), 'close', { signal: AbortSignal.timeout(patienceMs) }))
    await driver.removeMachine('a')
    await Promise.all(ended)
  },

  'a machine tells when it was last used, and what its programs have worked': async ({ driver }: Subject) => {
    await start(driver, 'a')
    for (const number of Object.values(await driver.activity('a'))) assert.ok(Number.isFinite(number) && number >= 0)
  },

  'many short connections do not lock the next one out': async ({ driver }: Subject) => {
    await start(driver, 'a')
    for (let count = 0; count < 20; count++) (await driver.dial('a')).destroy()
    const desktop = await driver.dial('a')
    await once(desktop, 'data', { signal: AbortSignal.timeout(patienceMs) })
    desktop.destroy()
  },

  'two machines at once are two': async ({ driver, write, read }: Subject) => {
    await Promise.all([start(driver, 'a'), start(driver, 'b')])
    await write('a', 'work', 'of a')
    await write('b', 'work', 'of b')
    await driver.removeMachine('a')
    await driver.removeVolume('a')
    assert.equal(await driver.observe('a'), 'absent')
    assert.equal(await driver.observe('b'), 'running')
    assert.equal(await read('b', 'work'), 'of b')
  },

  'the same asked at the same moment is done once': async ({ driver }: Subject) => {
    const five = (verb: () => Promise<void>) => Promise.all(Array.from({ length: 5 }, verb))
    await five(() => driver.ensureVolume('a', volumeOptions))
    await five(() => driver.ensureMachine('a', small('a')))
    await five(() => driver.ensureBackup('b', 'a'))
    assert.equal(await driver.observe('a'), 'running')
    assert.deepEqual(await driver.inventory(), { machines: ['a'], volumes: ['a'], backups: ['b'] })
    await five(() => driver.removeMachine('a'))
    await five(() => driver.removeVolume('a'))
    await five(() => driver.removeBackup('b'))
    assert.deepEqual(await driver.inventory(), nothing)
  },

  'a driver made later knows as much': async ({ driver, again }: Subject) => {
    await start(driver, 'a')
    await driver.ensureBackup('b', 'a')
    const later = await again()
    try {
      assert.deepEqual(await later.inventory(), await driver.inventory())
      assert.equal(await later.observe('a'), 'running')
      await once(await later.dial('a'), 'data')
      await later.removeMachine('a')
      assert.equal(await driver.observe('a'), 'absent')
    } finally {
      await later.close()
    }
    await start(driver, 'a')
    assert.equal(await driver.observe('a'), 'running', 'closing one driver leaves the other one at work')
  },
  ...backupPromises,
} satisfies Record<string, (subject: Subject) => Promise<void>>

const until = async (isSo: () => Promise<boolean>, limitMs = patienceMs) => {
  const deadline = performance.now() + limitMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`this did not come true within ${limitMs} ms: ${isSo}`)
    await pause(10)
  }
}
