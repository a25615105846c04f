import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ProtocolError } from './bytes.ts'
import { decodeDesktopMessage, decodeViewerMessage } from './decode.ts'
import { encodeDesktopMessage, encodeViewerMessage } from './encode.ts'
import { createDeframer, frame, headerBytes } from './frames.ts'
import { type DesktopMessage, limits, mostTilt, numbers, type ViewerMessage } from './messages.ts'
import { mostColours, pack, packedBytes, unpack } from './pixels.ts'
import { mayHear, mayTell } from './rights.ts'

/** Plain objects, as decoding makes them. */
const record = <Shape>(model: { [Key in keyof Shape]: fc.Arbitrary<Shape[Key]> }) =>
  fc.record(model, { noNullPrototype: true })
const u8 = fc.integer({ min: 0, max: 0xff })
const u16 = fc.integer({ min: 0, max: 0xffff })
const tilt = fc.integer({ min: -mostTilt, max: mostTilt })
const i16 = fc.integer({ min: -0x8000, max: 0x7fff })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const data = fc.uint8Array({ maxLength: 2000 })
const opus = fc.uint8Array({ maxLength: limits.opusBytes })
const size = { width: fc.integer({ min: 1, max: 4096 }), height: fc.integer({ min: 1, max: 4096 }) }
const rectangle = record({
  x: fc.integer({ min: 0, max: 4000 }),
  y: fc.integer({ min: 0, max: 4000 }),
  width: fc.integer({ min: 1, max: 500 }),
  height: fc.integer({ min: 1, max: 500 }),
})
const few = fc.array(rectangle, { maxLength: 4 })
const move = fc.tuple(rectangle, rectangle).map(([to, { x, y }]) => ({ ...to, fromX: x, fromY: y }))
const palette = fc
  .array(fc.tuple(u8, u8, u8), { maxLength: mostColours })
  .map(colours => Uint8Array.from(colours.flat()))
const is = <Kind extends string>(kind: Kind) => fc.constant(kind)

const desktopMessage: fc.Arbitrary<DesktopMessage> = fc.oneof(
  record({ kind: is('screen'), ...size, after: u32, codec: fc.constantFrom('avc1.42C02A', 'vp09.00.41.08', '') }),
  record({ kind: is('video'), ordinal: u32, isKey: fc.boolean(), changed: few, data }),
  record({ kind: is('tiles'), ordinal: u32, moves: fc.array(move, { maxLength: 3 }), tiles: few, palette, data }),
  record({ kind: is('echo'), input: u32 }),
  record({
    kind: is('cursor'),
    ...{ hotX: fc.constant(1), hotY: fc.constant(2), width: fc.constant(4), height: fc.constant(5) },
    pixels: fc.uint8Array({ minLength: 80, maxLength: 80 }),
  }),
  record({ kind: is('encoder'), name: fc.constantFrom('libx264', 'h264_nvenc') }),
  record({ kind: is('monitors'), present: fc.constantFrom([0], [0, 2], [0, 1, 2, 3]), shown: fc.constant(0) }),
  record({ kind: is('clipboard'), isFirst: fc.boolean(), left: u32, data }),
  record({ kind: is('audio'), at: u32, data: opus }),
  record({ kind: is('sound'), state: fc.constantFrom('absent', 'silent') }),
  record({ kind: is('moment'), at: u32 }),
)

