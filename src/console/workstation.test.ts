import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { StreamingSession, StreamingSessionState } from '../contract/types.ts'
import { session as lifecycle, progress } from '../lifecycle/session.ts'
import {
  connectionOf,
  factsOf,
  isBusy,
  isShown,
  labelOf,
  lossOf,
  messageOf,
  refusalOf,
  stepsOf,
} from './workstation.ts'

const everyState = Object.keys(lifecycle) as StreamingSessionState[]
const now = new Date('2025-11-24T12:00:00Z')
const stopAt = new Date('2025-11-24T18:30:00Z')

describe('the buttons of a workstation', () => {
  for (const state of everyState)
    for (const verb of ['start', 'stop', 'delete'] as const) {
      const accepted = lifecycle[state]?.on?.[verb] !== undefined
      it(`${state}: ${verb} ${accepted ? 'may be pressed' : 'says why it may not be pressed'}`, () => {
        const refusal = refusalOf({ state, stopAt }, verb)
        if (accepted) assert.equal(refusal, undefined)
        else assert.match(refusal ?? '', /^\w.+\.$/)
      })
    }
  it('open a desktop only while it is ready', () => {
    assert.deepEqual(
      everyState.filter(state => refusalOf({ state }, 'open') === undefined),
      ['READY'],
    )
  })
  it('do not stop what would be lost by stopping', () => {
    assert.match(refusalOf({ state: 'READY', terminateAt: stopAt }, 'stop') ?? '', /only be deleted/)
  })
  it('offer nothing in a state of a newer server', () => {
    const unknown: StreamingSession = JSON.parse('{"state":"HIBERNATING"}')
    assert.equal(labelOf(unknown), 'HIBERNATING')
    for (const verb of ['open', 'start', 'stop', 'delete'] as const) assert.ok(refusalOf(unknown, verb))
  })
})

describe('the steps of a busy workstation', () => {
  const steps = lifecycle.CREATE_IN_PROGRESS.do ?? []
  for (const [i, step] of steps.entries())
    it(`are done before '${step}' while it runs, and to come after it`, () => {
      const shown = stepsOf({ state: 'CREATE_IN_PROGRESS', statusMessage: progress[step] })
      assert.deepEqual(
        shown.map(({ at }) => at),
        steps.map((_, j) => (j < i ? 'done' : j === i ? 'running' : 'to come')),
      )
    })
  it('begin with the first while the server has not said which runs', () => {
    assert.equal(stepsOf({ state: 'CREATE_IN_PROGRESS' })[0]?.at, 'running')
  })
  it('are those of giving up once the server gives up', () => {
    const giving = stepsOf({ state: 'CREATE_IN_PROGRESS', statusMessage: progress.retire })
    assert.deepEqual(giving.at(-1), { sentence: progress.retire, at: 'running' })
  })
  it('are shown in every busy state and in no other', () => {
    for (const state of everyState) assert.equal(stepsOf({ state }).length > 0, isBusy({ state }), state)
  })
})

describe('what is told of a workstation', () => {
  it('is how long it runs and when it stops', () => {
    const session: StreamingSession = { state: 'READY', startedAt: new Date('2025-11-24T10:00:00Z'), stopAt }
    assert.equal(factsOf(session, now)[0], 'Running for 2 h')
    assert.match(factsOf(session, now)[1] ?? '', /^Stops (at|tomorrow at) \d\d:\d\d$/)
  })
  it('is its end, when nothing comes before it', () => {
    const session: StreamingSession = { state: 'STOPPED', stoppedAt: now, terminateAt: stopAt }
    assert.match(factsOf(session, now)[1] ?? '', /^Is deleted /)
  })
  it('says what a deletion takes away', () => {
    assert.match(lossOf({ backupMode: 'AUTOMATIC' }), /kept for 7 days/)
    assert.match(lossOf({ backupMode: 'DEACTIVATED' }), /no backups/)
  })
})

describe('what the launcher says of an end', () => {
  const ended = { state: 'DELETED', updatedAt: now, statusMessage: 'Ended by itself.' } as const
  const later = (hours: number) => new Date(now.getTime() + hours * 3_600_000)
  it('is why a workstation stopped by itself, and nothing of one that a person stopped', () => {
    const stopped = { state: 'STOPPED', statusMessage: 'Ended by itself.' } as const
    assert.equal(messageOf({ ...stopped, stoppedBy: 'system:idle' }), 'Ended by itself.')
    assert.equal(messageOf({ ...stopped, stoppedBy: 'ann' }), undefined)
  })
  it('stays for an hour when the workstation deleted itself, and not when a person did', () => {
    const bySystem = { ...ended, updatedBy: 'system:maxSessionLength' }
    assert.ok(isShown(bySystem, later(0.9)))
    assert.equal(messageOf(bySystem), 'Ended by itself.')
    assert.ok(!isShown(bySystem, later(1.1)))
    assert.ok(!isShown({ ...ended, updatedBy: 'ann' }, now))
  })
  it('is told while it still runs, as soon as the server says that it is near', () => {
    assert.equal(messageOf({ state: 'READY', statusMessage: 'Nobody uses it.' }), 'Nobody uses it.')
  })
})

it('a connection is told by the newest of its measurements, as far as it was measured', () => {
  const newest = {
    ...{ latencyP50InMilliseconds: 41, latencyP95InMilliseconds: 63, roundTripInMilliseconds: 12 },
    ...{ framesPerSecond: 50, kilobitsPerSecond: 6040, encoder: 'libx264', decoder: 'H.264 software' },
  }
  assert.equal(
    connectionOf([newest, { roundTripInMilliseconds: 99 }]).join(', '),
    'Picture after 41 ms (p95 63), network 12 ms, 50 fps, 6.0 Mbit/s, encoder libx264, decoder H.264 software',
  )
  assert.deepEqual(connectionOf([{ framesPerSecond: 0, decoder: 'RFB' }]), ['decoder RFB'])
  assert.deepEqual(connectionOf([]), [])
})
