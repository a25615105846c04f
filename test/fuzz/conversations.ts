/** What desktops and viewers say, and what it becomes in the hands of somebody hostile. All of it follows from a seed. */
import { deflateRawSync } from 'node:zlib'
import { cutIntoPieces, encodeCopy } from '../../src/protocol/clipboard.ts'
import { encodeDesktopMessage, encodeViewerMessage } from '../../src/protocol/encode.ts'
import { frame, headerBytes } from '../../src/protocol/frames.ts'
import { type DesktopMessage, limits, type ViewerMessage } from '../../src/protocol/messages.ts'
import { pack } from '../../src/protocol/pixels.ts'
import type { Chance } from '../simulation/virtual-time.ts'

/** One of them; there is at least one. */
const one = <Item>(chance: Chance, items: readonly Item[]): Item => items[chance.between(0, items.length - 1)] as Item

export const screen = { width: 320, height: 240 } as const

/** A desktop that begins as it should, so that what comes later is looked at. */
export const desktopSays = (chance: Chance, video: readonly Uint8Array[], length: number): DesktopMessage[] => {
  let ordinal = 0
  const bytes = (count: number) => Uint8Array.from({ length: count }, () => chance.between(0, 255))
  const rectangle = () => {
    const [x, y] = [chance.between(0, screen.width - 1), chance.between(0, screen.height - 1)]
    return { x, y, width: chance.between(1, screen.width - x), height: chance.between(1, screen.height - y) }
  }
  const tiles = (area = rectangle()): DesktopMessage => {
    const colours = chance.between(1, 300)
    const pixels = Uint32Array.from({ length: area.width * area.height }, (_, at) => at % colours)
    const { palette, data } = pack(new Uint8Array(pixels.buffer))
    const moves = chance.happens(0.3) ? [{ ...rectangle(), fromX: chance.between(0, 400), fromY: 0 }] : []
    return { kind: 'tiles', ordinal: ++ordinal, moves, tiles: [area], palette, data: deflateRawSync(data) }
  }
  const copy = () =>
    [...cutIntoPieces(encodeCopy({ text: bytes(chance.between(1, 50_000)), html: bytes(100) }))].map(
      piece => ({ kind: 'clipboard', ...piece }) as const,
    )
  const side = chance.between(1, limits.cursorSide)
  const kinds: (() => DesktopMessage | DesktopMessage[])[] = [
    () => tiles(),
    () => tiles(),
    () => ({
      kind: 'video',
      ordinal: ++ordinal,
      isKey: chance.happens(0.2),
      changed: [rectangle()],
      data: one(chance, video),
    }),
    () =>
      video.map((data, at) => ({ kind: 'video', ordinal: ++ordinal, isKey: at === 0, changed: [rectangle()], data })),
    () => ({ kind: 'echo', input: chance.between(0, 100) }),
    () => ({ kind: 'cursor', hotX: 0, hotY: 0, width: side, height: side, pixels: bytes(side * side * 4) }),
    () => ({ kind: 'encoder', name: 'libx264' }),
    () => ({ kind: 'monitors', present: [0, 1], shown: chance.between(0, 1) }),
    () => ({ kind: 'audio', at: chance.between(0, 1e6), data: bytes(chance.between(0, limits.opusBytes)) }),
    () => ({ kind: 'sound', state: chance.happens(0.5) ? 'silent' : 'absent' }),
    () => ({ kind: 'moment', at: chance.between(0, 1e6) }),
    () => ({ kind: 'screen', ...screen, after: ordinal, codec: one(chance, codecs) }),
    copy,
  ]
  return [
    { kind: 'screen', ...screen, after: 0, codec: 'avc1.42C02A' },
    tiles({ x: 0, y: 0, ...screen }),
    ...Array.from({ length }, () => one(chance, kinds)()).flat(),
  ]
}

const codecs = ['avc1.42C02A', 'avc1.42C02A', 'avc1.640033', 'av01.0.08M.08', 'nothing', '', 'vp8']

export const viewerSays = (chance: Chance, length: number): ViewerMessage[] => {
  const u16 = () => chance.between(0, 0xffff)
  const kinds: (() => ViewerMessage | ViewerMessage[])[] = [
    () => ({ kind: 'shown', ordinal: chance.between(0, 100) }),
    () => ({ kind: 'refresh' }),
    () => ({ kind: 'monitor', monitor: chance.between(0, limits.monitors - 1) }),
    () => ({ kind: 'key', input: u16(), isDown: chance.happens(0.5), keysym: u16() }),
    () => ({ kind: 'pointer', input: u16(), x: u16(), y: u16(), buttons: u16() }),
    () => ({ kind: 'size', width: chance.between(1, 4000), height: chance.between(1, 4000) }),
    () => ({ kind: 'voice', data: new Uint8Array(chance.between(0, limits.opusBytes)) }),
    () =>
      [...cutIntoPieces(encodeCopy({ text: new Uint8Array(chance.between(1, 50_000)) }))].map(
        piece => ({ kind: 'clipboard', ...piece }) as const,
      ),
  ]
  return [{ kind: 'hello', version: 1 }, ...Array.from({ length }, () => one(chance, kinds)()).flat()]
}

const extremes = [0, 1, 0x7f, 0x80, 0xff]

/** One message, spoiled: its bits, its length, or its numbers. */
const spoil = (chance: Chance, message: Uint8Array): Uint8Array => {
  const bytes = Uint8Array.from(message)
  // Where the numbers are, most of the time.
  const place = () => chance.between(0, Math.min(bytes.length - 1, chance.happens(0.7) ? 16 : bytes.length - 1))
  switch (chance.between(0, 4)) {
    case 0:
      for (let times = chance.between(1, 8); times > 0; times--) bytes[place()] = chance.between(0, 255)
      return bytes
    case 1:
      return bytes.subarray(0, chance.between(1, bytes.length))
    case 2:
      return Uint8Array.from([...bytes, ...new Uint8Array(chance.between(1, 64))])
    case 3: {
      const at = place()
      const value = one(chance, extremes)
      return bytes.fill(value, at, at + chance.between(1, 4))
    }
    default:
      return Uint8Array.from({ length: chance.between(1, 64) }, () => chance.between(0, 255))
  }
}

/** The messages in another order, some twice or often, some missing, some spoiled. `share`: how many are touched. */
export const mutate = (chance: Chance, messages: readonly Uint8Array[], share: number): Uint8Array[] =>
  messages.flatMap(message => {
    if (!chance.happens(share)) return [message]
    const kind = chance.between(0, 9)
    if (kind === 0) return []
    if (kind === 1) return Array.from({ length: chance.between(2, 50) }, () => message)
    if (kind === 2) return [one(chance, messages), message]
    return [spoil(chance, message)]
  })

export const desktopBytes = (messages: readonly DesktopMessage[]) =>
  messages.map(message => encodeDesktopMessage(message))
export const viewerBytes = (messages: readonly ViewerMessage[]) => messages.map(message => encodeViewerMessage(message))

/** As a stream, now and then with a length that is none. */
export const framed = (chance: Chance, messages: readonly Uint8Array[], lies: number): Buffer =>
  Buffer.concat(
    messages.map(message => {
      const whole = Buffer.alloc(headerBytes + message.length)
      whole.set(message, headerBytes)
      frame(whole)
      if (chance.happens(lies))
        whole.writeUInt32LE(one(chance, [0, 1, message.length + 1, limits.messageBytes, 0xffffffff]))
      return whole
    }),
  )
