/** When a session ends by itself: the table of decision 17, each row from READY to its end, with the server up and down. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createTestStudio, limits, minute, persistent, settle, type TestStudio } from '../../test/studio.ts'
import type { StreamConfigurationCreate } from '../contract/types.ts'
import { stopStreamingSession } from '../operations/streaming-sessions.ts'
import { isStoppable, type SessionVerb } from './session.ts'
import { sessionNoun } from './session-steps.ts'
import { ask } from './transition.ts'

let studio: TestStudio
beforeEach(async () => {
  studio = await createTestStudio()
})
afterEach(() => studio.close())

const [longest, rest] = [60, 30]

interface Row {
  configuration: Partial<StreamConfigurationCreate>
  /** Minutes from READY. */
  ready: { stopAt: number | null; terminateAt: number | null }
  /** Minutes from the stop; absent where there is none. */
  stopped?: { terminateAt: number | null }
}

const terminating = { ...persistent, automaticTerminationMode: 'ACTIVATED' as const }

const table: Record<string, Row> = {
  'without persistence': { configuration: {}, ready: { stopAt: null, terminateAt: longest } },
  'with persistence, automatic termination and a time to stay stopped': {
    configuration: { ...terminating, maxStoppedSessionLengthInMinutes: rest },
    ready: { stopAt: longest, terminateAt: longest + rest },
    stopped: { terminateAt: rest },
  },
  'with persistence, automatic termination and no time to stay stopped': {
    configuration: { ...terminating, maxStoppedSessionLengthInMinutes: 0 },
    ready: { stopAt: null, terminateAt: longest },
  },
  'with persistence and no automatic termination': {
    configuration: persistent,
    ready: { stopAt: longest, terminateAt: null },
    stopped: { terminateAt: null },
  },
}

const ready = async (configuration: Partial<StreamConfigurationCreate>) => {
  const { id } = await studio.session({ ...configuration, maxSessionLengthInMinutes: longest })
  await settle(studio)
  return id
}

const moments = async (id: string) => {
  const { stopAt, terminateAt } = await studio.row(id)
  const since = (at: number | null) => (at === null ? null : (at - studio.clock.now()) / minute)
  return { stopAt: since(stopAt), terminateAt: since(terminateAt) }
}

const pass = async (minutes: number) => {
  studio.clock.pass(minutes * minute)
  await settle(studio)
}

const askFor = async (id: string, verb: SessionVerb) => {
  const moment = { now: studio.clock.now(), by: 'theAccount', limits }
  assert.ok(await ask(studio.db, sessionNoun, await studio.row(id), verb, moment))
  await settle(studio)
}

const millisecond = 1 / minute

for (const [name, row] of Object.entries(table))
  describe(`a session ${name}`, () => {
    it('has its moments from READY on, and those alone', async () => {
      assert.deepEqual(await moments(await ready(row.configuration)), row.ready)
    })

    it(`${row.stopped ? 'is stopped' : 'is deleted'} when its time is over, not a moment before`, async () => {
      const id = await ready(row.configuration)
      await pass(longest - millisecond)
      assert.equal((await studio.row(id)).state, 'READY')
      await pass(millisecond)
      const ended = await studio.row(id)
      assert.equal(ended.state, row.stopped ? 'STOPPED' : 'DELETED')
      assert.equal(row.stopped ? ended.stoppedBy : ended.updatedBy, 'system:maxSessionLength')
      assert.match(ended.statusMessage ?? '', /longest time that a session may run/)
    })

    it('that was missed while the server was down ends once, when it is seen', async () => {
      const id = await ready(row.configuration)
      await pass(10 * longest)
      const ended = await studio.row(id)
      assert.equal(ended.state, row.stopped ? 'STOPPED' : 'DELETED')
      if (row.stopped) {
        assert.equal(ended.stoppedAt, studio.clock.now())
        assert.deepEqual(await moments(id), { stopAt: null, ...row.stopped })
        assert.equal((await studio.driver.inventory()).backups.length, 1)
      }
    })

    if (!row.stopped) {
      it('is not stopped by hand', async () => {
        const id = await ready(row.configuration)
        assert.ok(!isStoppable(await studio.row(id)))
        await assert.rejects(
          stopStreamingSession(studio.call(), { studioId: studio.studioId, sessionId: id }),
          (error: { context?: { reason?: string } }) => error.context?.reason === 'SESSION_NOT_STOPPABLE',
        )
      })
      return
    }
    const { terminateAt } = row.stopped

    it('that is stopped by hand counts from that stop', async () => {
      const id = await ready(row.configuration)
      await pass(20)
      await askFor(id, 'stop')
      assert.deepEqual(await moments(id), { stopAt: null, terminateAt })
      await pass(rest)
      assert.equal((await studio.row(id)).state, terminateAt === null ? 'STOPPED' : 'DELETED')
    })

    it('that is started again counts anew', async () => {
      const id = await ready(row.configuration)
      await askFor(id, 'stop')
      await pass(rest / 2)
      await askFor(id, 'start')
      assert.deepEqual(await moments(id), row.ready)
      await pass(longest - millisecond)
      assert.equal((await studio.row(id)).state, 'READY')
    })

    if (terminateAt !== null)
      it('is deleted when it has been stopped for its time, and says why', async () => {
        const id = await ready(row.configuration)
        await pass(longest)
        await pass(terminateAt)
        const ended = await studio.row(id)
        assert.equal(ended.state, 'DELETED')
        assert.equal(ended.updatedBy, 'system:maxStoppedSessionLength')
        assert.match(ended.statusMessage ?? '', /longest time that a session may stay stopped/)
      })
  })
