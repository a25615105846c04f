/** Raw deflate by the browser itself. Refuses data that does not hold exactly as many bytes as `into`, before it takes more. */
export const inflate = async (data: Uint8Array<ArrayBuffer>, into: Uint8Array): Promise<void> => {
  const stored = storedIn(data)
  if (stored) {
    if (stored.length !== into.length) throw new Error('other pixels than were announced')
    return into.set(stored)
  }
  const stream = new DecompressionStream('deflate-raw')
  const writer = stream.writable.getWriter()
  const written = writer.write(data).then(() => writer.close())
  // The reader tells of the failure.
  written.catch(() => {})
  const reader = stream.readable.getReader()
  let filled = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    if (filled + value.length > into.length) {
      await reader.cancel()
      throw new Error('more pixels than were announced')
    }
    into.set(value, filled)
    filled += value.length
  }
  if (filled !== into.length) throw new Error('fewer pixels than were announced')
}

/**
 * What was not made smaller, in one block and nothing after it (RFC 1951, section 3.2.4): there at once, where a stream
 * of the browser takes a third of a millisecond.
 */
const storedIn = (data: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined => {
  const lastAndStored = 1
  const headerBytes = 5
  const [first = 0, low = 0, high = 0] = data
  const isStored = (first & 7) === lastAndStored && data.length === headerBytes + low + (high << 8)
  return isStored ? data.subarray(headerBytes) : undefined
}
