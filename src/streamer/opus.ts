/**
 * Opus in packets of 20 ms, from and to samples of 16 bits at 48 kHz, channels side by side. A packet takes a few tenths
 * of a millisecond: less than it would take to hand it to another thread and to keep the order.
 */
import { ProtocolError } from '../protocol/bytes.ts'
import { av, type CodecContext, setOption } from './av.ts'

export const sampleRate = 48_000
export const frameMs = 20
export const frameSamples = (sampleRate * frameMs) / 1000
export const bytesPerSample = 2

export type Channels = 1 | 2

/** Bits a second. Music in stereo has no faults that are heard at this rate. */
const bitRate = 128_000n
/** `AV_CHANNEL_ORDER_NATIVE`; of the mask, the front left and right ones, or the one in the middle. */
const layouts = {
  1: { nbChannels: 1, order: 1, mask: 4n },
  2: { nbChannels: 2, order: 1, mask: 3n },
} as const

const configure = (context: CodecContext, codec: unknown, channels: Channels) => {
  context.allocContext3(codec)
  context.sampleRate = sampleRate
  context.sampleFormat = av.avGetSampleFmtFromName('s16')
  context.channelLayout = layouts[channels]
  context.timeBase = { num: 1, den: sampleRate }
}

export interface OpusEncoder {
  /** `samples` are of exactly one packet. */
  encode(samples: Uint8Array): Buffer
  close(): void
}

export const createOpusEncoder = (channels: Channels): OpusEncoder => {
  const codec = av.Codec.findEncoderByName('libopus')
  const context = new av.CodecContext()
  configure(context, codec, channels)
  context.bitRate = bitRate
  setOption(context, 'application', 'lowdelay')
  setOption(context, 'frame_duration', String(frameMs))
  const opened = context.open2Sync(codec, null)
  if (opened < 0) throw new Error(`the encoder of sound cannot be opened: ${opened}`)
  const frame = new av.Frame()
  frame.alloc()
  frame.format = context.sampleFormat
  frame.sampleRate = sampleRate
  frame.nbSamples = frameSamples
  frame.channelLayout = layouts[channels]
  frame.getBuffer(0)
  const packet = new av.Packet()
  packet.alloc()
  let samplesBefore = 0n
  return {
    encode(samples) {
      frame.data[0]?.set(samples)
      frame.pts = samplesBefore
      samplesBefore += BigInt(frameSamples)
      const sent = context.sendFrameSync(frame)
      if (sent < 0) throw new Error(`the encoder of sound takes no frame: ${sent}`)
      const received = context.receivePacketSync(packet)
      if (received < 0) throw new Error(`the encoder of sound gives no packet: ${received}`)
      const data = Buffer.from(packet.data)
      packet.unref()
      return data
    },
    close() {
      packet.free()
      frame.free()
      context.freeContext()
    },
  }
}

export interface OpusDecoder {
  /** The samples of one packet. Throws a `ProtocolError` for what is none. */
  decode(data: Uint8Array): Buffer
  close(): void
}

export const createOpusDecoder = (channels: Channels): OpusDecoder => {
  const codec = av.Codec.findDecoderByName('libopus')
  const context = new av.CodecContext()
  configure(context, codec, channels)
  const opened = context.open2Sync(codec, null)
  if (opened < 0) throw new Error(`the decoder of sound cannot be opened: ${opened}`)
  const frame = new av.Frame()
  frame.alloc()
  const packet = new av.Packet()
  packet.alloc()
  return {
    decode(data) {
      packet.data = Buffer.from(data)
      const sent = context.sendPacketSync(packet)
      packet.unref()
      if (sent < 0) throw new ProtocolError('a packet of sound cannot be decoded')
      const received = context.receiveFrameSync(frame)
      if (received < 0) throw new ProtocolError('a packet of sound holds none')
      const samples = Buffer.from(frame.data[0]?.subarray(0, frame.nbSamples * channels * bytesPerSample) ?? [])
      frame.unref()
      return samples
    },
    close() {
      packet.free()
      frame.free()
      context.freeContext()
    },
  }
}
