/** When a session ends by itself, and how its owner puts that off. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createTestStudio, minute, persistent, read, settle, type TestStudio } from '../../test/studio.ts'
import type { SessionPolicy, StreamConfigurationCreate } from '../contract/types.ts'
import { extendStreamingSession, getStreamingSessionEnd } from './session-ends.ts'
import { getSessionPolicy, putSessionPolicy } from './session-policies.ts'
import {
  createStreamingSession,
  getStreamingSession,
  startStreamingSession,
  stopStreamingSession,
} from './streaming-sessions.ts'

let studio: TestStudio
beforeEach(async () => {
  studio = await createTestStudio()
})
afterEach(() => studio.close())

const hourLong = { ...persistent, maxSessionLengthInMinutes: 60 }

const profile = async (policy: SessionPolicy, configuration: Partial<StreamConfigurationCreate> = hourLong) => {
  const { studioId } = studio
  const launchProfileId = await studio.profile(configuration)
  await putSessionPolicy(studio.call(), { studioId, launchProfileId, ...policy })
  return launchProfileId
}

const launch = async (launchProfileId: string): Promise<string> => {
  const { session } = await createStreamingSession(studio.call(), { studioId: studio.studioId, launchProfileId })
  await settle(studio)
  return read(session)?.sessionId ?? ''
}

const ready = async (policy: SessionPolicy, configuration?: Partial<StreamConfigurationCreate>) =>
  launch(await profile(policy, configuration))

/** In minutes from now, as all moments below. */
const inMinutes = (at: Date | undefined) => at && (at.getTime() - studio.clock.now()) / minute

const endOf = async (sessionId: string) => {
  const { streamingSessionEnd: end } = await getStreamingSessionEnd(studio.call(), {
    studioId: studio.studioId,
    sessionId,
  })
  return {
    endsIn: inMinutes(end?.endsAt),
    action: end?.action,
    reason: end?.reason,
    extendableTo: inMinutes(end?.extendableTo),
  }
}

const extend = (sessionId: string, extendByInMinutes?: number) =>
  extendStreamingSession(studio.call(), { studioId: studio.studioId, sessionId, extendByInMinutes })

describe('the end of a session', () => {
  it('is told with what happens then, and why', async () => {
    const id = await ready({ maxExtensionInMinutes: 90 })
    const byLength = { action: 'STOP', reason: 'MAX_SESSION_LENGTH' }
    assert.deepEqual(await endOf(id), { endsIn: 60, ...byLength, extendableTo: 150 })
    const lasting = await ready({}, { maxSessionLengthInMinutes: 30 })
    assert.deepEqual(await endOf(lasting), { endsIn: 30, ...byLength, action: 'DELETE', extendableTo: undefined })
  })

  it('of a stopped session is its deletion, or none', async () => {
    const kept = await ready({ maxExtensionInMinutes: 90 })
    const notForEver = await ready(
      {},
      { ...hourLong, automaticTerminationMode: 'ACTIVATED', maxStoppedSessionLengthInMinutes: 10 },
    )
    for (const sessionId of [kept, notForEver])
      await stopStreamingSession(studio.call(), { studioId: studio.studioId, sessionId })
    await settle(studio)
    const none = { endsIn: undefined, action: undefined, reason: undefined, extendableTo: undefined }
    assert.deepEqual(await endOf(kept), none)
    assert.deepEqual(await endOf(notForEver), {
      ...{ endsIn: 10, action: 'DELETE', reason: 'MAX_STOPPED_SESSION_LENGTH' },
      extendableTo: undefined,
    })
  })
})

const refusals = {
  EXTENSION_NOT_ALLOWED: async () => extend(await ready({}), 1),
  EXTENSION_TOO_LONG: async () => extend(await ready({ maxExtensionInMinutes: 30 }), 31),
  EXTENSION_USED_UP: async () => {
    const id = await ready({ maxExtensionInMinutes: 30 })
    await extend(id, 30)
    await extend(id)
  },
  INVALID_STATE: async () => {
    const id = await ready({ maxExtensionInMinutes: 30 })
    await stopStreamingSession(studio.call(), { studioId: studio.studioId, sessionId: id })
    await extend(id, 1)
  },
}

