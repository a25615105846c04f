/**
 * Pixels as `tiles` carry them, before deflate. Each is told by its difference from the one before it, and blue and red
 * by how they differ from green, because neighbours are alike and the three colours change together. The differences of
 * green come first, then those of blue, then those of red: bytes of one kind stand together. A photograph takes half the
 * bytes that way, and writing a tenth less.
 */

/**
 * `pixels` are blue, green, red and an unused byte each, from an address that four divides. `repeats` says how many
 * pixels are as the one before them.
 */
export const toPlanes = (pixels: Uint8Array): { planes: Uint8Array<ArrayBuffer>; repeats: number } => {
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
  return { planes, repeats }
}

/** The way back: opaque pixels of red, green, blue and alpha, as a canvas takes them. */
export const fromPlanes = (planes: Uint8Array): Uint8ClampedArray<ArrayBuffer> => {
  const count = planes.length / 3
  const pixels = new Uint32Array(count)
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
  return new Uint8ClampedArray(pixels.buffer)
}
