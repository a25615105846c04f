/** From pixels of a screen to what video is made of: brightness, and colours at half the size (BT.601, limited range). */
import koffi from 'koffi'
import { av } from './av.ts'
import { bytesPerPixel } from './raster.ts'

/** Of a picture: brightness first, then colours, a row of them for two rows of pixels. */
export interface Plane {
  bytes: Buffer
  stride: number
}
/** As FFmpeg calls it: colours in two planes, or in one. */
export type Format = 'yuv420p' | 'nv12'

export interface Converter {
  /** Takes over `height` rows from row `y` on, an even one. `pixels` holds the whole picture. */
  convert(pixels: Buffer, y: number, height: number): Promise<void>
  close(): void
}

/** The planes from that row on. */
const fromRow = (planes: readonly Plane[], y: number): Plane[] =>
  planes.map(({ bytes, stride }, index) => ({ bytes: bytes.subarray((index === 0 ? y : y / 2) * stride), stride }))

type Convert = (pixels: Buffer, stride: number, ...planesAndSize: (Buffer | number)[]) => number

const loadLibyuv = (): Record<Format, Convert> | undefined => {
  try {
    const library = koffi.load('libyuv.so.0')
    return {
      yuv420p: library.func('int ARGBToI420(void *, int, void *, int, void *, int, void *, int, int, int)'),
      nv12: library.func('int ARGBToNV12(void *, int, void *, int, void *, int, int, int)'),
    }
  } catch (error) {
    console.error('colours are converted by FFmpeg, which takes more of the processor:', (error as Error).message)
    return undefined
  }
}

/** At once: 0.3 ms for full HD. */
const byLibyuv = (convert: Convert, planes: readonly Plane[], width: number): Converter => ({
  async convert(pixels, y, height) {
    const stride = width * bytesPerPixel
    const to = fromRow(planes, y).flatMap(({ bytes, stride }) => [bytes, stride])
    const failed = convert(pixels.subarray(y * stride, (y + height) * stride), stride, ...to, width, height)
    if (failed !== 0) throw new Error(`colours of ${width}x${height} cannot be converted`)
  },
  close() {},
})

/** The fastest; the colours of a moving picture are at half the size anyway. */
const point = 16

const byFfmpeg = (format: Format, planes: readonly Plane[], width: number): Converter => {
  const [from, to] = [av.avGetPixFmtFromName('bgr0'), av.avGetPixFmtFromName(format)]
  const scalers = new Map<number, InstanceType<typeof av.SoftwareScaleContext>>()
  const scalerFor = (height: number) => {
    const known = scalers.get(height)
    if (known) return known
    const scaler = new av.SoftwareScaleContext()
    scaler.getContext(width, height, from, width, height, to, point)
    scalers.set(height, scaler)
    return scaler
  }
  return {
    async convert(pixels, y, height) {
      const stride = width * bytesPerPixel
      const planesFromRow = fromRow(planes, y)
      await scalerFor(height).scale(
        [pixels.subarray(y * stride, (y + height) * stride)],
        [stride],
        0,
        height,
        planesFromRow.map(({ bytes }) => bytes),
        planesFromRow.map(({ stride }) => stride),
      )
    },
    close() {
      for (const scaler of scalers.values()) scaler.freeContext()
    },
  }
}

type Create = (format: Format, planes: readonly Plane[], width: number) => Converter

const libyuv = loadLibyuv()
/** Those that there are here, the best first: libyuv takes a ninth of the time that FFmpeg takes, which converts anything to anything. */
export const converters: Readonly<Record<string, Create>> = {
  ...(libyuv ? { libyuv: (format, planes, width) => byLibyuv(libyuv[format], planes, width) } : {}),
  FFmpeg: byFfmpeg,
}

/** Of an image without libyuv the video is as good, and takes more of the processor. */
export const createConverter: Create = (...wanted) => (converters.libyuv ?? byFfmpeg)(...wanted)