const viewerMessage: fc.Arbitrary<ViewerMessage> = fc.oneof(
  record({ kind: is('hello'), version: u8 }),
  record({ kind: is('monitor'), monitor: fc.nat({ max: limits.monitors - 1 }) }),
  record({ kind: is('shown'), ordinal: u32 }),
  record({ kind: is('refresh') }),
  record({ kind: is('release') }),
  record({ kind: is('taken') }),
  record({
    ...{ kind: is('pen'), input: u32, tool: fc.constantFrom('pen', 'eraser'), isNear: fc.boolean(), buttons: u16 },
    samples: fc.array(record({ x: u16, y: u16, pressure: u16, tiltX: tilt, tiltY: tilt }), {
      maxLength: limits.penSamples,
    }),
  }),
  record({
    ...{ kind: is('touch'), input: u32, finger: fc.nat({ max: limits.fingers - 1 }) },
    ...{ phase: fc.constantFrom('begin', 'move', 'end'), x: u16, y: u16 },
  }),
  record({ kind: is('relative'), input: u32, right: i16, down: i16, buttons: u16 }),
  record({ kind: is('key'), input: u32, isDown: fc.boolean(), keysym: u32 }),
  record({ kind: is('pointer'), input: u32, x: i16, y: i16, buttons: u16 }),
  record({ kind: is('wheel'), input: u32, right: i16, down: i16 }),
  record({ kind: is('size'), ...size }),
  record({ kind: is('clipboard'), isFirst: fc.boolean(), left: u32, data }),
  record({ kind: is('listen'), isOn: fc.boolean() }),
  record({ kind: is('heard'), at: u32 }),
  record({ kind: is('voice'), data: opus }),
)

/** Either a value or a refusal, and nothing else, whatever comes. */
const decodesOrRefuses = (decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array) => {
  try {
    decode(bytes)
  } catch (error) {
    assert.ok(error instanceof ProtocolError, `refused with ${error}`)
  }
}

describe('a message', () => {
  it('of a desktop arrives as it was sent', () => {
    fc.assert(
      fc.property(desktopMessage, sent => assert.deepEqual(decodeDesktopMessage(encodeDesktopMessage(sent)), sent)),
    )
  })

  it('of a viewer arrives as it was sent', () => {
    fc.assert(
      fc.property(viewerMessage, sent => assert.deepEqual(decodeViewerMessage(encodeViewerMessage(sent)), sent)),
    )
  })

  it('that is none is refused with a sentence, whatever its bytes are', () => {
    const anything = fc.uint8Array({ maxLength: 300 })
    fc.assert(
      fc.property(anything, bytes => decodesOrRefuses(decodeDesktopMessage, bytes)),
      { numRuns: 2000 },
    )
    fc.assert(
      fc.property(anything, bytes => decodesOrRefuses(decodeViewerMessage, bytes)),
      { numRuns: 2000 },
    )
  })

  it('that is cut off or has grown is refused, or is another message', () => {
    fc.assert(
      fc.property(desktopMessage, fc.nat(), fc.uint8Array({ maxLength: 20 }), (message, cut, more) => {
        const bytes = encodeDesktopMessage(message)
        decodesOrRefuses(decodeDesktopMessage, bytes.subarray(0, cut % bytes.length))
        decodesOrRefuses(decodeDesktopMessage, new Uint8Array([...bytes, ...more]))
      }),
    )
  })

  it('beyond a limit is refused', () => {
    const refused = (message: DesktopMessage) =>
      assert.throws(() => decodeDesktopMessage(encodeDesktopMessage(message)), ProtocolError)
    const none = new Uint8Array()
    refused({ kind: 'screen', width: limits.side + 1, height: 1, after: 0, codec: '' })
    refused({ kind: 'screen', width: limits.side, height: limits.side, after: 0, codec: '' })
    refused({ kind: 'screen', width: 1, height: 1, after: 0, codec: 'avc1"' })
    refused({
      kind: 'tiles',
      ordinal: 1,
      moves: [],
      tiles: [{ x: 0, y: 0, width: 2000, height: 2000 }],
      palette: none,
      data: none,
    })
    refused({
      kind: 'tiles',
      ordinal: 1,
      moves: [],
      tiles: [{ x: 0, y: 0, width: 0, height: 1 }],
      palette: none,
      data: none,
    })
    refused({ kind: 'cursor', hotX: 0, hotY: 0, width: 129, height: 1, pixels: new Uint8Array(129 * 4) })
    for (const name of ['', 'é', 'two\nlines', 'x'.repeat(limits.encoderLetters + 1)])
      refused({ kind: 'encoder', name })
    refused({ kind: 'monitors', present: [0], shown: 1 })
    refused({ kind: 'monitors', present: [0, limits.monitors], shown: 0 })
    refused({ kind: 'clipboard', isFirst: true, left: 0, data: new Uint8Array(limits.pieceBytes + 1) })
    refused({ kind: 'audio', at: 0, data: new Uint8Array(limits.opusBytes + 1) })
    const monitor = encodeViewerMessage({ kind: 'monitor', monitor: limits.monitors })
    assert.throws(() => decodeViewerMessage(monitor), ProtocolError)
  })
})

