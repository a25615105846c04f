/** Raw deflate by the browser itself. Refuses data that does not hold exactly so many bytes, before it takes more. */
export const inflate = async (data: Uint8Array<ArrayBuffer>, bytes: number): Promise<Uint8Array<ArrayBuffer>> => {
  const stream = new DecompressionStream('deflate-raw')
  const writer = stream.writable.getWriter()
  const written = writer.write(data).then(() => writer.close())
  // The reader tells of the failure.
  written.catch(() => {})
  const reader = stream.readable.getReader()
  const out = new Uint8Array(bytes)
  let filled = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    if (filled + value.length > bytes) {
      await reader.cancel()
      throw new Error('more pixels than were announced')
    }
    out.set(value, filled)
    filled += value.length
  }
  if (filled !== bytes) throw new Error('fewer pixels than were announced')
  return out
}
