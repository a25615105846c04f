/**
 * The picture of a desktop: video below, exact tiles above it, where the video is not newer. The canvas of the tiles
 * is what the pointer is over, and at rest it holds every pixel of the screen.
 */
import { ProtocolError } from '../../../../protocol/bytes.ts'
import type { DesktopMessage } from '../../../../protocol/messages.ts'
import { packedBytes, unpack } from '../../../../protocol/pixels.ts'
import { areaOf, areaOfAll, type Rectangle } from '../../../../protocol/rectangle.ts'
import { type Clearings, createClearings } from './clearings.ts'
import { inflate } from './inflate.ts'
import { createMemory, mostPixels } from './memory.ts'
import { createMover } from './mover.ts'
import { createOrder, type Order, type Ordered } from './order.ts'
import { createVideoPlane, type VideoPlane } from './video-plane.ts'

type Message<Kind extends DesktopMessage['kind']> = Extract<DesktopMessage, { kind: Kind }>

export interface PictureEvents {
  /** The message of this ordinal is dealt with, and another one may follow. */
  shown(ordinal: number): void
  /** A picture is seen now, or will be in a moment if nobody awaits it. */
  seen(ordinal: number): void
  /** Whether it matters when exactly it is seen. */
  isAwaited(ordinal: number): boolean
  /** The video cannot be followed any further: a complete picture is needed. */
  lost(): void
  /** What comes makes no picture, or more than a picture: there is no use in going on. */
  failed(): void
  resized(): void
}

/** Under way in this browser, in frames and in pixels: a streamer waits for what is shown long before that. */
const most = { frames: 256, inflating: 16 * 1024 * 1024 } as const
/** What a message counts beside its pixels, as many. */
const messagePixels = 4096

/** As the encoder writes them (`src/streamer/video.ts`). */
const colorSpace: VideoColorSpaceInit = {
  primaries: 'bt709',
  transfer: 'iec61966-2-1',
  matrix: 'smpte170m',
  fullRange: false,
}

