import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countdown, extensionMinutes, minutesLeft, type ToldEnd, toEnd, warningOf } from './ending.ts'

const minute = 60_000
const told = (leftMinutes: number, more: Partial<ToldEnd> = {}): ToldEnd => ({
  endsAt: new Date(leftMinutes * minute).toISOString(),
  action: 'STOP',
  reason: 'MAX_SESSION_LENGTH',
  now: new Date(0).toISOString(),
  ...more,
})
/** As told at the first moment of the page. */
const end = (...given: Parameters<typeof told>) => toEnd(told(...given), 0) ?? assert.fail('there is no end')

describe('the coming end of a session', () => {
  it('is counted from the server’s clock, whatever the browser’s says', () => {
    assert.equal(end(10).at, 10 * minute)
    assert.equal(toEnd(told(10, { now: new Date(4 * minute).toISOString() }), 1000)?.at, 6 * minute + 1000)
  })

  it('is none where nothing ends it', () => {
    assert.equal(toEnd({ now: new Date(0).toISOString() }, 0), undefined)
  })

  it('is told 15 minutes before, and again 5 minutes before', () => {
    const warnings = [16, 15, 6, 5, 1].map(left => warningOf(end(left), 0))
    const [far, first, still, second, last] = warnings
    assert.equal(far, undefined)
    assert.ok(first && second)
    assert.equal(still, first)
    assert.notEqual(second, first)
    assert.equal(last, second)
  })

  it('of a session that nobody uses is told as soon as the server tells it', () => {
    assert.ok(warningOf(end(5, { reason: 'IDLE' }), 0))
    assert.notEqual(warningOf(end(4, { reason: 'IDLE' }), 0), warningOf(end(4), 0))
  })

  it('can be put off by an hour, or by what the policy leaves', () => {
    const to = (minutes: number) => ({ extendableTo: new Date(minutes * minute).toISOString() })
    assert.equal(extensionMinutes(end(10, to(100))), 60)
    assert.equal(extensionMinutes(end(10, to(30))), 20)
    assert.equal(extensionMinutes(end(10, to(10))), 0)
    assert.equal(extensionMinutes(end(10)), 0)
    assert.equal(extensionMinutes(end(10, { ...to(100), reason: 'IDLE' })), 0)
  })

  it('is counted down in seconds, and told in minutes', () => {
    assert.deepEqual([15 * minute, 65_001, 999, 0, -5000].map(countdown), ['15:00', '1:06', '0:01', '0:00', '0:00'])
    assert.deepEqual([15 * minute, 61_000, 60_000, 1].map(minutesLeft), [
      '15 minutes',
      '2 minutes',
      '1 minute',
      '1 minute',
    ])
  })
})
