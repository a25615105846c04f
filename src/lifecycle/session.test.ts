/** The life of a session, generated from its table: every step cut off and every step failing, in every state. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import {
  createTestStudio,
  day,
  hour,
  limits,
  minute,
  persistent,
  settings,
  settle as settleStudio,
  silent,
  type TestStudio,
} from '../../test/studio.ts'
import { DriverError } from '../compute/driver.ts'
import type { StreamingSessionState } from '../contract/types.ts'
import { changeResource, type Row } from '../store/resources.ts'
import { type SessionStep, type SessionVerb, session, withMachine, withVolume } from './session.ts'
import { sessionNoun } from './session-steps.ts'
import { ask, type StepContext } from './transition.ts'

let studio: TestStudio
/** Verbs of the driver that fail, and how. */
let failing: Map<string, DriverError | Error>
/** Of those, the ones that fail a single time. */
let once: Set<string>

const failureOf = (verb: string): DriverError | undefined => {
  const error = failing.get(verb)
  if (once.delete(verb)) failing.delete(verb)
  // A bug throws anything; the driver's own type promises less.
  return error as DriverError | undefined
}

beforeEach(async () => {
  failing = new Map()
  once = new Set()
  studio = await createTestStudio({ driver: { fail: failureOf } })
})
afterEach(() => studio.close())

const settle = () => settleStudio(studio)

const moment = () => ({ now: studio.clock.now(), by: 'theAccount', limits })

const askFor = async (id: string, verb: SessionVerb, change: Partial<Row<'session'>> = {}) => {
  const moved = await ask(studio.db, sessionNoun, await studio.row(id), verb, moment(), change)
  assert.ok(moved, `'${verb}' was refused`)
  return moved
}

/** A session that has just entered a state with steps. */
const entering: Partial<Record<StreamingSessionState, () => Promise<Row<'session'>>>> = {
  CREATE_IN_PROGRESS: () => studio.session(),
  STOP_IN_PROGRESS: async () => askFor(await ready(), 'stop'),
  // Without its old volume, so that every step has something to do.
  START_IN_PROGRESS: async () => askFor(await stopped(persistent, 'DELETE'), 'start'),
  DELETE_IN_PROGRESS: async () => askFor(await stopped(), 'delete'),
}

const ready = async (configuration = persistent) => {
  const { id } = await studio.session(configuration)
  await settle()
  assert.equal((await studio.row(id)).state, 'READY')
  return id
}

const stopped = async (configuration = persistent, volumeRetentionMode: 'RETAIN' | 'DELETE' = 'RETAIN') => {
  const id = await ready(configuration)
  await askFor(id, 'stop', { volumeRetentionMode })
  await settle()
  assert.equal((await studio.row(id)).state, 'STOPPED')
  return id
}

/** The host holds what the row's state says it may hold, and nothing else. */
const assertHostMatches = async (id: string) => {
  await studio.sweep()
  const { state, volumeNumber } = await studio.row(id)
  const { machines, volumes } = await studio.driver.inventory()
  if (state === 'READY') assert.deepEqual(machines, [id])
  else if (!withMachine.includes(state)) assert.deepEqual(machines, [])
  if (state === 'READY') assert.deepEqual(volumes, [`${id}-${volumeNumber}`])
  if (!withVolume.includes(state)) assert.deepEqual(volumes, [])
}

const context = (): StepContext => ({
  db: studio.db,
  driver: studio.driver,
  now: studio.clock.now(),
  settings,
  log: silent,
})

/** The driver's verb that a step depends on; steps of the database alone have none. */
const verbOf: Partial<Record<SessionStep, string>> = {
  volume: 'ensureVolume',
  machine: 'ensureMachine',
  halt: 'removeMachine',
  backup: 'ensureBackup',
  retire: 'removeVolume',
}

