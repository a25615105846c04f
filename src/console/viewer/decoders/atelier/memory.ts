/**
 * Memory for pixels, used again: what a browser hands out fresh it fills with zeros page by page, which takes longer than what
 * is then done with the pixels.
 */

/** Of a message with what has come to rest (`partPixels` in `src/streamer/screen.ts`). */
export const mostPixels = 256 * 1024
/** As differences. */
const bytesEach = mostPixels * 3
/** As many as are under way at once. */
const most = 4
/** So little is handed out fresh as fast: a small message does not hold the memory of a large one. */
const littleBytes = 64 * 1024

export interface Memory {
  take(bytes: number): Uint8Array<ArrayBuffer>
  /** Nobody looks at it any more. */
  giveBack(taken: Uint8Array<ArrayBuffer>): void
}

export const createMemory = (): Memory => {
  const free: ArrayBuffer[] = []
  return {
    take: bytes =>
      bytes > bytesEach || bytes < littleBytes
        ? new Uint8Array(bytes)
        : new Uint8Array(free.pop() ?? new ArrayBuffer(bytesEach), 0, bytes),
    giveBack({ buffer }) {
      if (buffer.byteLength === bytesEach && free.length < most) free.push(buffer)
    },
  }
}
