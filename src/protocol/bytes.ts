/** Little-endian numbers in a row, read with the suspicion that the other side may be hostile. */

/** What was received is no message of this protocol. Says what is wrong, never what was in it. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}

export const createReader = (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const take = (length: number): number => {
    if (at + length > bytes.length) throw new ProtocolError('a message is too short')
    at += length
    return at - length
  }
  return {
    u8: () => view.getUint8(take(1)),
    i8: () => view.getInt8(take(1)),
    u16: () => view.getUint16(take(2), true),
    i16: () => view.getInt16(take(2), true),
    u32: () => view.getUint32(take(4), true),
    flag() {
      const value = view.getUint8(take(1))
      if (value > 1) throw new ProtocolError('a flag is neither 0 nor 1')
      return value === 1
    },
    take(length: number): Uint8Array {
      const from = take(length)
      return bytes.subarray(from, from + length)
    },
    rest: (): Uint8Array => bytes.subarray(take(bytes.length - at)),
    end() {
      if (at !== bytes.length) throw new ProtocolError('a message is too long')
    },
  }
}

export type Reader = ReturnType<typeof createReader>

export type Field =
  | { u8: number }
  | { i8: number }
  | { u16: number }
  | { i16: number }
  | { u32: number }
  | { bytes: Uint8Array }

const sizes = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4 } as const

/** The fields one after another, after `headroom` bytes that are left for the caller. */
export const write = (fields: readonly Field[], headroom = 0): Uint8Array => {
  let length = headroom
  for (const field of fields) length += 'bytes' in field ? field.bytes.length : sizes[keyOf(field)]
  const out = new Uint8Array(length)
  const view = new DataView(out.buffer)
  let at = headroom
  for (const field of fields) {
    if ('bytes' in field) {
      out.set(field.bytes, at)
      at += field.bytes.length
      continue
    }
    if ('u8' in field) view.setUint8(at, field.u8)
    else if ('i8' in field) view.setInt8(at, field.i8)
    else if ('u16' in field) view.setUint16(at, field.u16, true)
    else if ('i16' in field) view.setInt16(at, field.i16, true)
    else view.setUint32(at, field.u32, true)
    at += sizes[keyOf(field)]
  }
  return out
}

const keyOf = (field: Exclude<Field, { bytes: Uint8Array }>): keyof typeof sizes =>
  'u8' in field ? 'u8' : 'i8' in field ? 'i8' : 'u16' in field ? 'u16' : 'i16' in field ? 'i16' : 'u32'
