/** Time passes by the uptime of the host; whatever the wall clock is set to, a session ends when its time is over. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import {
  accountCaller,
  createTestStudio,
  day,
  hour,
  limits,
  minute,
  persistent,
  settle as settleStudio,
  silent,
  type TestStudio,
} from '../../test/studio.ts'
import { insertClientToken } from '../store/client-tokens.ts'
import { pendingMoments } from '../store/clock.ts'
import { type Clock, createClock, type HostClocks } from './clock.ts'
import { sessionNoun } from './session-steps.ts'
import { ask } from './transition.ts'

/** The clocks of a host that a test moves. */
const createHostClocks = () => {
  const times = { wall: Date.UTC(2026, 0, 5, 9), up: hour, elapsed: 0 }
  const clocks: HostClocks = {
    read: () => ({ wallMs: times.wall, upMs: times.up, elapsedMs: times.elapsed }),
    elapsed: () => times.elapsed,
    boot: 'first',
  }
  return {
    clocks,
    wall: () => times.wall,
    pass(ms: number) {
      times.wall += ms
      times.up += ms
      times.elapsed += ms
    },
    /** Somebody sets the wall clock. */
    set(ms: number) {
      times.wall += ms
    },
    suspend(ms: number) {
      times.wall += ms
      times.up += ms
    },
    /** Another process: its elapsed time begins anew. */
    restartServer() {
      times.elapsed = 0
    },
    restartHost() {
      times.up = 0
      times.elapsed = 0
      clocks.boot = 'second'
    },
  }
}

let host: ReturnType<typeof createHostClocks>
let clock: Clock | undefined
let studio: TestStudio

/** A server begins to look at the clocks. */
const startClock = async () => {
  await clock?.close()
  clock = await createClock({ db: studio.db, log: silent, host: host.clocks, everyMs: 2 ** 30 })
}

beforeEach(async () => {
  host = createHostClocks()
  clock = undefined
  studio = await createTestStudio({ clock: { now: () => clock?.now() ?? host.wall(), pass: ms => host.pass(ms) } })
  await startClock()
})
afterEach(async () => {
  await clock?.close()
  await studio.close()
})

const settle = async () => {
  await clock?.look()
  await settleStudio(studio)
}

const terminating = {
  ...persistent,
  automaticTerminationMode: 'ACTIVATED' as const,
  maxSessionLengthInMinutes: 60,
  maxStoppedSessionLengthInMinutes: 30,
}

const ready = async () => {
  const { id } = await studio.session(terminating)
  await settle()
  assert.equal((await studio.row(id)).state, 'READY')
  return id
}

const stateOf = async (id: string) => (await studio.row(id)).state

/** Whatever was done, the session stops when it has run for an hour, and is deleted half an hour later. */
const assertEndsInTime = async (id: string, alreadyRunMs = 0) => {
  host.pass(hour - alreadyRunMs - 1000)
  await settle()
  assert.equal(await stateOf(id), 'READY', 'it ended early')
  host.pass(1000)
  await settle()
  assert.equal(await stateOf(id), 'STOPPED', 'it did not end')
  host.pass(30 * minute - 1000)
  await settle()
  assert.equal(await stateOf(id), 'STOPPED', 'it was deleted early')
  host.pass(1000)
  await settle()
  assert.equal(await stateOf(id), 'DELETED', 'it was not deleted')
}

const jumps = { 'an hour forward': hour, 'an hour back': -hour, 'a day forward': day, 'a day back': -day }

for (const [name, jump] of Object.entries(jumps))
  describe(`a clock that is set ${name}`, () => {
    it('while the server runs ends no session early and none late', async () => {
      const id = await ready()
      host.pass(20 * minute)
      host.set(jump)
      await assertEndsInTime(id, 20 * minute)
    })

    it('while the server is down ends no session early and none late', async () => {
      const id = await ready()
      host.pass(10 * minute)
      await settle()
      host.set(jump)
      host.pass(10 * minute)
      host.restartServer()
      await startClock()
      await assertEndsInTime(id, 20 * minute)
    })

    it('is what people are shown from then on', async () => {
      const id = await ready()
      host.set(jump)
      await clock?.look()
      assert.equal(clock?.now(), host.wall())
      const { stopAt, terminateAt, view } = await studio.row(id)
      assert.deepEqual([stopAt, terminateAt], [host.wall() + hour, host.wall() + 1.5 * hour])
      assert.equal(new Date(JSON.parse(view).stopAt).getTime(), stopAt)
    })

    it('in the middle of work lets the work be done', async () => {
      const { id } = await studio.session(terminating)
      host.set(jump)
      await settle()
      assert.equal(await stateOf(id), 'READY')
      await ask(studio.db, sessionNoun, await studio.row(id), 'stop', { now: studio.clock.now(), by: 'x', limits })
      host.set(jump)
      await settle()
      assert.equal(await stateOf(id), 'STOPPED')
    })

    it('and then set right leaves everything as it was', async () => {
      const id = await ready()
      const { stopAt, terminateAt, dueAt } = await studio.row(id)
      for (const by of [jump, -jump]) {
        host.set(by)
        await clock?.look()
      }
      const after = await studio.row(id)
      assert.deepEqual([after.stopAt, after.terminateAt, after.dueAt], [stopAt, terminateAt, dueAt])
    })
  })

