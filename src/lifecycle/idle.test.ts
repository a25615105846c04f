/** A session that nobody uses is ended, where its launch profile asks for it; one that is used never is. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import {
  createTestStudio,
  hour,
  minute,
  persistent,
  read,
  settings,
  settle,
  silent,
  type TestStudio,
} from '../../test/studio.ts'
import { type Activity, DriverError } from '../compute/driver.ts'
import type { SessionPolicy, StreamConfigurationCreate } from '../contract/types.ts'
import { putSessionPolicy } from '../operations/session-policies.ts'
import { createStreamingSession } from '../operations/streaming-sessions.ts'
import { createIdleWatch } from './idle.ts'
import type { Rounds } from './rounds.ts'

let studio: TestStudio
let watch: Rounds
/** When the last key was pressed, and what the programs have computed so far. */
let used: { inputAt: number; cpuMs: number }
let unreachable: boolean

const everyMs = 10_000

/** A server begins to watch. */
const startWatch = () =>
  createIdleWatch({
    ...{ db: studio.db, driver: studio.driver, now: studio.clock.now, elapsed: studio.clock.now, settings },
    ...{ log: silent, wake: () => {}, everyMs: 2 ** 30 },
  })

beforeEach(async () => {
  unreachable = false
  studio = await createTestStudio({
    driver: {
      activity: (): Activity => ({ idleMs: studio.clock.now() - used.inputAt, cpuMs: used.cpuMs }),
      fail: verb =>
        verb === 'activity' && unreachable ? new DriverError('NETWORK_CONNECTION_ERROR', 'no answer') : undefined,
    },
  })
  used = { inputAt: studio.clock.now(), cpuMs: 0 }
  watch = startWatch()
})
afterEach(async () => {
  await watch.close()
  await studio.close()
})

const ready = async (
  policy: SessionPolicy = { idleStopInMinutes: 20 },
  configuration: Partial<StreamConfigurationCreate> = persistent,
) => {
  const { studioId } = studio
  const launchProfileId = await studio.profile(configuration)
  await putSessionPolicy(studio.call(), { studioId, launchProfileId, ...policy })
  const { session } = await createStreamingSession(studio.call(), { studioId, launchProfileId })
  await settle(studio)
  await watch.once()
  return read(session)?.sessionId ?? ''
}

/** Time passes, with a look every ten seconds; `meanwhile` is what happens in each of them. */
const pass = async (ms: number, meanwhile: () => void = () => {}) => {
  for (let passed = 0; passed < ms; passed += everyMs) {
    studio.clock.pass(everyMs)
    meanwhile()
    await watch.once()
  }
  await settle(studio)
}

const type = () => {
  used.inputAt = studio.clock.now()
}

/** Programs that take that much of one processor. */
const compute = (percent: number) => () => {
  used.cpuMs += (everyMs * percent) / 100
}

const stateOf = async (id: string) => (await studio.row(id)).state

describe('a session that nobody uses', () => {
  it('is stopped after the time of its policy, and says why', async () => {
    const id = await ready()
    await pass(20 * minute - everyMs)
    assert.equal(await stateOf(id), 'READY')
    await pass(everyMs)
    const row = await studio.row(id)
    assert.equal(row.state, 'STOPPED')
    assert.equal(row.stoppedBy, 'system:idle')
    assert.match(row.statusMessage ?? '', /nobody used it/)
    assert.equal(row.idleAt, null)
  })

  it('is deleted where its profile knows no stop', async () => {
    const id = await ready({ idleStopInMinutes: 20 }, {})
    await pass(20 * minute)
    const row = await studio.row(id)
    assert.equal(row.state, 'DELETED')
    assert.match(row.statusMessage ?? '', /nobody used it/)
  })

  it('says five minutes before that it will end, and when', async () => {
    const id = await ready()
    const end = studio.clock.now() + 20 * minute
    await pass(15 * minute - everyMs)
    assert.equal((await studio.row(id)).idleAt, null)
    await pass(everyMs)
    const row = await studio.row(id)
    assert.equal(row.idleAt, end)
    assert.match(row.statusMessage ?? '', /Nobody uses/)
  })

  it('has half of a short time as its warning', async () => {
    const id = await ready({ idleStopInMinutes: 2 })
    await pass(minute)
    assert.equal((await studio.row(id)).idleAt, studio.clock.now() + minute)
  })

  it('runs on where no policy asks for its end', async () => {
    const id = await ready({ maxExtensionInMinutes: 60 })
    await pass(2 * hour)
    assert.equal(await stateOf(id), 'READY')
  })

  it('is ended by a look at what is so then: after a pause of the watch one key is enough', async () => {
    const id = await ready()
    await pass(16 * minute)
    studio.clock.pass(hour)
    type()
    await watch.once()
    assert.equal(await stateOf(id), 'READY')
    assert.equal((await studio.row(id)).idleAt, null)
  })
})

describe('a session that is used', () => {
  it('runs on as long as somebody types now and then', async () => {
    const id = await ready()
    for (let i = 0; i < 5; i++) {
      await pass(19 * minute)
      type()
    }
    assert.equal(await stateOf(id), 'READY')
  })

  it('takes the warning back at the first key', async () => {
    const id = await ready()
    await pass(18 * minute)
    type()
    await pass(everyMs)
    const { idleAt, statusMessage } = await studio.row(id)
    assert.deepEqual([idleAt, statusMessage], [null, null])
    await pass(19 * minute)
    assert.equal(await stateOf(id), 'READY')
  })

  it('runs on while its programs compute, as a render left overnight', async () => {
    const id = await ready()
    await pass(3 * hour, compute(10))
    assert.equal(await stateOf(id), 'READY')
    await pass(20 * minute, compute(9))
    assert.equal(await stateOf(id), 'STOPPED')
  })

  it('has the threshold of its policy', async () => {
    const id = await ready({ idleStopInMinutes: 20, idleCpuThresholdInPercent: 50 })
    await pass(20 * minute, compute(49))
    assert.equal(await stateOf(id), 'STOPPED')
  })

  it('is one that does not tell', async () => {
    const id = await ready()
    unreachable = true
    await pass(hour)
    assert.equal(await stateOf(id), 'READY')
    unreachable = false
    await pass(20 * minute - everyMs)
    assert.equal(await stateOf(id), 'READY')
  })
})

describe('a server that starts', () => {
  const restart = async () => {
    await watch.close()
    watch = startWatch()
  }

  it('takes a session for used, because it has not seen what its programs did', async () => {
    const id = await ready()
    await pass(10 * minute)
    await restart()
    await pass(20 * minute)
    assert.equal(await stateOf(id), 'READY')
    await pass(everyMs)
    assert.equal(await stateOf(id), 'STOPPED')
  })

  it('goes on with a warning that was given', async () => {
    const id = await ready()
    await pass(18 * minute)
    const { idleAt } = await studio.row(id)
    await restart()
    await pass(minute)
    assert.equal((await studio.row(id)).idleAt, idleAt)
    await pass(minute)
    assert.equal(await stateOf(id), 'STOPPED')
  })

  it('ends none before it has seen what its programs do', async () => {
    const id = await ready()
    await pass(18 * minute)
    await restart()
    studio.clock.pass(hour)
    await watch.once()
    assert.equal(await stateOf(id), 'READY')
    await pass(everyMs, compute(100))
    assert.equal(await stateOf(id), 'READY')
  })
})
