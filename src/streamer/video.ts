/**
 * The whole screen as one H.264 stream without an end: the first frame stands for itself, and each one after it says
 * what is different. A key frame is made only when somebody has joined or lost his way.
 */
import { availableParallelism } from 'node:os'
import { av, type Packet, setOption } from './av.ts'

export interface VideoEncoder {
  /** As FFmpeg calls it. */
  readonly name: string
  /** As in WebCodecs' codec strings. */
  readonly codec: string
  /** Takes over rows that have changed. `pixels` holds the whole screen. */
  update(pixels: Buffer, y: number, height: number): Promise<void>
  /** Frames take no more than so many bytes each in the long run, at the price of their quality. */
  limit(bytesPerFrame: number): void
  encode(wantsKey: boolean): Promise<{ data: Buffer; isKey: boolean }>
  close(): void
}

/** Rows are taken over in multiples of this: a macroblock, and even for the halved colours. */
export const rowStep = 64

const bytesPerPixel = 4
/** Quality of what moves, where the link carries it; measured 40 dB (PSNR) on moving pictures. What rests becomes exact anyway. */
const quality = '20'
const name = 'libx264'
/** Worse than that is not worth seeing: fewer frames are better. */
const worst = 44
/** As if there were no limit, bytes a frame. An encoder that has begun without one takes none later. */
const noLimit = 500_000
/** One frame may take as much as so many, when nothing came before it. */
const framesAhead = 4
const framesPerSecond = 60
const intraPicture = 1
const bt601 = 6
const limitedRange = 1
/** The fastest; the colours of a moving picture are at half the size anyway. */
const point = 16

export const createVideoEncoder = (width: number, height: number): VideoEncoder => {
  const [bgr0, yuv420p] = [av.avGetPixFmtFromName('bgr0'), av.avGetPixFmtFromName('yuv420p')]
  // Colours are at half the size, so sides are even; the viewer does not show the row and column too much.
  const [evenWidth, evenHeight] = [width + (width % 2), height + (height % 2)]
  const context = new av.CodecContext()
  const encoder = av.Codec.findEncoderByName(name)
  context.allocContext3(encoder)
  context.width = evenWidth
  context.height = evenHeight
  context.pixelFormat = yuv420p
  context.timeBase = { num: 1, den: 1000 }
  context.framerate = { num: framesPerSecond, den: 1 }
  context.gopSize = 1_000_000
  context.maxBFrames = 0
  context.colorSpace = bt601
  context.colorRange = limitedRange
  // Slices in parallel cost no delay, other than frames in parallel. More than four make the picture worse.
  const threads = Math.min(4, Math.ceil(availableParallelism() / 2))
  context.threadCount = threads
  context.qMax = worst
  const level = levelOf(evenWidth, evenHeight)
  let limited = 0
  const limit = (bytesPerFrame: number) => {
    const wanted = Math.min(bytesPerFrame, noLimit)
    if (Math.abs(wanted - limited) < limited / 16) return
    limited = wanted
    // The encoder counts in frames at their full rate, whenever they come.
    context.rcMaxRate = BigInt(Math.round(wanted * 8 * framesPerSecond))
    context.rcBufferSize = Math.round(wanted * 8 * framesAhead)
  }
  limit(noLimit)
  const settings = {
    ...{ preset: 'ultrafast', tune: 'zerolatency', crf: quality, 'forced-idr': '1', level: String(level) },
    'x264-params': `threads=${threads}:sliced-threads=1:keyint=infinite`,
  }
  for (const [name, value] of Object.entries(settings)) setOption(context, name, value)
  const opened = context.open2Sync(encoder, null)
  if (opened < 0) throw new Error(`the video encoder cannot be opened for ${width}x${height}: ${opened}`)

  const frame = new av.Frame()
  frame.alloc()
  frame.width = evenWidth
  frame.height = evenHeight
  frame.format = yuv420p
  frame.getBuffer(0)
  // The second and third plane are colours, a row of them for two of the picture.
  const planes = frame.data.map((bytes, index) => ({
    bytes,
    stride: frame.linesize[index] ?? 0,
    rowsPerRow: index === 0 ? 1 : 2,
  }))
  // Black, so that the row and column too much are not another colour at the edge.
  planes.forEach(({ bytes }, index) => {
    bytes.fill(index === 0 ? 16 : 128)
  })
  const packet: Packet = new av.Packet()
  packet.alloc()

  const converters = new Map<number, InstanceType<typeof av.SoftwareScaleContext>>()
  const converterFor = (rows: number) => {
    const known = converters.get(rows)
    if (known) return known
    const converter = new av.SoftwareScaleContext()
    converter.getContext(width, rows, bgr0, width, rows, yuv420p, point)
    converters.set(rows, converter)
    return converter
  }

  let time = 0n
  return {
    name,
    codec: `avc1.42C0${level.toString(16).toUpperCase()}`,
    async update(pixels, y, rows) {
      await converterFor(rows).scale(
        [pixels.subarray(y * width * bytesPerPixel, (y + rows) * width * bytesPerPixel)],
        [width * bytesPerPixel],
        0,
        rows,
        planes.map(({ bytes, stride, rowsPerRow }) => bytes.subarray((y / rowsPerRow) * stride)),
        planes.map(({ stride }) => stride),
      )
    },
    limit,
    async encode(wantsKey) {
      const now = BigInt(Math.round(performance.now()))
      time = now > time ? now : time + 1n
      frame.pts = time
      frame.pictType = wantsKey ? intraPicture : 0
      const sent = await context.sendFrame(frame)
      if (sent < 0) throw new Error(`the video encoder takes no frame: ${sent}`)
      const received = await context.receivePacket(packet)
      if (received < 0) throw new Error(`the video encoder gives no frame: ${received}`)
      const encoded = { data: Buffer.from(packet.data), isKey: packet.isKeyframe }
      packet.unref()
      return encoded
    },
    close() {
      for (const converter of converters.values()) converter.freeContext()
      packet.free()
      frame.free()
      context.freeContext()
    },
  }
}

/** H.264 level that holds 60 frames of this size a second, times ten (Rec. ITU-T H.264, table A-1). */
const levelOf = (width: number, height: number): number => {
  const blocks = Math.ceil(width / 16) * Math.ceil(height / 16)
  return blocks <= 8704 ? 42 : blocks <= 36_864 ? 52 : 62
}
