/**
 * The whole screen as one H.264 stream without an end: the first frame stands for itself, and each one after it says
 * what is different. A key frame is made only when somebody has joined or lost his way.
 */
import { availableParallelism } from 'node:os'
import { av, type Frame, type Packet, setOption } from './av.ts'
import { createConverter } from './colours.ts'
import type { Encoder } from './encoders.ts'

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

const cores = availableParallelism()
/** Rows are taken over in multiples of this: a macroblock, and even for the halved colours. */
export const rowStep = 64
export const rowFrom = (y: number) => Math.floor(y / rowStep) * rowStep

/** Quality of what moves, where the link carries it; measured 40.5 dB (PSNR) on moving pictures. What rests becomes exact anyway. */
const quality = '20.7'
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

/** Throws where this encoder is not to be had, or takes no picture of this size. */
export const createVideoEncoder = ({ name, device }: Encoder, width: number, height: number): VideoEncoder => {
  const layout = device ? 'nv12' : 'yuv420p'
  const format = av.avGetPixFmtFromName(layout)
  // Colours are at half the size, so sides are even; the viewer does not show the row and column too much.
  const [evenWidth, evenHeight] = [width + (width % 2), height + (height % 2)]
  const context = new av.CodecContext()
  const encoder = av.Codec.findEncoderByName(name)
  context.allocContext3(encoder)
  context.width = evenWidth
  context.height = evenHeight
  const upload = device === undefined ? undefined : createUpload(device, format, evenWidth, evenHeight)
  context.pixelFormat = upload ? upload.format : format
  if (upload) context.hwFramesCtx = upload.frames
  context.timeBase = { num: 1, den: 1000 }
  context.framerate = { num: framesPerSecond, den: 1 }
  context.gopSize = 1_000_000
  context.maxBFrames = 0
  context.colorSpace = bt601
  context.colorRange = limitedRange
  // Slices in parallel cost no delay, other than frames in parallel. More than four make the picture worse.
  const threads = Math.min(4, cores, Math.max(2, Math.ceil(cores / 2)))
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
  for (const [option, value] of Object.entries(settingsOf(threads, level)[name])) setOption(context, option, value)
  const opened = context.open2Sync(encoder, null)
  if (opened < 0) throw new Error(`the video encoder cannot be opened for ${width}x${height}: ${opened}`)

  const frame = new av.Frame()
  frame.alloc()
  frame.width = evenWidth
  frame.height = evenHeight
  frame.format = format
  frame.getBuffer(0)
  const planes = frame.data.map((bytes, index) => ({ bytes, stride: frame.linesize[index] ?? 0 }))
  // Black, so that the row and column too much are not another colour at the edge.
  planes.forEach(({ bytes }, index) => {
    bytes.fill(index === 0 ? 16 : 128)
  })
  const converter = createConverter(layout, planes, width)
  const packet: Packet = new av.Packet()
  packet.alloc()

  let time = 0n
  return {
    name,
    codec: `avc1.6400${level.toString(16).toUpperCase()}`,
    update: converter.convert,
    limit,
    async encode(wantsKey) {
      const now = BigInt(Math.round(performance.now()))
      time = now > time ? now : time + 1n
      const taken = upload ? await upload.take(frame) : frame
      taken.pts = time
      taken.pictType = wantsKey ? intraPicture : 0
      const sent = await context.sendFrame(taken)
      upload?.release()
      if (sent < 0) throw new Error(`the video encoder takes no frame: ${sent}`)
      const received = await context.receivePacket(packet)
      if (received < 0) throw new Error(`the video encoder gives no frame: ${received}`)
      const encoded = { data: Buffer.from(packet.data), isKey: packet.isKeyframe }
      packet.unref()
      return encoded
    },
    close() {
      converter.close()
      packet.free()
      frame.free()
      upload?.close()
      context.freeContext()
    },
  }
}

/** H.264 level that holds 60 frames of this size a second, times ten (Rec. ITU-T H.264, table A-1). */
const levelOf = (width: number, height: number): number => {
  const blocks = Math.ceil(width / 16) * Math.ceil(height / 16)
  return blocks <= 8704 ? 42 : blocks <= 36_864 ? 52 : 62
}

/** Of what the fastest preset leaves out, what takes next to no time: a quarter of the bytes, and 1 dB (decision 0025). */
const worthIt = 'cabac=1:8x8dct=1:no-deblock=0:deblock=0,0'

/** No delay, no frame that refers to a later one, and the quality that `limit` takes away from. */
const settingsOf = (threads: number, level: number): Record<Encoder['name'], Record<string, string>> => ({
  libx264: {
    ...{ preset: 'ultrafast', tune: 'zerolatency', crf: quality, 'forced-idr': '1', level: String(level) },
    'x264-params': `threads=${threads}:sliced-threads=1:keyint=infinite:${worthIt}`,
  },
  h264_nvenc: {
    ...{ preset: 'p3', tune: 'ull', profile: 'high', rc: 'vbr', cq: quality, delay: '0', zerolatency: '1' },
    'forced-idr': '1',
  },
  // This one keeps its quality: on a narrow link there are fewer frames instead.
  h264_vaapi: { profile: 'high', rc_mode: 'CQP', qp: quality, async_depth: '1' },
})

/** Brings frames into the memory of a GPU. */
const createUpload = (path: string, softwareFormat: number, width: number, height: number) => {
  const device = new av.HardwareDeviceContext()
  const created = device.create(av.HardwareDeviceContext.findTypeByName('vaapi'), path, null)
  if (created < 0) throw new Error(`${path} cannot be opened: ${created}`)
  const format = av.avGetPixFmtFromName('vaapi')
  const frames = new av.HardwareFramesContext()
  frames.alloc(device)
  Object.assign(frames, { format, swFormat: softwareFormat, width, height, initialPoolSize: 4 })
  const begun = frames.init()
  if (begun < 0) throw new Error(`${path} keeps no frames of ${width}x${height}: ${begun}`)
  const there = new av.Frame()
  there.alloc()
  return {
    format,
    frames,
    async take(frame: Frame): Promise<Frame> {
      const got = frames.getBuffer(there, 0)
      const done = got < 0 ? got : await frames.transferData(there, frame, 0)
      if (done < 0) throw new Error(`a frame cannot be brought to ${path}: ${done}`)
      return there
    },
    release: () => there.unref(),
    close() {
      there.free()
      frames.free()
      device.free()
    },
  }
}
