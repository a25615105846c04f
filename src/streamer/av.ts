/**
 * FFmpeg's libraries in this process, by the native part of the `node-av` package. Its JavaScript part is left out:
 * it brings 50 packages for cameras and WebRTC along, and 8 MiB of memory, for the five classes used here. What they
 * do is FFmpeg's: https://ffmpeg.org/doxygen/trunk/
 */
import { createRequire } from 'node:module'

export interface Frame {
  width: number
  height: number
  format: number
  pts: bigint
  pictType: number
  sampleRate: number
  nbSamples: number
  channelLayout: ChannelLayout
  readonly data: Buffer[]
  readonly linesize: number[]
  alloc(): void
  free(): void
  unref(): void
  getBuffer(align: number): number
}

export interface ChannelLayout {
  nbChannels: number
  order: number
  mask: bigint
}

export interface Packet {
  data: Buffer
  readonly isKeyframe: boolean
  alloc(): void
  free(): void
  unref(): void
}

export interface CodecContext {
  width: number
  height: number
  pixelFormat: number
  timeBase: { num: number; den: number }
  framerate: { num: number; den: number }
  gopSize: number
  maxBFrames: number
  colorSpace: number
  colorRange: number
  threadCount: number
  bitRate: bigint
  sampleRate: number
  sampleFormat: number
  channelLayout: ChannelLayout
  /** The highest quantizer, which is the worst quality. */
  qMax: number
  /** Of the decoder's imagined buffer that frames have to fit into: bits a second into it, and what it holds, bits. */
  rcMaxRate: bigint
  rcBufferSize: number
  hwFramesCtx: HardwareFramesContext
  allocContext3(codec: unknown): void
  open2Sync(codec: unknown, options: null): number
  sendFrame(frame: Frame): Promise<number>
  receivePacket(packet: Packet): Promise<number>
  sendFrameSync(frame: Frame): number
  receivePacketSync(packet: Packet): number
  sendPacketSync(packet: Packet): number
  receiveFrameSync(frame: Frame): number
  freeContext(): void
}

export interface HardwareDeviceContext {
  /** `type` as in `findTypeByName`. */
  create(type: number, device: string, options: null): number
  free(): void
}

export interface HardwareFramesContext {
  format: number
  swFormat: number
  width: number
  height: number
  initialPoolSize: number
  alloc(device: HardwareDeviceContext): void
  init(): number
  getBuffer(frame: Frame, flags: number): number
  transferData(to: Frame, from: Frame, flags: number): Promise<number>
  free(): void
}

export interface ScaleContext {
  getContext(
    fromWidth: number,
    fromHeight: number,
    fromFormat: number,
    toWidth: number,
    toHeight: number,
    toFormat: number,
    flags: number,
  ): void
  scale(
    from: Buffer[],
    fromStride: number[],
    y: number,
    height: number,
    to: Buffer[],
    toStride: number[],
  ): Promise<number>
  freeContext(): void
}

interface Av {
  Frame: new () => Frame
  Packet: new () => Packet
  CodecContext: new () => CodecContext
  SoftwareScaleContext: new () => ScaleContext
  HardwareDeviceContext: { new (): HardwareDeviceContext; findTypeByName(name: string): number }
  HardwareFramesContext: new () => HardwareFramesContext
  Codec: { findEncoderByName(name: string): unknown; findDecoderByName(name: string): unknown }
  Option: { set(target: CodecContext, name: string, value: string, flags: number): number }
  Log: { setLevel(level: number): void }
  avGetPixFmtFromName(name: string): number
  avGetSampleFmtFromName(name: string): number
}

export const av: Av = createRequire(import.meta.url)(`@seydx/node-av-linux-${process.arch}/node-av.node`)

const errorsOnly = 16
av.Log.setLevel(errorsOnly)

const ofTheCodecToo = 1

/** Not by the dictionary that is handed over at the opening: the binding frees it twice, which ends the process later. */
export const setOption = (context: CodecContext, name: string, value: string): void => {
  const done = av.Option.set(context, name, value, ofTheCodecToo)
  if (done < 0) throw new Error(`the encoder has no option ${name} with the value ${value}: ${done}`)
}
