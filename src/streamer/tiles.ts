/** Exact pixels made small: as differences (`src/protocol/pixels.ts`), by deflate. */
import { promisify } from 'node:util'
import { constants, deflateRaw, deflateRawSync } from 'node:zlib'
import { toPlanes } from '../protocol/pixels.ts'

/** Levels of zlib above 1 cost more time than they save bytes on any network of today. */
const drawing = { level: 1, chunkSize: 64 * 1024 } as const
/** In a photograph next to nothing repeats itself: to look for it costs half the time, and finds nothing. */
const photograph = { ...drawing, strategy: constants.Z_HUFFMAN_ONLY } as const
/** Few bytes are sent as they are: a viewer has them sooner so (`src/console/viewer/decoders/atelier/inflate.ts`). */
const asItIs = { ...drawing, level: 0 } as const
const fewBytes = 2048
/** Where fewer pixels than this share are as their neighbour is. */
const leastRepeats = 1 / 4

const optionsFor = ({ planes, repeats }: ReturnType<typeof toPlanes>) =>
  repeats < (planes.length / 3) * leastRepeats ? photograph : drawing

const deflate = promisify(deflateRaw)

/** In a thread, while this one goes on. */
export const shrink = (made: ReturnType<typeof toPlanes>): Promise<Buffer> => deflate(made.planes, optionsFor(made))

/** At once, which is sooner for few pixels. */
export const shrinkNow = (pixels: Uint8Array): Buffer => {
  const made = toPlanes(pixels)
  return deflateRawSync(made.planes, made.planes.length <= fewBytes ? asItIs : optionsFor(made))
}

export const noTiles = deflateRawSync(Buffer.alloc(0))
