/**
 * Pixels as `tiles` carry them, before deflate, in one of two ways:
 *
 * - *indexed*, where they have few colours, as writing and the windows of programs do: the number of each pixel's colour
 *   in a palette, several to a byte where there are at most 16, the first in the lowest bits. A page of writing takes a
 *   third of the bytes that it takes the other way, one of letters without soft edges a sixth;
 * - *as differences*: each pixel by its difference from the one before it, and blue and red by how they differ from green,
 *   because neighbours are alike and the three colours change together. The differences of green come first, then those
 *   of blue, then those of red: bytes of one kind stand together. A photograph takes half its bytes.
 */

export interface Packed {
  /** Red, green and blue of each colour; empty for pixels that are told as differences. */
  palette: Uint8Array
  data: Uint8Array<ArrayBuffer>
  /** How many pixels are as the one before them. */
  repeats: number
}

export const mostColours = 256

/** `pixels` are blue, green, red and an unused byte each, from an address that four divides. */
export const pack = (pixels: Uint8Array): Packed => toIndices(pixels) ?? toPlanes(pixels)

/** How many bytes so many pixels are, in so many colours; no colours: as differences. */
export const packedBytes = (pixels: number, colours: number): number =>
  colours === 0 ? pixels * 3 : Math.ceil((pixels * bitsFor(colours)) / 8)

/** The way back for so many pixels: opaque ones of red, green, blue and alpha, as a canvas takes them. In the memory of `into`. */
export const unpack = (
  { palette, data }: Pick<Packed, 'palette' | 'data'>,
  count: number,
  into = new Uint32Array(count),
): Uint8ClampedArray<ArrayBuffer> => {
  const pixels = into.subarray(0, count)
  if (palette.length === 0) fromPlanes(data, pixels)
  else fromIndices(palette, data, pixels)
  return new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.byteLength)
}

const bitsFor = (colours: number): number => (colours <= 2 ? 1 : colours <= 4 ? 2 : colours <= 16 ? 4 : 8)

/** Of a table of colours. */
export const slots = 1024
/** Spreads colours over them (Knuth, The Art of Computer Programming 3, 6.4). */
export const slotOf = (colour: number): number => Math.imul(colour, 0x9e3779b1) >>> 22

/** Undefined where there are too many colours. */
const toIndices = (pixels: Uint8Array): Packed | undefined => {
  const count = pixels.length / 4
  const from = new Uint32Array(pixels.buffer, pixels.byteOffset, count)
  const indices = new Uint8Array(count)
  const colours: number[] = []
  /** By slot, the number of the colour there and one; 0 where there is none. */
  const table = new Uint16Array(slots)
  let repeats = 0
  let last = -1
  let index = 0
  for (let at = 0; at < count; at++) {
    const colour = (from[at] ?? 0) & 0xffffff
    if (colour === last) repeats++
    else {
      last = colour
      let slot = slotOf(colour)
      while (table[slot] !== 0 && colours[(table[slot] ?? 0) - 1] !== colour) slot = (slot + 1) % slots
      if (table[slot] === 0) {
        if (colours.length === mostColours) return undefined
        table[slot] = colours.push(colour)
      }
      index = (table[slot] ?? 0) - 1
    }
    indices[at] = index
  }
  const palette = Uint8Array.from(colours.flatMap(colour => [colour >>> 16, (colour >>> 8) & 0xff, colour & 0xff]))
  return { palette, data: inBits(indices, bitsFor(colours.length)), repeats }
}

const inBits = (indices: Uint8Array<ArrayBuffer>, bits: number): Uint8Array<ArrayBuffer> => {
  if (bits === 8) return indices
  const each = 8 / bits
  const data = new Uint8Array(Math.ceil(indices.length / each))
  for (let at = 0, byte = 0; at < indices.length; byte++) {
    let value = 0
    for (let shift = 0; shift < 8; shift += bits) value |= (indices[at++] ?? 0) << shift
    data[byte] = value
  }
  return data
}

/** A number that is not in the palette, which only a hostile desktop sends, is black. */
const fromIndices = (palette: Uint8Array, data: Uint8Array, pixels: Uint32Array): void => {
  const colours = new Uint32Array(mostColours).fill(0xff000000)
  for (let index = 0; index * 3 < palette.length; index++) {
    const [red = 0, green = 0, blue = 0] = palette.subarray(index * 3, index * 3 + 3)
    colours[index] = 0xff000000 | (blue << 16) | (green << 8) | red
  }
  const bits = bitsFor(palette.length / 3)
  const each = 8 / bits
  const mask = (1 << bits) - 1
  for (let at = 0; at < pixels.length; at++) {
    const index = ((data[Math.floor(at / each)] ?? 0) >>> ((at % each) * bits)) & mask
    pixels[at] = colours[index] ?? 0
  }
}

const toPlanes = (pixels: Uint8Array): Packed => {
  const count = pixels.length / 4
  const from = new Uint32Array(pixels.buffer, pixels.byteOffset, count)
  const planes = new Uint8Array(count * 3)
  const blues = count
  const reds = count * 2
  let repeats = 0
  let blue = 0
  let green = 0
  let red = 0
  for (let at = 0; at < count; at++) {
    const pixel = from[at] ?? 0
    const nextBlue = pixel & 0xff
    const nextGreen = (pixel >>> 8) & 0xff
    const nextRed = (pixel >>> 16) & 0xff
    if (nextBlue === blue && nextGreen === green && nextRed === red) {
      repeats++
      continue
    }
    const change = nextGreen - green
    planes[at] = change
    planes[blues + at] = nextBlue - blue - change
    planes[reds + at] = nextRed - red - change
    blue = nextBlue
    green = nextGreen
    red = nextRed
  }
  // The first one has none before it.
  if (count > 0 && ((from[0] ?? 0) & 0xffffff) === 0) repeats--
  return { palette: new Uint8Array(), data: planes, repeats }
}

const fromPlanes = (planes: Uint8Array, pixels: Uint32Array): void => {
  const count = pixels.length
  const blues = count
  const reds = count * 2
  let blue = 0
  let green = 0
  let red = 0
  for (let at = 0; at < count; at++) {
    const change = planes[at] ?? 0
    green = (green + change) & 0xff
    blue = (blue + change + (planes[blues + at] ?? 0)) & 0xff
    red = (red + change + (planes[reds + at] ?? 0)) & 0xff
    pixels[at] = 0xff000000 | (blue << 16) | (green << 8) | red
  }
}