describe('the time of the server', () => {
  it('goes on steadily until the jump has been seen', async () => {
    const before = clock?.now() ?? 0
    host.set(-day)
    host.pass(500)
    assert.equal(clock?.now(), before + 500)
  })

  it('counts the hours in which the host was suspended: a deadline that passed meanwhile is acted on', async () => {
    const id = await ready()
    host.suspend(2 * hour)
    await settle()
    const row = await studio.row(id)
    assert.equal(row.state, 'STOPPED')
    assert.equal(row.stoppedAt, host.wall())
  })

  it('leaves small differences alone until they add up', async () => {
    const id = await ready()
    const { stopAt } = await studio.row(id)
    host.set(1500)
    await settle()
    assert.equal((await studio.row(id)).stopAt, stopAt)
    host.set(1500)
    await settle()
    assert.equal((await studio.row(id)).stopAt, (stopAt ?? 0) + 3000)
  })

  it('after a restart of the host goes by the wall clock', async () => {
    const id = await ready()
    host.pass(2 * hour)
    host.restartHost()
    await startClock()
    await settle()
    assert.equal(await stateOf(id), 'STOPPED')
  })

  it('is not thrown back by a host that starts with an old clock, nor forward when it is set right', async () => {
    const id = await ready()
    host.pass(20 * minute)
    await settle()
    host.restartHost()
    host.set(-20 * 365 * day)
    await startClock()
    await settle()
    host.set(20 * 365 * day)
    await assertEndsInTime(id, 20 * minute)
  })

  it('stays as it is while moving the moments fails, and nothing ends meanwhile', async () => {
    const id = await ready()
    host.set(day)
    await studio.db.schema.alterTable('clientToken').renameTo('away').execute()
    await assert.rejects(clock?.look() ?? Promise.resolve())
    await settleStudio(studio)
    assert.equal(await stateOf(id), 'READY')
    await studio.db.schema.alterTable('away').renameTo('clientToken').execute()
    await assertEndsInTime(id)
  })

  it('keeps a client token for its day', async () => {
    const key = { principalId: accountCaller.principalId, operation: 'CreateStudio', token: 't' }
    await insertClientToken(studio.db, { ...key, parameters: '', resource: null, createdAt: studio.clock.now() })
    host.set(2 * day)
    await clock?.look()
    await studio.sweep()
    const kept = async () => (await studio.db.selectFrom('clientToken').selectAll().execute()).length
    assert.equal(await kept(), 1)
    host.pass(day + 1)
    await studio.sweep()
    assert.equal(await kept(), 0)
  })
})

it('a step that was under way when the clock was set does not write by the old one', async () => {
  const { id } = await studio.session(terminating)
  const [release, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const driver = {
    ...studio.driver,
    async ensureMachine(...given: Parameters<typeof studio.driver.ensureMachine>) {
      ended.resolve()
      await release.promise
      await studio.driver.ensureMachine(...given)
    },
  }
  const reconciler = await studio.reconciler({ driver })
  await ended.promise
  const { leaseUntil } = await studio.row(id)
  host.set(day)
  await clock?.look()
  assert.equal((await studio.row(id)).leaseUntil, leaseUntil + day)
  release.resolve()
  host.pass(minute)
  await reconciler.settle()
  const { state, stopAt } = await studio.row(id)
  assert.equal(state, 'READY')
  assert.equal(stopAt, studio.clock.now() + hour)
})

it('every moment in the database is moved, or tells what has been', async () => {
  const past = ['createdAt', 'updatedAt', 'lastUsedAt', 'acceptedAt', 'seenAt', 'bootedAt', 'copiedAt', 'measuredAt']
  const forgotten = (await studio.db.introspection.getTables()).flatMap(({ name, columns }) => {
    const moved: readonly string[] = pendingMoments[name as keyof typeof pendingMoments] ?? []
    return columns
      .map(column => column.name)
      .filter(column => /(At|Until)$|^deadline$/.test(column) && !past.includes(column) && !moved.includes(column))
      .map(column => `${name}.${column}`)
  })
  assert.deepEqual(forgotten, [])
})
