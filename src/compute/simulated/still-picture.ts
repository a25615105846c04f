import { Duplex } from 'node:stream'

const width = 640
const height = 480
const greeting = 'RFB 003.008\n'
const name = 'Simulated workstation'

/** What the client says next: how long it is, and what to answer. `need` is asked again when more has come. */
interface Expectation {
  need(received: Buffer): number
  take(message: Buffer): { reply?: Buffer; next: Expectation }
}

/**
 * A desktop without a computer: an RFB 3.8 server in memory that shows one calm picture, so that a viewer has
 * something real to talk to. Pointer, keys and clipboard are read and forgotten.
 */
export const stillPicture = (): Duplex => {
  let received: Buffer = Buffer.alloc(0)
  let expected: Expectation = version
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      received = Buffer.concat([received, chunk])
      try {
        for (let need = expected.need(received); received.length >= need; need = expected.need(received)) {
          const { reply, next } = expected.take(received.subarray(0, need))
          received = received.subarray(need)
          expected = next
          if (reply) stream.push(reply)
        }
        done()
      } catch (error) {
        done(error as Error)
      }
    },
    final(done) {
      stream.push(null)
      done()
    },
  })
  stream.push(greeting)
  return stream
}

const exactly = (length: number, take: Expectation['take']): Expectation => ({ need: () => length, take })

const version = exactly(greeting.length, () => ({ reply: Buffer.from([1, 1]), next: security }))
const security = exactly(1, () => ({ reply: Buffer.alloc(4), next: sharing }))
const sharing = exactly(1, () => ({ reply: serverInit(), next: message({ width: 4, red: 16, green: 8, blue: 0 }) }))

/** Where a pixel has its colours, as the client wishes: bytes of a pixel, and the shift of each colour. */
interface PixelLayout {
  width: number
  red: number
  green: number
  blue: number
}

const lengths: Record<number, (received: Buffer) => number> = {
  0: () => 20,
  2: received => (received.length < 4 ? 4 : 4 + 4 * received.readUInt16BE(2)),
  3: () => 10,
  4: () => 8,
  5: () => 6,
  6: received => (received.length < 8 ? 8 : 8 + Math.abs(received.readInt32BE(4))),
}

const message = (layout: PixelLayout): Expectation => ({
  need(received) {
    if (received.length === 0) return 1
    const length = lengths[received.readUInt8(0)]?.(received)
    if (length === undefined || length > 2 ** 20) throw new Error('a message that this desktop does not know')
    return length
  },
  take(bytes) {
    if (bytes[0] === 0) return { next: message(layoutOf(bytes.subarray(4))) }
    // Nothing ever changes, so only a request for everything is answered.
    if (bytes[0] === 3 && bytes[1] === 0) return { reply: picture(layout), next: message(layout) }
    return { next: message(layout) }
  },
})

const layoutOf = (format: Buffer): PixelLayout => {
  const layout = {
    width: format.readUInt8(0) / 8,
    red: format.readUInt8(10),
    green: format.readUInt8(11),
    blue: format.readUInt8(12),
  }
  const isKnown =
    layout.width === 4 && format.readUInt8(2) === 0 && Math.max(layout.red, layout.green, layout.blue) <= 24
  if (!isKnown) throw new Error('this desktop speaks only little-endian pixels of 32 bits')
  return layout
}

const serverInit = (): Buffer => {
  const init = Buffer.alloc(24)
  init.writeUInt16BE(width, 0)
  init.writeUInt16BE(height, 2)
  init.set([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0], 4)
  init.writeUInt32BE(name.length, 20)
  return Buffer.concat([init, Buffer.from(name)])
}

/** One rectangle of raw pixels: dusk, from a dark blue above to a warm edge below. */
const picture = ({ red, green, blue }: PixelLayout): Buffer => {
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, width >> 8, width & 255, height >> 8, height & 255, 0, 0, 0, 0])
  const pixels = Buffer.alloc(width * height * 4)
  for (let y = 0; y < height; y++) {
    const down = y / height
    const line = ((28 + 150 * down ** 2) << red) | ((44 + 86 * down) << green) | ((72 + 40 * down) << blue)
    for (let x = 0; x < width; x++) pixels.writeUInt32LE(line >>> 0, 4 * (y * width + x))
  }
  return Buffer.concat([header, pixels])
}