for (const [state, row] of Object.entries(session)) {
  const steps = row.do ?? []
  if (steps.length === 0) continue
  describe(state, () => {
    const enter = () =>
      entering[state as StreamingSessionState]?.() ?? Promise.reject(new Error(`no way into ${state}`))

    for (const [i, step] of steps.entries()) {
      it(`a crash after '${step}' changes nothing`, async () => {
        const { id } = await enter()
        for (const done of steps.slice(0, i + 1)) {
          const now = await studio.row(id)
          const change = await sessionNoun.steps[done](context(), now)
          // All but the last are written down; the crash comes between the last one's deed and its note.
          if (done !== step) await changeResource(studio.db, 'session', { id }, { ...change, step: steps[i] ?? null })
        }
        await settle()
        assert.equal((await studio.row(id)).state, row.reach)
        await assertHostMatches(id)
      })

      const verb = verbOf[step]
      if (!verb) continue

      it(`a failure at '${step}' ends as ${row.otherwise}, saying why, and can be got out of`, async () => {
        const { id } = await enter()
        failing.set(verb, new DriverError('NETWORK_INTERFACE_ERROR', 'The cable is gone. Put it back.'))
        await settle()
        const failed = await studio.row(id)
        assert.equal(failed.state, row.otherwise)
        assert.equal(failed.statusCode, 'NETWORK_INTERFACE_ERROR')
        assert.equal(failed.statusMessage, 'The cable is gone. Put it back.')
        failing.clear()
        await assertHostMatches(id)
        await askFor(id, 'delete')
        await settle()
        assert.equal((await studio.row(id)).state, 'DELETED')
        await assertHostMatches(id)
      })

      it(`an unexpected failure at '${step}' is tried again`, async () => {
        const { id } = await enter()
        failing.set(verb, new Error('a wire is loose'))
        once.add(verb)
        await settle()
        assert.equal(failing.size, 0)
        assert.equal((await studio.row(id)).state, row.reach)
        await assertHostMatches(id)
      })

      it(`'${step}' that never succeeds ends as ${row.otherwise} without telling the cause`, async () => {
        const { id } = await enter()
        failing.set(verb, new Error('the password is secret'))
        await settle()
        const failed = await studio.row(id)
        assert.equal(failed.state, row.otherwise)
        assert.equal(failed.statusCode, 'INTERNAL_ERROR')
        assert.ok(!failed.statusMessage?.includes('secret'))
      })
    }

    it('past its limit the attempt is given up', async () => {
      const { id } = await enter()
      studio.clock.pass(hour)
      await settle()
      const failed = await studio.row(id)
      assert.equal(failed.state, row.otherwise)
      assert.equal(failed.statusCode, 'INTERNAL_ERROR')
      assert.match(failed.statusMessage ?? '', /longer than it may/)
      await assertHostMatches(id)
    })

    if (row.on?.delete)
      it('a delete cancels the work and leaves nothing behind', async () => {
        const { id } = await enter()
        await askFor(id, 'delete')
        await settle()
        assert.equal((await studio.row(id)).state, 'DELETED')
        await assertHostMatches(id)
      })
  })
}

