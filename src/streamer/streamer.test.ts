import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { areaOfAll, type Rectangle } from '../protocol/rectangle.ts'
import { candidates, chooseEncoder, type Encoder } from './encoders.ts'
import { createLink } from './link.ts'
import { createRest } from './rest.ts'

const rectangle = (x: number, y: number, width: number, height: number): Rectangle => ({ x, y, width, height })

describe('what has come to rest', () => {
  const screen = rectangle(0, 0, 1001, 701)

  it('is sent exactly once, all of it, and no sooner than it rests', () => {
    const rest = createRest(screen.width, screen.height)
    rest.moved([screen], 1000)
    rest.inexact([screen])
    assert.deepEqual(rest.take(1050, 1e9), [])
    const at = rest.nextAt() ?? Number.NaN
    assert.ok(at <= 1200, 'within 300 ms there is time to send it')
    let pixels = 0
    for (let turn = 0; turn < 1000 && rest.nextAt() !== undefined; turn++) {
      const parts = rest.take(at, 64 * 64 * 3)
      assert.ok(areaOfAll(parts) <= 64 * 64 * 3)
      pixels += areaOfAll(parts)
    }
    assert.equal(pixels, areaOfAll([screen]))
    assert.equal(rest.nextAt(), undefined)
  })

  it('is not sent while it moves on', () => {
    const rest = createRest(screen.width, screen.height)
    rest.inexact([rectangle(0, 0, 10, 10)])
    for (let now = 1000; now < 5000; now += 33) {
      rest.moved([rectangle(5, 5, 1, 1)], now)
      assert.deepEqual(rest.take(now, 1e9), [])
    }
    assert.deepEqual(rest.take(6000, 1e9), [rectangle(0, 0, 64, 64)])
  })
})

describe('what is under way to a viewer', () => {
  /** A link of so many bytes a second with a round trip, that is always kept as full as is allowed. */
  const fill = (bytesPerMs: number, roundTripMs: number, messageBytes: number) => {
    let now = 0
    const link = createLink(() => now)
    let freeAt = 0
    let ordinal = 0
    const arriving: { ordinal: number; at: number }[] = []
    let longestQueueMs = 0
    for (; now < 20_000; now++) {
      while (arriving[0] && arriving[0].at <= now) link.shown(arriving.shift()?.ordinal ?? 0)
      while (link.takesMore()) {
        link.sent(++ordinal, messageBytes, false)
        freeAt = Math.max(freeAt, now) + messageBytes / bytesPerMs
        arriving.push({ ordinal, at: Math.ceil(freeAt + roundTripMs) })
        if (now > 5000) longestQueueMs = Math.max(longestQueueMs, freeAt - now)
      }
    }
    return { longestQueueMs, sentBytesPerMs: (ordinal * messageBytes) / 20_000 }
  }

  it('fills the link and holds no long queue, be it slow or fast, near or far', () => {
    for (const megabits of [2, 20, 200])
      for (const roundTripMs of [1, 30, 200]) {
        const bytesPerMs = (megabits * 1e6) / 8 / 1000
        const { longestQueueMs, sentBytesPerMs } = fill(bytesPerMs, roundTripMs, 8000)
        const what = `${megabits} Mbit/s, ${roundTripMs} ms`
        assert.ok(longestQueueMs < 450, `${what}: a queue of ${longestQueueMs} ms`)
        assert.ok(sentBytesPerMs > bytesPerMs * 0.6, `${what}: ${sentBytesPerMs} of ${bytesPerMs} bytes a ms`)
      }
  })

  it('is known to be less soon after the link has become slower, and to be more when it is faster again', () => {
    let now = 0
    let bytesPerMs = 2500
    const link = createLink(() => now)
    let freeAt = 0
    let ordinal = 0
    const arriving: { ordinal: number; at: number }[] = []
    const sendFor = (ms: number) => {
      for (const end = now + ms; now < end; now++) {
        while (arriving[0] && arriving[0].at <= now) link.shown(arriving.shift()?.ordinal ?? 0)
        if (now % 16 !== 0 || !link.takesFrame()) continue
        const bytes = Math.min(31_000, (link.bytesPerSecond * 0.9) / 25)
        link.sent(++ordinal, bytes, true)
        freeAt = Math.max(freeAt, now) + bytes / bytesPerMs
        arriving.push({ ordinal, at: Math.ceil(freeAt + 20) })
      }
      return link.bytesPerSecond / 1000
    }
    assert.ok(sendFor(2000) > 1000, 'nothing holds it back')
    bytesPerMs = 500
    assert.ok(sendFor(3000) < 700, `${link.bytesPerSecond} bytes a second are thought to go through 500 000`)
    assert.ok(freeAt - now < 300, `a queue of ${freeAt - now} ms`)
    bytesPerMs = 2500
    assert.ok(sendFor(5000) > 1000, `${link.bytesPerSecond} bytes a second are thought to go through 2 500 000`)
  })

  it('is not taken for less because a viewer was busy for a moment', () => {
    let now = 0
    const link = createLink(() => now)
    let ordinal = 0
    const frame = (bytes: number, tookMs: number) => {
      link.sent(++ordinal, bytes, true)
      now += tookMs
      link.shown(ordinal)
    }
    for (let count = 0; count < 100; count++) frame(31_000, 8)
    for (let count = 0; count < 10; count++) frame(31_000, 60)
    for (let count = 0; count < 10; count++) frame(500, 60)
    frame(31_000, 8)
    assert.ok(link.bytesPerSecond > 2e6, `${link.bytesPerSecond} bytes a second`)
  })

  it('is forgotten when everything begins anew', () => {
    const link = createLink(() => 0)
    for (let ordinal = 0; link.takesMore(); ordinal++) link.sent(ordinal, 100_000, true)
    assert.equal(link.takesFrame(), false)
    link.reset()
    assert.ok(link.takesFrame() && link.takesMore())
    link.shown(0)
    assert.equal(link.inFlight, 0)
  })
})

describe('the encoder', () => {
  it('is the one of the processor where there is no GPU', async t => {
    const dev = mkdtempSync(join(tmpdir(), 'encoders-'))
    t.after(() => rmSync(dev, { recursive: true }))
    assert.deepEqual(await chooseEncoder(await candidates(dev)), { name: 'libx264' })
  })

  it('is the one of the processor where a GPU shows itself and makes no picture, or takes its time', async t => {
    const dev = mkdtempSync(join(tmpdir(), 'encoders-'))
    t.after(() => rmSync(dev, { recursive: true }))
    mkdirSync(join(dev, 'dri'))
    for (const name of ['nvidia0', 'dri/card0', 'dri/renderD128']) writeFileSync(join(dev, name), '')
    const tried = await candidates(dev)
    assert.deepEqual(tried, [{ name: 'h264_nvenc' }, { name: 'h264_vaapi', device: join(dev, 'dri/renderD128') }])
    assert.deepEqual(await chooseEncoder(tried), { name: 'libx264' })
  })

  it('is the first that really makes a picture, and does so within the limit', async () => {
    const able: Encoder = { name: 'libx264' }
    assert.equal(await chooseEncoder([able], 20_000), able)
    assert.notEqual(await chooseEncoder([able], 1), able)
  })
})
