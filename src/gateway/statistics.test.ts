import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { StreamingSessionStatistics } from '../contract/types.ts'
import { createStatistics, readStatistics } from './statistics.ts'

it('what a viewer has measured is taken in, and nothing beside it', () => {
  const measured = { roundTripInMilliseconds: 12, framesPerSecond: 50, decoder: 'H.264 software', width: 1920 }
  const more = { measuredAt: '2026-01-01T00:00:00Z', streamId: 'of-another', note: 'x' }
  assert.deepEqual(readStatistics(JSON.stringify({ ...measured, ...more })), measured)
})

it('what is out of bounds, of another type or no JSON is left alone', () => {
  for (const text of [
    ...['', '{', 'null', '[]', '"x"', '7', '{"width":1'],
    ...['{"width":0}', '{"width":1.5}', '{"width":"1"}', '{"width":1e9}', '{"framesPerSecond":-1}'],
    ...['{"roundTripInMilliseconds":60001}', '{"decoder":""}', '{"decoder":"<b>"}', '{"encoder":["libx264"]}'],
    ...[`{"encoder":"${'x'.repeat(49)}"}`, '{"decoder":"two\\nlines"}'],
  ])
    assert.deepEqual(readStatistics(text) ?? {}, {}, text)
})

it('a viewer that tells all the time is heard now and then', () => {
  let time = 0
  const kept: StreamingSessionStatistics[] = []
  const told = createStatistics(
    measured => kept.push(measured),
    () => time,
  )
  for (; time < 60_000; time += 10) told(`{"roundTripInMilliseconds":${time}}`)
  assert.equal(kept.length, 15)
})
