/**
 * What passes between two clipboards. A copy holds the same thing in several forms, as programs offer them; it is sent
 * as a whole, cut into pieces, so that no picture and no key waits behind a large one.
 */
import { createReader, type Field, ProtocolError, write } from './bytes.ts'
import { limits } from './messages.ts'

/** Text and HTML are in UTF-8. */
export const formats = ['text', 'html', 'png'] as const
export type Format = (typeof formats)[number]

/** Bytes by form. None at all: there is something in this form, but more than is copied. */
export type Copy = Partial<Record<Format, Uint8Array>>

/** The most that is copied, bytes. */
export const copyLimits: Readonly<Record<Format, number>> = {
  text: 1024 * 1024,
  html: 1024 * 1024,
  png: 4 * 1024 * 1024,
}
const most = formats.reduce((sum, format) => sum + 5 + copyLimits[format], 1)

/** One of the messages that a copy is cut into. `left`: the bytes that come after this one. */
export interface Piece {
  isFirst: boolean
  left: number
  data: Uint8Array
}

/** What is no PNG, or too large, is left out: empty where the other side should know of it. */
export const withinLimits = (copy: Copy): Copy => {
  const within: Copy = {}
  for (const format of formats) {
    const data = copy[format]
    if (data) within[format] = isCopied(format, data) ? data : new Uint8Array()
  }
  return within
}

/** Whether there is anything in it to be put on a clipboard. */
export const isEmpty = (copy: Copy): boolean => formats.every(format => !copy[format]?.length)

/** Whether they hold the same, byte by byte. */
export const isSame = (one: Copy, other: Copy): boolean =>
  formats.every(format => {
    const [a, b] = [one[format], other[format]]
    return a?.length === b?.length && (a === undefined || a.every((byte, at) => byte === b?.[at]))
  })

const isCopied = (format: Format, data: Uint8Array): boolean =>
  data.length <= copyLimits[format] && (format !== 'png' || pngSize(data) !== undefined)

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** Of a picture that is taken for one (PNG specification, 5.2 and 11.2.2), in pixels; undefined for all else. */
export const pngSize = (data: Uint8Array): { width: number; height: number } | undefined => {
  const header = 24
  if (data.length < header || pngSignature.some((byte, at) => data[at] !== byte)) return undefined
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const [width, height] = [view.getUint32(16), view.getUint32(20)]
  const fits = width > 0 && height > 0 && width <= limits.side * 2 && height <= limits.side * 2
  return fits && width * height <= limits.pixels ? { width, height } : undefined
}

export const encodeCopy = (copy: Copy): Uint8Array => {
  const given = formats.flatMap((format, number): Field[] => {
    const data = copy[format]
    return data ? [{ u8: number }, { u32: data.length }, { bytes: data }] : []
  })
  return write([{ u8: given.length / 3 }, ...given])
}

/** Throws a `ProtocolError` for anything but a copy within the limits. */
export const decodeCopy = (bytes: Uint8Array): Copy => {
  const reader = createReader(bytes)
  const copy: Copy = {}
  for (let left = reader.u8(); left > 0; left--) {
    const format = formats[reader.u8()]
    if (!format || copy[format]) throw new ProtocolError('a form of a copy that is not known, or there twice')
    const data = reader.take(reader.u32())
    if (data.length > 0 && !isCopied(format, data)) throw new ProtocolError('the clipboard holds too much')
    copy[format] = data
  }
  reader.end()
  return copy
}

/** In order; each is one message. */
export function* cutIntoPieces(copy: Uint8Array): Generator<Piece> {
  for (let at = 0; at < copy.length; at += limits.pieceBytes) {
    const data = copy.subarray(at, at + limits.pieceBytes)
    yield { isFirst: at === 0, left: copy.length - at - data.length, data }
  }
}

/** Puts pieces together. A first piece begins anew, whatever was there; throws a `ProtocolError` for one that fits nowhere. */
export const createCollector = (receive: (copy: Copy) => void) => {
  let bytes = new Uint8Array()
  let filled = 0
  return ({ isFirst, left, data }: Piece): void => {
    if (isFirst) {
      if (data.length + left > most) throw new ProtocolError('the clipboard holds too much')
      bytes = new Uint8Array(data.length + left)
      filled = 0
    }
    if (data.length === 0 || filled + data.length + left !== bytes.length)
      throw new ProtocolError('a piece of a copy that is not the next one')
    bytes.set(data, filled)
    filled += data.length
    if (left > 0) return
    const whole = bytes
    bytes = new Uint8Array()
    filled = 0
    receive(decodeCopy(whole))
  }
}
