import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { ProtocolError } from '../../../../protocol/bytes.ts'
import { createClearings } from './clearings.ts'
import { inflate } from './inflate.ts'
import { keysymOfCharacter, keysymOfStroke, type Stroke } from './keysyms.ts'
import { createLatency } from './latency.ts'
import { createOrder } from './order.ts'
import { createRate } from './rate.ts'

const stroke = (key: string, code: string, more: Partial<Stroke> = {}): Stroke => ({
  ...{ key, code, ctrlKey: false, altKey: false, metaKey: false },
  ...more,
})

describe('a key', () => {
  it('is what it means on the keyboard of whoever presses it', () => {
    assert.equal(keysymOfStroke(stroke('z', 'KeyY')), 0x7a)
    assert.equal(keysymOfStroke(stroke('ö', 'Semicolon')), 0xf6)
    assert.equal(keysymOfStroke(stroke('€', 'KeyE')), 0x010020ac)
    assert.equal(keysymOfStroke(stroke('F11', 'F11')), 0xffc8)
  })

  it('of two alike is the one that was pressed', () => {
    assert.equal(keysymOfStroke(stroke('Shift', 'ShiftRight')), 0xffe2)
    assert.equal(keysymOfStroke(stroke('Enter', 'NumpadEnter')), 0xff8d)
    assert.equal(keysymOfStroke(stroke('7', 'Numpad7')), 0xffb7)
    assert.equal(keysymOfStroke(stroke('Home', 'Numpad7')), 0xff95)
  })

  it('that changes what others mean is not sent', () => {
    for (const key of ['AltGraph', 'CapsLock', 'NumLock', 'Dead'])
      assert.equal(keysymOfStroke(stroke(key, 'KeyX')), undefined)
  })

  it('of a shortcut is the letter at its place where the keyboard has no Latin ones', () => {
    assert.equal(keysymOfStroke(stroke('с', 'KeyC', { ctrlKey: true })), 0x63)
    assert.equal(keysymOfStroke(stroke('с', 'KeyC')), 0x01000441)
    assert.equal(keysymOfStroke(stroke('y', 'KeyZ', { ctrlKey: true })), 0x79)
  })

  it('of a line that is typed is Return', () => {
    assert.equal(keysymOfCharacter('\n'), 0xff0d)
  })
})

