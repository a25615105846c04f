/** Rows of 32-bit pixels, as the X server hands them out: blue, green, red and a byte that is not used. */
export interface Raster {
  width: number
  height: number
  pixels: Buffer
}

export const bytesPerPixel = 4

/** The pixels as numbers, in the same memory. */
export const wordsOf = ({ pixels }: Pick<Raster, 'pixels'>): Uint32Array =>
  new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / bytesPerPixel)
