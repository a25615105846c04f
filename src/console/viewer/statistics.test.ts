import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Measures } from './decoder.ts'
import { createStatistics } from './statistics.ts'

const measures: Measures = {
  ...{ latency: { p50: 40.6, p95: 63.2 }, picturesPerSecond: 50, bitsPerSecond: 6_000_400 },
  ...{ encoder: 'libx264', decoder: 'H.264 software', width: 1920, height: 1080 },
}
const atRest: Measures = { ...measures, latency: undefined, picturesPerSecond: 0, bitsPerSecond: 0 }

it('a connection is told of after a moment, and then once a minute, by its busiest second', () => {
  let time = 0
  const statistics = createStatistics('atelier', () => time)
  const at = (seconds: number, roundTripMs: number, seen = atRest) => {
    time = seconds * 1000
    return statistics(roundTripMs, seen)
  }
  assert.equal(at(1, 300), undefined)
  assert.equal(at(3, 12, measures), undefined)
  const rest = { encoder: 'libx264', decoder: 'H.264 software', width: 1920, height: 1080 }
  const busy = { framesPerSecond: 50, kilobitsPerSecond: 6000 }
  assert.deepEqual(at(5, 11), { roundTripInMilliseconds: 12, ...busy, ...rest })
  assert.equal(at(64, 10), undefined)
  assert.deepEqual(at(65, 10, measures), {
    ...{ roundTripInMilliseconds: 10, latencyP50InMilliseconds: 41, latencyP95InMilliseconds: 63, ...busy, ...rest },
  })
})

it('of RFB, which tells nothing, the round trip is known', () => {
  let time = 0
  const statistics = createStatistics('rfb', () => time)
  time = 5000
  assert.deepEqual(statistics(8, undefined), { roundTripInMilliseconds: 8, decoder: 'RFB' })
})