describe('a stream of bytes', () => {
  it('gives back the messages, however it is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(viewerMessage, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), (messages, piece) => {
        const stream = new Uint8Array(
          Buffer.concat(messages.map(message => frame(encodeViewerMessage(message, headerBytes)))),
        )
        const received: ViewerMessage[] = []
        const push = createDeframer(message => received.push(decodeViewerMessage(message)))
        for (let at = 0; at < stream.length; at += piece) push(stream.subarray(at, at + piece))
        assert.deepEqual(received, messages)
      }),
    )
  })

  it('with a length out of bounds is refused before anything is kept for it', () => {
    for (const length of [0, limits.messageBytes + 1, 0xffffffff]) {
      const header = Buffer.alloc(headerBytes)
      header.writeUInt32LE(length)
      assert.throws(() => createDeframer(() => {})(header), ProtocolError)
    }
  })
})

describe('pixels', () => {
  it('arrive exactly as they are on the screen', () => {
    const pixel = fc.oneof(u32, fc.constantFrom(0, 0xffffff, 0x00ff00))
    const few = fc.uniqueArray(u32, { minLength: 1, maxLength: 20 }).chain(some => fc.array(fc.constantFrom(...some)))
    const many = fc.array(u32, { minLength: 250, maxLength: 300 })
    fc.assert(
      fc.property(fc.oneof(fc.array(pixel, { maxLength: 200 }), few, many), pixels => {
        const packed = pack(new Uint8Array(Uint32Array.from(pixels).buffer))
        const { repeats } = packed
        assert.equal(packed.data.length, packedBytes(pixels.length, packed.palette.length / 3))
        const shown = new DataView(unpack(packed, pixels.length).buffer)
        for (const [index, pixel] of pixels.entries()) {
          const [blue, green, red] = [pixel & 0xff, (pixel >>> 8) & 0xff, (pixel >>> 16) & 0xff]
          assert.equal(shown.getUint32(index * 4), ((red << 24) | (green << 16) | (blue << 8) | 0xff) >>> 0)
        }
        const colours = pixels.map(pixel => pixel & 0xffffff)
        assert.equal(repeats, colours.filter((colour, index) => index > 0 && colour === colours[index - 1]).length)
      }),
    )
  })
})

describe('the rights of a viewer', () => {
  const { desktop, viewer } = numbers
  it('let one that may only look do nothing', () => {
    const rights = { input: false, clipboard: true }
    for (const kind of [
      'key',
      'pointer',
      'pen',
      'touch',
      'relative',
      'wheel',
      'release',
      'size',
      'clipboard',
      'voice',
    ] as const)
      assert.equal(mayTell(viewer[kind], rights), false, kind)
    for (const kind of ['hello', 'monitor', 'shown', 'refresh', 'listen', 'heard'] as const)
      assert.equal(mayTell(viewer[kind], rights), true, kind)
    assert.equal(mayHear(desktop.audio, rights), true)
  })

  it('keep the clipboard off in both directions', () => {
    const rights = { input: true, clipboard: false }
    for (const kind of ['clipboard', 'taken'] as const) assert.equal(mayTell(viewer[kind], rights), false, kind)
    assert.equal(mayHear(desktop.clipboard, rights), false)
    assert.equal(mayTell(viewer.key, rights), true)
    assert.equal(mayHear(desktop.video, rights), true)
  })

  it('allow nothing that is not known', () => {
    const known: number[] = Object.values(viewer)
    const heard: number[] = Object.values(desktop)
    for (let number = 0; number < 256; number++) {
      assert.equal(mayTell(number, { input: true, clipboard: true }), known.includes(number))
      assert.equal(mayHear(number, { input: true, clipboard: true }), heard.includes(number))
    }
    assert.equal(mayTell(undefined, { input: true, clipboard: true }), false)
  })
})