export const createPicture = (on: PictureEvents) => {
  const stage = document.createElement('div')
  const canvas = document.createElement('canvas')
  Object.assign(stage.style, { position: 'relative', overflow: 'hidden' })
  Object.assign(canvas.style, { position: 'absolute', left: '0', top: '0' })
  stage.append(canvas)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('this browser paints no pictures')

  let order: Order = createOrder(0)
  const put = (picture: Ordered) => {
    try {
      order.add(picture)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      on.failed()
    }
  }
  const memory = createMemory()
  /** For the pixels of a message that is being shown. */
  const shared = new Uint32Array(mostPixels)
  /** Of the tiles that are being inflated, and which nobody waits for. */
  let inflating = 0
  let clearings: Clearings = createClearings({ x: 0, y: 0, width: canvas.width, height: canvas.height })
  let mover = createMover(0, 0)
  let plane: VideoPlane | undefined
  let decoder: VideoDecoder | undefined
  let needsKey = true
  /** Of the frames in the decoder, which gives them back in order. */
  let decoding: Message<'video'>[] = []
  /** Counts sizes, so that what was begun for the last one is dropped. */
  let generation = 0

  const screen = ({ width, height, after, codec }: Message<'screen'>) => {
    generation++
    close()
    order = createOrder(after)
    canvas.width = width
    canvas.height = height
    clearings = createClearings({ x: 0, y: 0, width, height })
    mover = createMover(width, height)
    stage.style.width = `${width}px`
    stage.style.height = `${height}px`
    plane = createVideoPlane(width + (width % 2), height + (height % 2))
    Object.assign(plane.element.style, { position: 'absolute', left: '0', top: '0' })
    stage.prepend(plane.element)
    decoder = createDecoder(codec)
    on.resized()
  }

  const createDecoder = (codec: string): VideoDecoder => {
    const current = generation
    needsKey = true
    decoding = []
    let hasDecoded = false
    const decoder = new VideoDecoder({
      output(frame) {
        hasDecoded = true
        if (current === generation) present(frame)
        else frame.close()
      },
      error() {
        if (current !== generation) return
        // One that has decoded nothing would not do better the next time.
        if (hasDecoded) restartDecoder(codec)
        else on.failed()
      },
    })
    decoder.configure({ codec, optimizeForLatency: true, colorSpace } as VideoDecoderConfig)
    return decoder
  }
  const restartDecoder = (codec: string) => {
    // What was in the decoder is never shown, but must not be waited for.
    for (const { ordinal } of decoding) {
      put({ ordinal, pixels: 0, show() {} })
      on.shown(ordinal)
    }
    decoder = createDecoder(codec)
    on.lost()
  }

  const video = (message: Message<'video'>) => {
    if (!decoder || (needsKey && !message.isKey)) {
      put({ ordinal: message.ordinal, pixels: 0, show() {} })
      return on.shown(message.ordinal)
    }
    if (decoding.length >= most.frames) throw new ProtocolError('more video than is decoded')
    needsKey = false
    decoding.push(message)
    decoder.decode(
      new EncodedVideoChunk({
        type: message.isKey ? 'key' : 'delta',
        timestamp: performance.now() * 1000,
        data: message.data as Uint8Array<ArrayBuffer>,
      }),
    )
  }

  /** The video is newer there. */
  const uncover = (part: Rectangle) => {
    if (clearings.has(part)) return
    context.clearRect(part.x, part.y, part.width, part.height)
    clearings.note(part)
  }

  const present = (frame: VideoFrame) => {
    const message = decoding.shift()
    if (!message || !plane) return frame.close()
    const current = generation
    const { ordinal, changed } = message
    on.shown(ordinal)
    const presented = () => {
      if (current !== generation) return
      put({
        ordinal,
        pixels: 0,
        show() {
          for (const part of changed) uncover(part)
        },
      })
      on.seen(ordinal)
    }
    // What covers it stays until it is there. Where nothing does, as in most frames of a video, nobody has to know when it is.
    const isCovered = changed.some(part => !clearings.has(part))
    if (isCovered || on.isAwaited(ordinal)) return plane.show(frame, presented)
    plane.show(frame)
    presented()
  }

  const tiles = async ({ ordinal, moves, tiles, palette, data }: Message<'tiles'>) => {
    const current = generation
    const area = areaOfAll(tiles)
    const inTurn = moves.length > 0
    if (inTurn) order.expect(ordinal)
    const counted = area + messagePixels
    inflating += counted
    if (inflating > most.inflating) throw new ProtocolError('more tiles than are inflated')
    const packed = memory.take(packedBytes(area, palette.length / 3))
    await inflate(data as Uint8Array<ArrayBuffer>, packed)
    inflating -= counted
    if (current !== generation) return memory.giveBack(packed)
    const tell = () => {
      on.shown(ordinal)
      on.seen(ordinal)
    }
    put({
      ordinal,
      pixels: area,
      inTurn,
      show() {
        for (const { fromX, fromY, ...to } of moves) {
          clearings.forget(to)
          mover.move(context, fromX, fromY, to)
        }
        const into = area > shared.length ? new Uint32Array(area) : shared
        let pixels = unpack({ palette, data: packed }, area, into)
        for (const tile of tiles) {
          const bytes = areaOf(tile) * 4
          clearings.forget(tile)
          context.putImageData(new ImageData(pixels.subarray(0, bytes), tile.width, tile.height), tile.x, tile.y)
          pixels = pixels.subarray(bytes)
        }
        if (inTurn) tell()
      },
    })
    // It may be shown again as long as an earlier one is missing.
    if (order.waiting() === 0) memory.giveBack(packed)
    if (!inTurn) tell()
  }

  const close = () => {
    if (decoder && decoder.state !== 'closed') decoder.close()
    decoder = undefined
    plane?.close()
    plane = undefined
  }

  return {
    stage,
    canvas,
    screen,
    video,
    tiles,
    /** A copy of what is seen now. */
    copy(): HTMLCanvasElement {
      const copy = document.createElement('canvas')
      copy.width = canvas.width
      copy.height = canvas.height
      const to = copy.getContext('2d')
      if (plane) to?.drawImage(plane.source, 0, 0)
      to?.drawImage(canvas, 0, 0)
      return copy
    },
    close() {
      generation++
      close()
      stage.remove()
    },
  }
}
