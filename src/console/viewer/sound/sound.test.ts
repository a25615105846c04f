import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPlayout } from './playout.ts'
import { createStep } from './step.ts'

const samplesPerSecond = 48_000
const packet = 960
const quantum = 128

/**
 * Packets that arrive at these times, ms, each made 20 ms after the one before, and what is heard meanwhile of the count
 * that they carry in their samples.
 */
const hear = (arrivals: readonly number[], until: number, hold = 0) => {
  const playout = createPlayout(samplesPerSecond)
  playout.hold(hold)
  const heard: { at: number; sample: number; delayMs: number | undefined }[] = []
  const out = [new Float32Array(quantum), new Float32Array(quantum)] as const
  let next = 0
  for (let now = 0; now < until; now += (quantum * 1000) / samplesPerSecond) {
    while ((arrivals[next] ?? Number.POSITIVE_INFINITY) <= now) {
      const samples = new Float32Array(packet).fill(0.5)
      playout.push(next++ * 20, samples, samples)
    }
    playout.pull(...out)
    const heardAt = playout.heardAt()
    heard.push({
      at: now,
      sample: out[0][quantum - 1] ?? 0,
      delayMs: heardAt === undefined ? undefined : now - heardAt,
    })
  }
  return { heard, gaps: playout.gaps }
}
const even = (count: number) => Array.from({ length: count }, (_, index) => 20 + index * 20)

describe('sound that arrives', () => {
  it('evenly is heard without a gap, and soon', () => {
    const { heard, gaps } = hear(even(500), 10_000)
    assert.equal(gaps, 0)
    const late = heard.filter(({ at }) => at > 1500)
    assert.ok(late.every(({ sample }) => sample > 0.49))
    assert.ok(
      late.every(({ delayMs }) => delayMs !== undefined && delayMs < 65),
      'kept no longer than 45 ms after a packet is made',
    )
  })

  it('unevenly has gaps at first, and none when it is known how uneven it is', () => {
    const arrivals = even(2000).map((at, index) => at + (index % 7) * 15)
    const sorted = arrivals.map((at, index) => Math.max(at, ...arrivals.slice(Math.max(0, index - 8), index)))
    const first = hear(sorted, 2000).gaps
    assert.ok(first > 0)
    const { heard } = hear(sorted, 12_000)
    assert.ok(heard.filter(({ at }) => at > 2000 && at < 4500).every(({ sample }) => sample > 0.4))
  })

  it('all at once after a pause of the network is not caught up with for long', () => {
    const arrivals = even(500).map(at => (at > 2000 && at < 3000 ? 3000 : at))
    const { heard } = hear(arrivals, 8000)
    const after = heard.filter(({ at }) => at > 4500 && at < 7500)
    assert.ok(after.every(({ delayMs }) => delayMs !== undefined && delayMs < 130))
    assert.ok(after.every(({ sample }) => sample > 0.49))
  })

  it('is played to its end, which is no gap', () => {
    const playout = createPlayout(samplesPerSecond)
    const out = [new Float32Array(quantum), new Float32Array(quantum)] as const
    playout.push(0, new Float32Array(packet).fill(0.5), new Float32Array(packet).fill(0.5))
    playout.finish()
    let loud = 0
    for (let turn = 0; turn < 40; turn++) {
      playout.pull(...out)
      loud += out[0].filter(sample => sample > 0.4).length
    }
    assert.ok(loud > packet * 0.7, `${loud} samples`)
    assert.equal(playout.gaps, 0)
    assert.equal(out[0].at(-1), 0)
  })

  it('is held back as long as it is told to be', () => {
    const { heard } = hear(even(500), 9000, 200)
    const late = heard.filter(({ at }) => at > 2000)
    assert.ok(late.every(({ delayMs }) => delayMs !== undefined && delayMs >= 200 && delayMs < 270))
  })
})

describe('sound and pictures', () => {
  it('are compared whatever the two clocks say', () => {
    const step = createStep()
    assert.equal(step.behindMs(0), undefined)
    for (let at = 0; at < 1000; at += 100) step.seen(at, at + 5030)
    step.heard(1000, 6090)
    assert.equal(step.behindMs(6090), 60)
    assert.equal(step.behindMs(20_000), undefined)
  })

  it('come into step where the pictures take longer, and out of it where they no longer do', () => {
    const step = createStep()
    let hold = 0
    /** Sound takes 80 ms and what it is held back. */
    const run = (from: number, pictureMs: number) => {
      for (let now = from; now < from + 10_000; now += 250) {
        step.seen(now - pictureMs, now)
        hold = step.heard(now - 80 - hold, now)
      }
      return 80 + hold - pictureMs
    }
    assert.ok(Math.abs(run(0, 400)) <= 40)
    assert.ok(hold > 0)
    run(10_000, 30)
    assert.equal(hold, 0)
    step.reset()
    assert.equal(step.behindMs(20_000), undefined)
  })
})
