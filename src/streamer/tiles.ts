/** Exact pixels made small: as `src/protocol/pixels.ts` has it, by deflate. */
import { promisify } from 'node:util'
import { constants, deflateRaw, deflateRawSync } from 'node:zlib'
import { type Packed, pack, slotOf, slots } from '../protocol/pixels.ts'
import { areaOf, areaOfAll, type Rectangle } from '../protocol/rectangle.ts'
import { bytesPerPixel, wordsOf } from './raster.ts'

/** As the message `tiles` carries them. */
export interface Small {
  palette: Uint8Array
  data: Uint8Array
}

/** Levels of zlib above 1 cost more time than they save bytes on any network of today. */
const drawing = { level: 1, chunkSize: 64 * 1024 } as const
/** In a photograph next to nothing repeats itself: to look for it costs half the time, and finds nothing. */
const photograph = { ...drawing, strategy: constants.Z_HUFFMAN_ONLY } as const
/**
 * So few bytes are sent as they are, which is sooner made, and sooner read
 * (`src/console/viewer/decoders/atelier/inflate.ts`).
 */
const fewBytes = 2048
/** Where fewer pixels than this share are as their neighbour is. */
const leastRepeats = 1 / 4

/** Colours are counted in parts of tiles so wide. */
const columnWidth = 64
/** So many are few, there: a palette is to do for many such parts. */
const fewColours = 128
/** A photograph takes more than twice as many. */
const leastBytesPerPixel = 1 / 2

const scratch = Buffer.allocUnsafeSlow(1024 * 1024)

const optionsFor = ({ palette, data, repeats }: Packed) =>
  palette.length === 0 && repeats < (data.length / 3) * leastRepeats ? photograph : drawing

const deflate = promisify(deflateRaw)

/** One block as it is, and nothing after it (RFC 1951, section 3.2.4): zlib takes a quarter of a millisecond for that. */
const stored = (data: Uint8Array): Uint8Array => {
  const [headerBytes, lastAndStored] = [5, 1]
  const block = Buffer.allocUnsafe(headerBytes + data.length)
  block.writeUInt8(lastAndStored, 0)
  block.writeUInt16LE(data.length, 1)
  block.writeUInt16LE(~data.length & 0xffff, 3)
  block.set(data, headerBytes)
  return block
}

/** In a thread, while this one goes on. */
export const shrink = async (packed: Packed): Promise<Small> => ({
  palette: packed.palette,
  data: packed.data.length <= fewBytes ? stored(packed.data) : await deflate(packed.data, optionsFor(packed)),
})

/** A tile and where its rows are among the pixels: its first one, and how far the next is away, bytes. */
export interface Taken {
  tile: Rectangle
  from: number
  stride: number
}

/** Tiles of a picture of the whole screen. */
export const takenOf = (tiles: readonly Rectangle[], width: number): Taken[] =>
  tiles.map(tile => ({ tile, from: (tile.y * width + tile.x) * bytesPerPixel, stride: width * bytesPerPixel }))

/** Tiles whose pixels stand one after another. */
export const takenInARow = (tiles: readonly Rectangle[]): Taken[] => {
  let next = 0
  return tiles.map(tile => {
    const from = next
    next += areaOf(tile) * bytesPerPixel
    return { tile, from, stride: tile.width * bytesPerPixel }
  })
}

export interface Group {
  tiles: Rectangle[]
  packed: Packed
}

/**
 * Writing beside a photograph would be told as differences, like the photograph, and take five times the bytes: what has few
 * colours and what has many are two groups. Undefined where they take more than `most` bytes for sure.
 */
export const separate = (
  pixels: Buffer,
  taken: readonly Taken[],
  most = Number.POSITIVE_INFINITY,
): Group[] | undefined => {
  const words = wordsOf({ pixels })
  const few: Taken[] = []
  const many: Taken[] = []
  let bytes = 0
  for (const { tile, from, stride } of taken) {
    let last: { group: Taken[]; tile: Rectangle } | undefined
    for (let x = 0; x < tile.width; x += columnWidth) {
      const column = { ...tile, x: tile.x + x, width: Math.min(columnWidth, tile.width - x) }
      const part = { tile: column, from: from + x * bytesPerPixel, stride }
      const group = hasFewColours(words, part) ? few : many
      if (group === many) bytes += areaOf(column) * leastBytesPerPixel
      if (bytes > most) return undefined
      if (last?.group === group) last.tile.width += column.width
      else {
        group.push(part)
        last = { group, tile: column }
      }
    }
  }
  return [few, many]
    .filter(group => group.length > 0)
    .map(group => ({ tiles: group.map(({ tile }) => tile), packed: pack(gather(pixels, group)) }))
}

export const shrinkGroup = async ({ tiles, packed }: Group) => ({ tiles, ...(await shrink(packed)) })

/** Their pixels one after another, to be used at once: the same memory is taken the next time. */
const gather = (pixels: Buffer, taken: readonly Taken[]): Buffer => {
  const bytes = areaOfAll(taken.map(({ tile }) => tile)) * bytesPerPixel
  if (areInARow(taken)) return pixels.subarray(0, bytes)
  const gathered = bytes <= scratch.length ? scratch.subarray(0, bytes) : Buffer.allocUnsafeSlow(bytes)
  let to = 0
  for (const { tile, from, stride } of taken)
    for (let row = 0; row < tile.height; row++) {
      const start = from + row * stride
      to += pixels.copy(gathered, to, start, start + tile.width * bytesPerPixel)
    }
  return gathered
}

const areInARow = (taken: readonly Taken[]): boolean =>
  takenInARow(taken.map(({ tile }) => tile)).every(
    ({ from, stride }, index) => from === taken[index]?.from && stride === taken[index].stride,
  )

const table = new Uint32Array(slots)
/** No colour: of those the fourth byte is not looked at, and is 0. */
const empty = 0xffffffff

const hasFewColours = (words: Uint32Array, { tile: { width, height }, from, stride }: Taken): boolean => {
  table.fill(empty)
  let colours = 0
  let last = empty
  for (let row = 0; row < height; row++) {
    const start = (from + row * stride) / bytesPerPixel
    for (let at = start; at < start + width; at++) {
      const colour = (words[at] ?? 0) & 0xffffff
      if (colour === last) continue
      last = colour
      let slot = slotOf(colour)
      while (table[slot] !== colour && table[slot] !== empty) slot = (slot + 1) % table.length
      if (table[slot] === colour) continue
      if (++colours > fewColours) return false
      table[slot] = colour
    }
  }
  return true
}

/** At once, which is sooner for few pixels. */
export const shrinkNow = (pixels: Uint8Array): Small => {
  const packed = pack(pixels)
  const { palette, data } = packed
  return { palette, data: data.length <= fewBytes ? stored(data) : deflateRawSync(data, optionsFor(packed)) }
}

export const noTiles: Small = { palette: new Uint8Array(), data: stored(new Uint8Array()) }
