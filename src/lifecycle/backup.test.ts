/** Backups of sessions that run: begun by time, made beside the session, and never in its way. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import {
  createTestStudio,
  day,
  hour,
  limits,
  persistent,
  settings,
  settle as settleStudio,
  silent,
  type TestStudio,
} from '../../test/studio.ts'
import { DriverError } from '../compute/driver.ts'
import { changeResource, type Row } from '../store/resources.ts'
import { backupNoun } from './backup-steps.ts'
import type { SessionVerb } from './session.ts'
import { sessionNoun } from './session-steps.ts'
import { ask } from './transition.ts'

let studio: TestStudio
/** Called half way through every backup, which waits for it; what it gives is thrown. */
let onBackup: () => Promise<Error | undefined> | Error | undefined

beforeEach(async () => {
  onBackup = () => undefined
  // A bug throws anything; the driver's own type promises less.
  const fail = async (verb: string) =>
    verb === 'ensureBackup' ? ((await onBackup()) as DriverError | undefined) : undefined
  studio = await createTestStudio({ driver: { fail } })
})
afterEach(() => studio.close())

const settle = () => settleStudio(studio)

/** May run for a day at a time. */
const long: typeof persistent = { ...persistent, maxSessionLengthInMinutes: 24 * 60 }

const ready = async (configuration = long): Promise<string> => {
  const { id } = await studio.session(configuration)
  await settle()
  assert.equal((await studio.row(id)).state, 'READY')
  return id
}

const askFor = async (id: string, verb: SessionVerb, change: Partial<Row<'session'>> = {}) => {
  const moment = { now: studio.clock.now(), by: 'theAccount', limits }
  assert.ok(await ask(studio.db, sessionNoun, await studio.row(id), verb, moment, change), `'${verb}' was refused`)
}

/** All backups, the oldest first. */
const backups = () => studio.db.selectFrom('backup').selectAll().orderBy('id').execute()
const states = async () => (await backups()).map(backup => backup.state)

/** What the driver keeps is what the rows say. */
const assertKept = async () => {
  await studio.sweep()
  const ready = (await backups()).filter(backup => backup.state === 'READY').map(backup => backup.id)
  assert.deepEqual((await studio.driver.inventory()).backups, ready)
}

const pass = async (ms: number) => {
  studio.clock.pass(ms)
  await settle()
}

describe('a running session', () => {
  it('is backed up every four hours, and nothing of it changes', async () => {
    const id = await ready()
    const before = await studio.row(id)
    await pass(4 * hour - 1)
    assert.deepEqual(await states(), [])
    await pass(1)
    assert.deepEqual(await states(), ['READY'])
    await pass(4 * hour)
    assert.deepEqual(await states(), ['READY', 'READY'])
    const { view, state, updatedAt } = await studio.row(id)
    assert.deepEqual({ view, state, updatedAt }, { view: before.view, state: 'READY', updatedAt: before.updatedAt })
    const [first] = await backups()
    assert.equal(first?.ownedBy, before.ownedBy)
    assert.equal(first?.launchProfileId, before.launchProfileId)
    assert.equal(first?.createdBy, 'system:backupMode')
    await assertKept()
  })

  it('is not, where its profile keeps no backups or no volume', async () => {
    await ready({ ...persistent, sessionBackup: { mode: 'DEACTIVATED' } })
    await ready({ ...persistent, sessionBackup: { mode: 'AUTOMATIC', maxBackupsToRetain: 0 } })
    await ready({ maxSessionLengthInMinutes: 600 })
    await pass(9 * hour)
    assert.deepEqual(await states(), [])
  })

  it('is backed up where it cannot be stopped, too', async () => {
    await ready({
      ...persistent,
      ...{ automaticTerminationMode: 'ACTIVATED', maxStoppedSessionLengthInMinutes: 0 },
    })
    await pass(4 * hour)
    assert.deepEqual(await states(), ['READY'])
  })

  it('keeps the newest backups, and drops the oldest when the newer one is READY', async () => {
    await ready()
    for (let i = 0; i < 2; i++) await pass(4 * hour)
    const seen: string[][] = []
    onBackup = async () => {
      seen.push(await states())
      return undefined
    }
    await pass(4 * hour)
    assert.deepEqual(seen, [['READY', 'READY', 'CREATE_IN_PROGRESS']])
    assert.deepEqual(await states(), ['DELETED', 'READY', 'READY'])
    assert.equal((await backups())[0]?.updatedBy, 'system:maxBackupsToRetain')
    await assertKept()
  })

  it('loses no backup to one that fails', async () => {
    const id = await ready()
    for (let i = 0; i < 2; i++) await pass(4 * hour)
    onBackup = () => new DriverError('INSUFFICIENT_CAPACITY', 'the disk is full: give it more room')
    await pass(4 * hour)
    assert.deepEqual(await states(), ['READY', 'READY', 'CREATE_FAILED'])
    const failed = (await backups())[2]
    assert.equal(failed?.statusCode, 'INSUFFICIENT_CAPACITY')
    assert.equal(failed?.statusMessage, 'the disk is full: give it more room')
    assert.equal((await studio.row(id)).state, 'READY')
    await assertKept()
    onBackup = () => undefined
    await pass(4 * hour)
    assert.deepEqual(await states(), ['DELETED', 'READY', 'CREATE_FAILED', 'READY'])
  })

  it('goes on after a backup that never succeeds, whose cause is not told', async () => {
    const id = await ready()
    onBackup = () => new Error('the password is secret')
    await pass(4 * hour)
    assert.deepEqual(await states(), ['CREATE_FAILED'])
    assert.ok(!(await backups())[0]?.statusMessage?.includes('secret'))
    assert.equal((await studio.row(id)).state, 'READY')
    await assertKept()
  })

  it('gets one backup for all that were missed while the server was down', async () => {
    const id = await ready()
    await pass(23 * hour)
    assert.deepEqual(await states(), ['READY'])
    assert.equal((await studio.row(id)).backupAt, studio.clock.now() + 4 * hour)
  })

  it('that should have stopped meanwhile stops, with the backup of its stop alone', async () => {
    const id = await ready()
    await pass(5 * day)
    assert.equal((await studio.row(id)).state, 'STOPPED')
    assert.deepEqual(await states(), ['READY'])
    await pass(5 * hour)
    assert.deepEqual(await states(), ['READY'])
  })

  it('counts anew after a start', async () => {
    const id = await ready()
    await pass(3 * hour)
    await askFor(id, 'stop')
    await settle()
    await pass(10 * hour)
    await askFor(id, 'start')
    await settle()
    await pass(4 * hour - 1)
    assert.deepEqual(await states(), ['READY'])
    await pass(1)
    assert.deepEqual(await states(), ['READY', 'READY'])
  })
})

