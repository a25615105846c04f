import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPace } from './pace.ts'

describe('the pace of frames', () => {
  /** How many are begun in ten seconds where one takes so long to make, ms, and so many bytes of a link, bytes a second. */
  const count = (makingMs: number, bytes = 0, bytesPerSecond = Number.POSITIVE_INFINITY) => {
    let now = 0
    const pace = createPace(() => now)
    let frames = 0
    while (now < 10_000) {
      pace.begin()
      frames++
      now += makingMs
      pace.made()
      pace.sent(bytes, bytesPerSecond)
      now += Math.max(0, pace.waitMs())
    }
    return frames / 10
  }
  const isAbout = (found: number, wanted: number) =>
    assert.ok(Math.abs(found - wanted) <= wanted / 50, `${found} a second`)

  it('is 60 a second at most', () => isAbout(count(2), 60))
  it('leaves as much time as it takes, above 30 a second', () => isAbout(count(12), 1000 / 24))
  it('is 30 a second though making them takes most of the time', () => isAbout(count(25), 30))
  it('is as fast as they are made, where that is slow', () => isAbout(count(50), 20))
  it('is what the link carries', () => isAbout(count(5, 10_000, 100_000), 10))

  it('waits for nothing of links that are no longer watched over', () => {
    const pace = createPace(() => 0)
    pace.begin()
    pace.sent(50_000, 16_000)
    assert.ok(pace.waitMs() > 3000)
    pace.restart()
    assert.ok(pace.waitMs() <= 0)
  })

  it('makes up for a frame that was begun a little late', () => {
    let now = 0
    const pace = createPace(() => now)
    pace.begin()
    now = 1000 / 60 + 3
    pace.begin()
    assert.ok(Math.abs(pace.waitMs() - (1000 / 60 - 3)) < 0.01)
  })
})
