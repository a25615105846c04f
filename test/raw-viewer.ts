/** A viewer that speaks the streamer's protocol and shows nothing: it knows which pixels it has exactly. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { inflateRawSync } from 'node:zlib'
import { createOrder, type Order } from '../src/console/viewer/decoders/atelier/order.ts'
import { decodeDesktopMessage } from '../src/protocol/decode.ts'
import { encodeViewerMessage } from '../src/protocol/encode.ts'
import { createDeframer, frame, headerBytes } from '../src/protocol/frames.ts'
import { type DesktopMessage, type ViewerMessage, version } from '../src/protocol/messages.ts'
import { unpack } from '../src/protocol/pixels.ts'
import { areaOfAll } from '../src/protocol/rectangle.ts'
import type { Picture } from './painted-screen.ts'

export interface RawViewer {
  /** `frames` are those of video, and those that move what was shown before. */
  readonly seen: { bytes: number; frames: number; tiles: number; encoder: string | undefined }
  /** Called for every message after it was taken in. */
  onMessage: (message: DesktopMessage) => void
  say(message: ViewerMessage): void
  /** How many pixels are not exactly those of the picture, as seen from a place in it. */
  differences(picture: Picture, x: number, y: number): number
  close(): Promise<void>
}

/** `acknowledges`: whether it tells what it has shown. */
export const connectRawViewer = async (path: string, { acknowledges = true } = {}): Promise<RawViewer> => {
  const socket = connect(path)
  await once(socket, 'connect', { signal: AbortSignal.timeout(20_000) })
  const seen: RawViewer['seen'] = { bytes: 0, frames: 0, tiles: 0, encoder: undefined }
  let order: Order = createOrder(0)
  let [width, height] = [0, 0]
  /** Red, green, blue, alpha; what is not known exactly is 0, transparent. */
  let pixels = new Uint32Array()

  const say = (message: ViewerMessage) => socket.write(frame(encodeViewerMessage(message, headerBytes)))
  const take = (message: DesktopMessage) => {
    switch (message.kind) {
      case 'screen':
        ;({ width, height } = message)
        order = createOrder(message.after)
        pixels = new Uint32Array(width * height)
        return
      case 'encoder':
        seen.encoder = message.name
        return
      case 'video': {
        seen.frames++
        const { ordinal, changed } = message
        order.add({
          pixels: 0,
          ordinal,
          show() {
            for (const { x, y, width: across, height: down } of changed)
              for (let row = y; row < y + down; row++) pixels.fill(0, row * width + x, row * width + x + across)
          },
        })
        if (acknowledges) say({ kind: 'shown', ordinal })
        return
      }
      case 'tiles': {
        const { ordinal, moves, tiles, palette } = message
        if (moves.length > 0) seen.frames++
        else seen.tiles++
        const data = new Uint8Array(inflateRawSync(message.data))
        const shown = new Uint32Array(unpack({ palette, data }, areaOfAll(tiles)).buffer)
        order.add({
          pixels: 0,
          ordinal,
          inTurn: moves.length > 0,
          show() {
            for (const { x, y, width: across, height: down, fromX, fromY } of moves) {
              const rows = Array.from({ length: down }, (_, row) =>
                pixels.slice((fromY + row) * width + fromX, (fromY + row) * width + fromX + across),
              )
              for (const [row, moved] of rows.entries()) pixels.set(moved, (y + row) * width + x)
            }
            let at = 0
            for (const { x, y, width: across, height: down } of tiles)
              for (let row = y; row < y + down; row++, at += across)
                pixels.set(shown.subarray(at, at + across), row * width + x)
          },
        })
        if (acknowledges) say({ kind: 'shown', ordinal })
      }
    }
  }
  const viewer: RawViewer = {
    seen,
    onMessage() {},
    say,
    differences(picture, left, top) {
      if (pixels.length === 0) return Number.POSITIVE_INFINITY
      const wanted = new Uint32Array(picture.pixels.buffer, picture.pixels.byteOffset, picture.pixels.length / 4)
      let count = 0
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const pixel = wanted[(top + y) * picture.width + left + x] ?? 0
          const opaque = 0xff000000 | ((pixel & 0xff) << 16) | (pixel & 0xff00) | ((pixel >>> 16) & 0xff)
          if (pixels[y * width + x] !== opaque >>> 0) count++
        }
      return count
    },
    async close() {
      const closed = once(socket, 'close')
      socket.destroy()
      await closed
    },
  }
  const deframe = createDeframer(bytes => {
    const message = decodeDesktopMessage(bytes)
    take(message)
    viewer.onMessage(message)
  })
  socket.on('data', (chunk: Buffer) => {
    seen.bytes += chunk.length
    deframe(chunk)
  })
  socket.on('error', () => {})
  say({ kind: 'hello', version })
  return viewer
}