describe('an extension', () => {
  it('is an hour, or what is left, unless its length is given', async () => {
    const id = await ready({ maxExtensionInMinutes: 100 })
    const answer = await extend(id)
    assert.equal(inMinutes(answer.streamingSessionEnd?.endsAt), 120)
    await extend(id, 20)
    assert.equal((await endOf(id)).endsIn, 140)
    await extend(id)
    assert.equal((await endOf(id)).endsIn, 160)
  })

  it('lets the session run on, and no longer', async () => {
    const id = await ready({ maxExtensionInMinutes: 30 })
    studio.clock.pass(50 * minute)
    await extend(id, 30)
    studio.clock.pass(40 * minute - 1)
    await settle(studio)
    assert.equal((await studio.row(id)).state, 'READY')
    studio.clock.pass(1)
    await settle(studio)
    const row = await studio.row(id)
    assert.equal(row.state, 'STOPPED')
    assert.equal(row.stoppedBy, 'system:maxSessionLength')
  })

  it('is seen in stopAt and terminateAt', async () => {
    const configuration = {
      ...hourLong,
      automaticTerminationMode: 'ACTIVATED' as const,
      maxStoppedSessionLengthInMinutes: 10,
    }
    const id = await ready({ maxExtensionInMinutes: 30 }, configuration)
    await extend(id, 30)
    const { session } = await getStreamingSession(studio.call(), { studioId: studio.studioId, sessionId: id })
    const shown = read(session)
    assert.equal(inMinutes(new Date(shown?.stopAt ?? '')), 90)
    assert.equal(inMinutes(new Date(shown?.terminateAt ?? '')), 100)
  })

  it('counts for one run: the next one has the length of the profile, and its own extension', async () => {
    const id = await ready({ maxExtensionInMinutes: 30 })
    await extend(id, 30)
    const { studioId } = studio
    await stopStreamingSession(studio.call(), { studioId, sessionId: id })
    await settle(studio)
    await startStreamingSession(studio.call(), { studioId, sessionId: id })
    await settle(studio)
    const { endsIn, extendableTo } = await endOf(id)
    assert.deepEqual([endsIn, extendableTo], [60, 90])
  })

  for (const [reason, ask] of Object.entries(refusals))
    it(`is refused with ${reason}`, () =>
      assert.rejects(ask, (error: { context?: object }) => {
        assert.equal((error.context as { reason?: string } | undefined)?.reason, reason)
        return true
      }))

  it('is refused at the end, before the session is seen to stop', async () => {
    const id = await ready({ maxExtensionInMinutes: 30 })
    studio.clock.pass(60 * minute)
    await assert.rejects(extend(id, 1), { name: 'ConflictException' })
    await settle(studio)
    assert.equal((await studio.row(id)).state, 'STOPPED')
  })
})

describe('a session policy', () => {
  const policyOf = async (launchProfileId: string) =>
    (await getSessionPolicy(studio.call(), { studioId: studio.studioId, launchProfileId })).sessionPolicy

  it('allows nothing until it is put, and nothing that it does not name', async () => {
    const launchProfileId = await profile({})
    assert.deepEqual(await policyOf(launchProfileId), { launchProfileId, maxExtensionInMinutes: 0 })
    const idle = { idleStopInMinutes: 30, idleCpuThresholdInPercent: 10 }
    const { studioId } = studio
    await putSessionPolicy(studio.call(), {
      studioId,
      launchProfileId,
      maxExtensionInMinutes: 5,
      idleStopInMinutes: 30,
    })
    assert.deepEqual(await policyOf(launchProfileId), { launchProfileId, maxExtensionInMinutes: 5, ...idle })
    await putSessionPolicy(studio.call(), { studioId, launchProfileId })
    assert.deepEqual(await policyOf(launchProfileId), { launchProfileId, maxExtensionInMinutes: 0 })
  })

  it('is a session’s from its creation on: what is put later counts for later sessions', async () => {
    const launchProfileId = await profile({})
    const before = await launch(launchProfileId)
    await putSessionPolicy(studio.call(), { studioId: studio.studioId, launchProfileId, maxExtensionInMinutes: 5 })
    await assert.rejects(extend(before, 1), { name: 'ConflictException' })
    await extend(await launch(launchProfileId), 5)
  })
})