describe('pictures that are finished in any order', () => {
  it('are seen as if they had come in order, and nothing is kept for long', () => {
    const place = fc.nat({ max: 5 })
    const picture = fc.record({
      places: fc.uniqueArray(place, { minLength: 1, maxLength: 4 }),
      move: fc.option(fc.record({ from: place, to: place })),
      weight: fc.double({ noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(picture, { maxLength: 20 }), fc.nat({ max: 1000 }), (pictures, after) => {
        const painted = pictures.map(({ places, move, weight }, index) => ({
          ...{ ordinal: after + 1 + index, pixels: 0, inTurn: move !== null, weight },
          showOn(seen: Map<number, number | undefined>) {
            if (move) seen.set(move.to, seen.get(move.from))
            for (const place of places) seen.set(place, index)
          },
        }))
        const wanted = new Map<number, number | undefined>()
        for (const { showOn } of painted) showOn(wanted)
        const seen: typeof wanted = new Map()
        const order = createOrder(after)
        for (const { ordinal, inTurn } of painted) if (inTurn) order.expect(ordinal)
        for (const { showOn, ...rest } of painted.toSorted((a, b) => a.weight - b.weight))
          order.add({ ...rest, show: () => showOn(seen) })
        for (let at = 0; at <= 5; at++) assert.equal(seen.get(at), wanted.get(at))
        assert.equal(order.waiting(), 0)
      }),
    )
  })

  it('are not kept without end for one that never comes', () => {
    for (const pixels of [0, 1024 * 1024]) {
      const order = createOrder(0)
      const addAll = () => {
        for (let ordinal = 2; ordinal < 2000; ordinal++) order.add({ ordinal, pixels, show() {} })
      }
      assert.throws(addAll, ProtocolError)
      assert.ok(order.waiting() * pixels <= 17 * 1024 * 1024)
    }
  })
})

describe('a canvas above a video', () => {
  const side = 12
  const part = fc
    .record({ x: fc.nat(side - 1), y: fc.nat(side - 1), right: fc.nat(side - 1), down: fc.nat(side - 1) })
    .map(({ x, y, right, down }) => ({
      x,
      y,
      width: Math.min(side - x, 1 + right),
      height: Math.min(side - y, 1 + down),
    }))
  const cellsOf = ({ x, y, width, height }: { x: number; y: number; width: number; height: number }) =>
    Array.from({ length: width * height }, (_, at) => (y + Math.floor(at / width)) * side + x + (at % width))

  it('is never taken for clear where something is painted', () => {
    const steps = fc.array(fc.record({ part, paints: fc.boolean() }), { maxLength: 60 })
    fc.assert(
      fc.property(steps, part, (steps, asked) => {
        const painted = new Set<number>()
        const clearings = createClearings({ x: 0, y: 0, width: side, height: side })
        for (const { part, paints } of steps) {
          for (const cell of cellsOf(part)) paints ? painted.add(cell) : painted.delete(cell)
          paints ? clearings.forget(part) : clearings.note(part)
        }
        if (clearings.has(asked)) assert.ok(!cellsOf(asked).some(cell => painted.has(cell)))
      }),
    )
  })

  it('is cleared once where a video plays, until something is painted there', () => {
    const clearings = createClearings({ x: 0, y: 0, width: 100, height: 100 })
    const video = { x: 10, y: 10, width: 50, height: 50 }
    clearings.forget({ x: 0, y: 0, width: 100, height: 100 })
    assert.equal(clearings.has(video), false)
    clearings.note(video)
    clearings.forget({ x: 70, y: 70, width: 8, height: 8 })
    assert.equal(clearings.has(video), true)
    clearings.forget({ x: 20, y: 20, width: 8, height: 8 })
    assert.equal(clearings.has(video), false)
  })
})

describe('pixels that come deflated', () => {
  const bytes = fc.uint8Array({ maxLength: 3000 }).map(values => Uint8Array.from(values))
  const levels = fc.constantFrom(0, 1, 9)

  it('are as they were, made smaller or stored', async () => {
    const check = async (wanted: Uint8Array, level: number) => {
      const found = new Uint8Array(wanted.length)
      await inflate(new Uint8Array(deflateRawSync(wanted, { level })), found)
      assert.deepEqual(found, wanted)
    }
    await fc.assert(fc.asyncProperty(bytes, levels, check), { numRuns: 50 })
  })

  it('are refused when there are more or fewer than were announced', async () => {
    const check = async (made: Uint8Array, level: number, wanted: number) => {
      fc.pre(wanted !== made.length)
      await assert.rejects(inflate(new Uint8Array(deflateRawSync(made, { level })), new Uint8Array(wanted)))
    }
    await fc.assert(fc.asyncProperty(bytes, levels, fc.nat(3000), check), { numRuns: 50 })
  })
})

describe('the meter', () => {
  it('measures from a hand that moves to the first picture that shows it', () => {
    let time = 0
    const latency = createLatency(() => time)
    assert.equal(latency.view(), undefined)
    const first = latency.number()
    time = 3
    const second = latency.number()
    time = 10
    latency.seen(1)
    assert.equal(latency.view(), undefined, 'a picture from before the hand moved is no answer')
    latency.echo(second, 2)
    latency.seen(2)
    assert.deepEqual(latency.view(), { p50: 7, p95: 7 })
    latency.echo(first, 3)
    latency.seen(3)
    assert.deepEqual(latency.view(), { p50: 7, p95: 7 }, 'a later answer told of the first one, too')
  })

  it('measures no longer than until the picture was seen, be it told of afterwards', () => {
    let time = 0
    const latency = createLatency(() => time)
    const input = latency.number()
    time = 5
    latency.seen(8)
    time = 20
    latency.echo(input, 8)
    assert.deepEqual(latency.view(), { p50: 5, p95: 5 })
  })

  it('measures several that are under way, and those that are seen only', () => {
    let time = 0
    const latency = createLatency(() => time)
    const inputs = [1, 2, 3, 4].map(() => latency.number())
    for (const [index, input] of inputs.entries()) latency.echo(input, index)
    time = 4
    latency.seen(0)
    latency.seen(1)
    time = 6
    latency.seen(3)
    assert.deepEqual(latency.view(), { p50: 4, p95: 6 })
  })

  it('counts what there was in the last second', () => {
    let time = 0
    const rate = createRate(() => time)
    rate.count(5)
    time = 900
    rate.count(1)
    assert.equal(rate.perSecond(), 6)
    time = 1500
    assert.equal(rate.perSecond(), 1)
  })
})
