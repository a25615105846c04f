import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createThrottle } from './throttle.ts'

const limits = { read: { perSecond: 10, burst: 20 }, write: { perSecond: 0.5, burst: 2 } }

const throttleAt = (start = 1_000_000) => {
  const clock = { now: start }
  return { clock, throttle: createThrottle({ now: () => clock.now, limits }) }
}

const taken = (take: () => unknown, times: number): number => {
  let count = 0
  for (let i = 0; i < times; i++) if (take() === undefined) count++
  return count
}

describe('the throttle', () => {
  it('lets a burst through, then as many as the rate allows', () => {
    const { clock, throttle } = throttleAt()
    assert.equal(
      taken(() => throttle.take('ada', 'read'), 100),
      20,
    )
    clock.now += 1000
    assert.equal(
      taken(() => throttle.take('ada', 'read'), 100),
      10,
    )
    clock.now += 3_600_000
    assert.equal(
      taken(() => throttle.take('ada', 'read'), 100),
      20,
    )
  })

  it('tells after how many whole seconds a call will pass', () => {
    const { clock, throttle } = throttleAt()
    taken(() => throttle.take('ada', 'write'), 2)
    assert.deepEqual(throttle.take('ada', 'write'), { retryAfterSeconds: 2 })
    clock.now += 1500
    assert.deepEqual(throttle.take('ada', 'write'), { retryAfterSeconds: 1 })
    clock.now += 1000
    assert.equal(throttle.take('ada', 'write'), undefined)
  })

  it('counts neither refused calls, nor those of other principals and classes', () => {
    const { clock, throttle } = throttleAt()
    taken(() => throttle.take('ada', 'write'), 1000)
    assert.equal(throttle.take('bob', 'write'), undefined)
    assert.equal(throttle.take('ada', 'read'), undefined)
    clock.now += 2000
    assert.equal(throttle.take('ada', 'write'), undefined)
  })

  it('gives nothing for a clock that jumps back', () => {
    const { clock, throttle } = throttleAt()
    taken(() => throttle.take('ada', 'write'), 2)
    clock.now -= 3_600_000
    assert.ok(throttle.take('ada', 'write'))
    clock.now += 2000
    assert.equal(throttle.take('ada', 'write'), undefined)
  })

  it('never lets more through than burst and rate allow', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 3000 }), { maxLength: 200 }), pauses => {
        const { clock, throttle } = throttleAt()
        let passed = 0
        for (const pause of pauses) {
          clock.now += pause
          if (throttle.take('ada', 'write') === undefined) passed++
        }
        const seconds = pauses.reduce((sum, pause) => sum + pause, 0) / 1000
        return passed <= limits.write.burst + seconds * limits.write.perSecond + 1e-9
      }),
    )
  })

  it('remembers those who called last, and no more than it may', () => {
    const throttle = createThrottle({ now: () => 0, limits, most: 100 })
    taken(() => throttle.take('busy', 'write'), 2)
    for (let i = 0; i < 10_000; i++) {
      throttle.take(`p${i}`, 'write')
      assert.ok(throttle.take('busy', 'write'))
    }
    taken(() => throttle.take('gone', 'write'), 2)
    for (let i = 0; i < 100; i++) throttle.take(`q${i}`, 'write')
    assert.equal(throttle.take('gone', 'write'), undefined)
  })
})
