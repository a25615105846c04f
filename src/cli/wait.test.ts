import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { waiterFor, waiters } from '../contract/waiters.ts'
import type { Call } from './call.ts'
import { later, wait, waiterInput } from './wait.ts'

const answers = (...sessions: object[]) => {
  const pauses: number[] = []
  const call: Call = async () => ({ session: sessions[Math.min(pauses.length, sessions.length - 1)] })
  return { call, pauses, pause: async (ms: number) => void pauses.push(ms) }
}

describe('a wait', () => {
  it('looks at once, then as often as the contract says, until it is reached', async () => {
    const { call, pauses, pause } = answers({ state: 'CREATE_IN_PROGRESS' }, { state: 'READY' })
    assert.deepEqual(await wait(call, 'StreamingSessionReady', {}, { pause }), { session: { state: 'READY' } })
    assert.deepEqual(pauses, [10_000])
  })

  it('that fails says the state, the code and the message', async () => {
    const { call, pause } = answers({
      state: 'CREATE_FAILED',
      statusCode: 'INTERNAL_ERROR',
      statusMessage: 'It broke.',
    })
    await assert.rejects(wait(call, 'StreamingSessionReady', {}, { pause }), {
      code: 255,
      message: 'Waiter StreamingSessionReady failed: session.state is CREATE_FAILED (INTERNAL_ERROR): It broke.',
    })
  })

  it('ends after as many looks as the contract says', async () => {
    const { call, pauses, pause } = answers({ state: 'STOP_IN_PROGRESS' })
    await assert.rejects(wait(call, 'StreamingSessionStopped', {}, { pause }), { code: 255, message: /not reached/ })
    assert.equal(pauses.length, (waiters.StreamingSessionStopped?.maxAttempts ?? 0) - 1)
  })

  it('fits what an operation begins', () => {
    const fits = {
      CreateStudio: 'StudioReady',
      UpdateLaunchProfile: 'LaunchProfileReady',
      StartStreamingSession: 'StreamingSessionReady',
      StopStreamingSession: 'StreamingSessionStopped',
      DeleteStreamingImage: 'StreamingImageDeleted',
      CreateStreamingSessionStream: 'StreamingSessionStreamReady',
      GetStudio: undefined,
      TagResource: undefined,
    }
    for (const [operation, waiter] of Object.entries(fits)) assert.equal(waiterFor(operation), waiter, operation)
  })

  it('asks with what was given and what was made', () => {
    const input = waiterInput('StreamingSessionReady', { studioId: 'a' }, { session: { sessionId: 'b' } })
    assert.deepEqual(input, { sessionId: 'b', studioId: 'a' })
  })

  it('shows what is so at its end, and what was told only once', () => {
    const begun = { session: { sessionId: 'b', state: 'DELETE_IN_PROGRESS', stopAt: 1, tags: {} } }
    const deleted = { session: { sessionId: 'b', state: 'DELETED', tags: {} } }
    assert.deepEqual(later(begun, deleted, 'DeleteStreamingSessionResponse'), deleted)
    const made = { stream: { streamId: 's', state: 'CREATE_IN_PROGRESS', url: 'https://once' } }
    const ready = { stream: { streamId: 's', state: 'READY' } }
    const shown = { stream: { streamId: 's', state: 'READY', url: 'https://once' } }
    assert.deepEqual(later(made, ready, 'CreateStreamingSessionStreamResponse'), shown)
  })
})