describe('a backup of a running session', () => {
  /** Moves the clock, and does what is due until the copy is half made: there, `then` is done. */
  const halfWay = async (then: () => Promise<void>) => {
    let met: Promise<void> | undefined
    onBackup = async () => {
      met ??= then()
      await met
      return undefined
    }
    studio.clock.pass(4 * hour)
    await settle()
    await (met ?? assert.fail('no backup was made'))
    await settle()
  }

  for (const cutOff of ['when its row is written', 'when it is copied', 'when it is READY and not yet pruned'])
    it(`that a crash cuts off ${cutOff} is finished, and made once`, async () => {
      const id = await ready()
      studio.clock.pass(4 * hour)
      const context = { db: studio.db, driver: studio.driver, now: studio.clock.now(), settings, log: silent }
      // The deeds without the note that they are done.
      await sessionNoun.steps.checkpoint(context, await studio.row(id))
      const [row] = await backups()
      assert.ok(row)
      if (cutOff !== 'when its row is written') await backupNoun.steps.copy(context, row)
      if (cutOff.startsWith('when it is READY')) {
        await changeResource(studio.db, 'backup', { id: row.id }, { state: 'READY', step: null, deadline: null })
        await backupNoun.steps.prune(context, row)
      }
      await settle()
      assert.deepEqual(await states(), ['READY'])
      await assertKept()
      assert.equal((await studio.row(id)).backupAt, studio.clock.now() + limits.backupInterval)
    })

  it('that fails by chance is tried again', async () => {
    await ready()
    const errors = [new Error('a wire is loose')]
    onBackup = () => errors.pop()
    await pass(4 * hour)
    assert.deepEqual(await states(), ['READY'])
    await assertKept()
  })

  it('at a stop never outnumbers what the session may keep, once it is STOPPED', async () => {
    const id = await ready()
    for (let i = 0; i < 2; i++) await pass(4 * hour)
    await askFor(id, 'stop')
    const reconciler = await studio.reconciler()
    while ((await studio.row(id)).state !== 'STOPPED') await turnOfTheLoop()
    assert.equal((await states()).filter(state => state === 'READY').length, 2)
    await reconciler.close()
  })

  it('at a stop that fails says why, and gives its space back', async () => {
    const id = await ready()
    onBackup = () => new DriverError('INSUFFICIENT_CAPACITY', 'the disk is full: give it more room')
    await askFor(id, 'stop')
    await settle()
    assert.equal((await studio.row(id)).state, 'STOP_FAILED')
    const [failed] = await backups()
    assert.equal(failed?.state, 'CREATE_FAILED')
    assert.equal(failed?.statusMessage, 'the disk is full: give it more room')
    assert.deepEqual((await studio.driver.inventory()).backups, [])
  })

  it('gives its space back past its limit', async () => {
    const id = await ready()
    const context = { db: studio.db, driver: studio.driver, now: studio.clock.now(), settings, log: silent }
    await sessionNoun.steps.checkpoint(context, await studio.row(id))
    await pass(hour)
    assert.deepEqual(await states(), ['CREATE_FAILED'])
    assert.match((await backups())[0]?.statusMessage ?? '', /longer than it may/)
    assert.equal((await studio.row(id)).state, 'READY')
    await assertKept()
  })

  it('does not keep its session from being stopped', async () => {
    const id = await ready()
    await halfWay(async () => {
      studio.clock.pass(1000)
      await askFor(id, 'stop')
    })
    assert.equal((await studio.row(id)).state, 'STOPPED')
    assert.deepEqual(await states(), ['READY', 'READY'])
    await assertKept()
  })

  it('whose volume goes with a stop half way is not taken for whole', async () => {
    const id = await ready()
    await halfWay(async () => {
      await askFor(id, 'stop', { volumeRetentionMode: 'DELETE' })
      await studio.driver.removeVolume(`${id}-0`)
    })
    assert.equal((await backups())[0]?.state, 'CREATE_FAILED')
    await assertKept()
  })

  it('is cancelled when its session is deleted, and leaves nothing', async () => {
    const id = await ready()
    await halfWay(async () => {
      await askFor(id, 'delete')
    })
    assert.equal((await studio.row(id)).state, 'DELETED')
    assert.ok(
      (await states()).every(state => state === 'DELETED' || state === 'READY'),
      `${await states()}`,
    )
    await pass(8 * day)
    assert.deepEqual((await studio.driver.inventory()).backups, [])
  })
})
