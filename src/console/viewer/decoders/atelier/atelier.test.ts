import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
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
  /** Every place shows the newest picture that has it. */
  it('leave the newest one to be seen, and nothing is kept for long', () => {
    const places = fc.uniqueArray(fc.nat({ max: 5 }), { minLength: 1, maxLength: 4 })
    const pictures = fc.array(fc.record({ places, weight: fc.double({ noNaN: true }) }), { maxLength: 20 })
    fc.assert(
      fc.property(pictures, fc.nat({ max: 1000 }), (pictures, after) => {
        const seen = new Map<number, number>()
        const order = createOrder(after)
        const arriving = pictures
          .map(({ places, weight }, index) => ({ ordinal: after + 1 + index, places, weight }))
          .toSorted((a, b) => a.weight - b.weight)
        for (const { ordinal, places } of arriving)
          order.add({
            ordinal,
            show() {
              for (const place of places) seen.set(place, ordinal)
            },
          })
        for (const [index, { places }] of pictures.entries())
          for (const place of places) {
            const newer = pictures.slice(index + 1).some(picture => picture.places.includes(place))
            if (!newer) assert.equal(seen.get(place), after + 1 + index)
          }
        assert.equal(order.waiting(), 0)
      }),
    )
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
    latency.seen()
    assert.equal(latency.view(), undefined, 'a picture from before the hand moved is no answer')
    latency.echo(second)
    latency.seen()
    assert.deepEqual(latency.view(), { p50: 7, p95: 7 })
    latency.echo(first)
    latency.seen()
    assert.deepEqual(latency.view(), { p50: 7, p95: 7 }, 'a later answer told of the first one, too')
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
