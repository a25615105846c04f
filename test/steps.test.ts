/**
 * Every step of a session's life on this very host, out of the table: done twice as after a crash between deed and note,
 * failing when its work is already done, and failing again while that is undone. What an artist wrote survives, and
 * nothing is left over.
 */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { type Driver, DriverError } from '../src/compute/driver.ts'
import { createHost, type Host } from '../src/compute/local/host.ts'
import type { StreamingSessionState } from '../src/contract/types.ts'
import {
  session as life,
  type SessionStep,
  type SessionVerb,
  withMachine,
  withVolume,
} from '../src/lifecycle/session.ts'
import { sessionNoun } from '../src/lifecycle/session-steps.ts'
import { createSweep } from '../src/lifecycle/sweep.ts'
import { ask } from '../src/lifecycle/transition.ts'
import { volumeId } from '../src/lifecycle/volume.ts'
import { changeResource, type Row } from '../src/store/resources.ts'
import { createTestStudio, limits, type TestStudio } from './studio.ts'

type Verb = 'ensureVolume' | 'ensureMachine' | 'removeMachine' | 'removeVolume' | 'ensureBackup'

/** What each step asks of the driver; the others only write rows. */
const verbOf: Partial<Record<SessionStep, Verb>> = {
  volume: 'ensureVolume',
  machine: 'ensureMachine',
  revert: 'removeVolume',
  halt: 'removeMachine',
  backup: 'ensureBackup',
  release: 'removeVolume',
  retire: 'removeVolume',
}

let host: Host
let studio: TestStudio
/** How often a verb still fails, and how: always after its work is done. */
let failing: Map<Verb, { times: number; error: Error }>
let driver: Driver

const failingAfter = <Given extends unknown[]>(verb: Verb, work: (...given: Given) => Promise<void>) => {
  return async (...given: Given) => {
    await work(...given)
    const failure = failing.get(verb)
    if (!failure || failure.times === 0) return
    failure.times -= 1
    throw failure.error
  }
}

before(async () => {
  host = await createHost()
})
after(() => host.close())

beforeEach(async () => {
  failing = new Map()
  studio = await createTestStudio()
  const { ensureVolume, ensureMachine, removeMachine, removeVolume, ensureBackup } = host.driver
  driver = {
    ...host.driver,
    ensureVolume: failingAfter('ensureVolume', ensureVolume),
    ensureMachine: failingAfter('ensureMachine', ensureMachine),
    removeMachine: failingAfter('removeMachine', removeMachine),
    removeVolume: failingAfter('removeVolume', removeVolume),
    ensureBackup: failingAfter('ensureBackup', ensureBackup),
  }
})
afterEach(async () => {
  await studio.close()
  // The rows are gone: now everything is an orphan.
  const { machines, volumes, backups } = await host.driver.inventory()
  for (const id of machines) await host.driver.removeMachine(id)
  for (const id of volumes) await host.driver.removeVolume(id)
  for (const id of backups) await host.driver.removeBackup(id)
})

const settle = async () => {
  const reconciler = await studio.reconciler({ driver })
  await reconciler.settle()
  await reconciler.close()
}

const askFor = async (id: string, verb: SessionVerb, change: Partial<Row<'session'>> = {}) => {
  const moment = { now: studio.clock.now(), by: 'theAccount', limits }
  const moved = await ask(studio.db, sessionNoun, await studio.row(id), verb, moment, change)
  assert.ok(moved, `'${verb}' was refused`)
  return id
}

const written = 'a day of work'
const homeOf = async (id: string) => volumeId(id, (await studio.row(id)).volumeNumber)

const ready = async () => {
  const { id } = await studio.session()
  await settle()
  assert.equal((await studio.row(id)).state, 'READY')
  await host.write(await homeOf(id), 'scene', written)
  return id
}

const stopped = async () => {
  const id = await askFor(await ready(), 'stop')
  await settle()
  assert.equal((await studio.row(id)).state, 'STOPPED')
  return id
}

/** A session that has just entered a state with steps, such that every step has something to do. */
const entering: Partial<Record<StreamingSessionState, () => Promise<string>>> = {
  CREATE_IN_PROGRESS: async () => (await studio.session()).id,
  STOP_IN_PROGRESS: async () => askFor(await ready(), 'stop'),
  START_IN_PROGRESS: async () => {
    const id = await stopped()
    const [restoreFrom = ''] = (await driver.inventory()).backups
    return askFor(id, 'start', { restoreFrom })
  },
  DELETE_IN_PROGRESS: async () => askFor(await stopped(), 'delete'),
}

/** The host holds what the state of the row says, and not more; what was written is there. */
const assertHostMatches = async (id: string) => {
  const sweep = createSweep({ ...studio.parts, driver, wake: () => {}, everyMs: 2 ** 30 })
  await sweep.once()
  await sweep.close()
  const { state, volumeNumber } = await studio.row(id)
  const { machines, volumes } = await driver.inventory()
  if (state === 'READY') assert.equal(await driver.observe(id), 'running')
  if (state === 'READY' || state === 'STOPPED') assert.deepEqual(volumes, [volumeId(id, volumeNumber)])
  if (!withMachine.includes(state)) assert.deepEqual(machines, [])
  if (!withVolume.includes(state)) assert.deepEqual(volumes, [])
}

const assertKept = async (id: string, from: string) => {
  if (from === 'STOP_IN_PROGRESS' || from === 'START_IN_PROGRESS')
    assert.equal(await host.read(await homeOf(id), 'scene'), written)
}

for (const [state, { do: steps = [], undo = [], reach, otherwise }] of Object.entries(life)) {
  if (steps.length === 0) continue
  describe(state, () => {
    const enter = () =>
      entering[state as StreamingSessionState]?.() ?? Promise.reject(new Error(`no way into ${state}`))

    it('each step done twice reaches the same', async () => {
      const id = await enter()
      for (const step of steps) {
        const { db, clock, parts } = studio
        const context = { db, driver, now: clock.now(), settings: parts.settings, log: parts.log }
        const row = await studio.row(id)
        await sessionNoun.steps[step](context, row)
        const change = await sessionNoun.steps[step](context, row)
        await changeResource(db, 'session', { id }, { ...change, step })
      }
      await settle()
      assert.equal((await studio.row(id)).state, reach)
      await assertHostMatches(id)
      await assertKept(id, state)
    })

    for (const step of steps) {
      const verb = verbOf[step]
      // Without something to remove these ask for nothing.
      if (!verb || step === 'release') continue
      it(`'${step}' that fails when its work is done, and again while that is undone, ends as ${otherwise}`, async () => {
        const id = await enter()
        failing.set(verb, { times: 1, error: new DriverError('NETWORK_INTERFACE_ERROR', 'The cable is gone.') })
        for (const each of undo) {
          const undoing = verbOf[each]
          if (undoing && undoing !== verb) failing.set(undoing, { times: 2, error: new Error('and the lamp, too') })
        }
        await settle()
        const failed = await studio.row(id)
        assert.deepEqual([failed.state, failed.statusCode], [otherwise, 'NETWORK_INTERFACE_ERROR'])
        failing.clear()
        await assertHostMatches(id)
        await assertKept(id, state)
        await askFor(id, 'delete')
        await settle()
        assert.equal((await studio.row(id)).state, 'DELETED')
        await assertHostMatches(id)
      })
    }
  })
}