describe('a session', () => {
  it('refuses every verb that its state does not have', async () => {
    const { id } = await studio.session()
    for (const [state, row] of Object.entries(session))
      for (const verb of ['start', 'stop', 'delete'] as const) {
        await changeResource(studio.db, 'session', { id }, { state: state as StreamingSessionState })
        const moved = await ask(studio.db, sessionNoun, await studio.row(id), verb, moment())
        assert.equal(moved?.state, row.on?.[verb])
      }
  })

  it('that is moved by two at once is moved by one', async () => {
    const id = await ready()
    const seen = await studio.row(id)
    const results = await Promise.all([
      ask(studio.db, sessionNoun, seen, 'stop', moment()),
      ask(studio.db, sessionNoun, seen, 'delete', moment()),
    ])
    assert.equal(results.filter(moved => moved !== undefined).length, 1)
  })

  it('is worked on by one of several reconcilers at a time', async () => {
    const { id } = await studio.session()
    const all = await Promise.all([1, 2, 3].map(() => studio.reconciler()))
    await Promise.all(all.map(reconciler => reconciler.settle()))
    assert.equal((await studio.row(id)).state, 'READY')
    assert.equal((await studio.row(id)).attempts, 0)
  })

  it('shows its progress in its message and none when it is ready', async () => {
    const begun = await studio.session()
    assert.equal(begun.statusMessage, 'Finding room on the host')
    assert.equal(begun.statusCode, 'STREAMING_SESSION_CREATE_IN_PROGRESS')
    await settle()
    const row = await studio.row(begun.id)
    assert.equal(row.statusMessage, null)
    assert.equal(row.statusCode, 'STREAMING_SESSION_READY')
  })

  it('that asks for more than the host has fails with what was asked and what is free', async () => {
    const launchProfileId = await studio.profile()
    const { createStreamingSession } = await import('../operations/streaming-sessions.ts')
    const { read } = await import('../../test/studio.ts')
    const asked = { studioId: studio.studioId, launchProfileId, ec2InstanceType: 'g5.xlarge' as const }
    const { session } = await createStreamingSession(studio.call(), asked)
    await settle()
    const row = await studio.row(read(session).sessionId ?? '')
    assert.equal(row.state, 'CREATE_FAILED')
    assert.equal(row.statusCode, 'INSUFFICIENT_CAPACITY')
    assert.match(row.statusMessage ?? '', /g5.xlarge asks for 4 vCPU, 16384 MiB of memory and 1 GPU; free are .* 0 GPU/)
  })

  it('keeps its volume through a stop and a start', async () => {
    const id = await stopped()
    assert.deepEqual((await studio.driver.inventory()).volumes, [`${id}-0`])
    await askFor(id, 'start')
    await settle()
    const row = await studio.row(id)
    assert.equal(row.state, 'READY')
    assert.equal(row.statusCode, 'STREAMING_SESSION_STARTED')
    assert.equal(row.startedBy, 'theAccount')
  })

  it('drops its volume at a stop that says DELETE', async () => {
    const id = await ready()
    await askFor(id, 'stop', { volumeRetentionMode: 'DELETE' })
    await settle()
    assert.deepEqual((await studio.driver.inventory()).volumes, [])
  })

  it('keeps no more backups than its profile says, the newest ones', async () => {
    const id = await stopped()
    const made: string[] = []
    for (let i = 0; i < 3; i++) {
      studio.clock.pass(minute)
      await askFor(id, 'start')
      await settle()
      studio.clock.pass(minute)
      await askFor(id, 'stop')
      await settle()
      made.push(...(await studio.driver.inventory()).backups)
    }
    const newest = [...new Set(made)].sort().slice(-2)
    assert.deepEqual((await studio.driver.inventory()).backups.sort(), newest)
  })

  it('starts from a backup on a volume of its own, and the old one goes when that has succeeded', async () => {
    const id = await stopped()
    const [backup = ''] = (await studio.driver.inventory()).backups
    await askFor(id, 'start', { restoreFrom: backup })
    await settle()
    const row = await studio.row(id)
    assert.equal(row.startedFromBackupId, backup)
    assert.equal(row.restoreFrom, null)
    await studio.sweep()
    assert.deepEqual((await studio.driver.inventory()).volumes, [`${id}-1`])
  })

  it('goes back to its old volume when a restore fails', async () => {
    const id = await stopped()
    const [backup = ''] = (await studio.driver.inventory()).backups
    await askFor(id, 'start', { restoreFrom: backup })
    failing.set('ensureMachine', new DriverError('NETWORK_INTERFACE_ERROR', 'no'))
    await settle()
    const row = await studio.row(id)
    assert.equal(row.state, 'START_FAILED')
    assert.equal(row.startedFromBackupId, null)
    assert.deepEqual((await studio.driver.inventory()).volumes, [`${id}-0`])
  })

  it('that is deleted leaves its backups for their time, and no longer', async () => {
    const id = await stopped()
    await askFor(id, 'delete')
    await settle()
    assert.equal((await studio.driver.inventory()).backups.length, 1)
    studio.clock.pass(settings.backupRetention - 1)
    await settle()
    assert.equal((await studio.driver.inventory()).backups.length, 1)
    studio.clock.pass(1)
    await settle()
    assert.deepEqual((await studio.driver.inventory()).backups, [])
  })

  it('is forgotten a day after it was deleted', async () => {
    const id = await stopped()
    await askFor(id, 'delete')
    await settle()
    studio.clock.pass(day - 1)
    await settle()
    assert.equal((await studio.row(id)).state, 'DELETED')
    studio.clock.pass(1)
    await settle()
    await assert.rejects(studio.row(id))
  })
})

describe('the sweep', () => {
  it('removes what no row owns', async () => {
    const id = await ready()
    await studio.driver.ensureVolume('forgotten-0', { image: 'ami-host', sizeGiB: 1 })
    await studio.driver.ensureMachine('forgotten', {
      volume: 'forgotten-0',
      image: 'ami-host',
      vcpus: 1,
      memoryMiB: 1,
      clipboard: true,
    })
    await studio.driver.ensureBackup('forgottenbackup', 'forgotten-0')
    await studio.sweep()
    const { backups, ...rest } = await studio.driver.inventory()
    assert.deepEqual(rest, { machines: [id], volumes: [`${id}-0`] })
    assert.deepEqual(backups, [])
  })

  it('stops a session whose machine is gone, and says so', async () => {
    const id = await ready()
    await studio.driver.removeMachine(id)
    await studio.sweep()
    await settle()
    const row = await studio.row(id)
    assert.equal(row.state, 'STOPPED')
    assert.equal(row.stoppedBy, 'system:machineLost')
    assert.match(row.statusMessage ?? '', /ended unexpectedly/)
    await askFor(id, 'start')
    await settle()
    assert.equal((await studio.row(id)).state, 'READY')
  })

  it('deletes it where its profile knows no stop', async () => {
    const id = await ready({})
    await studio.driver.removeMachine(id)
    await studio.sweep()
    await settle()
    assert.equal((await studio.row(id)).state, 'DELETED')
  })
})
