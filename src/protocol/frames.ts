/** Messages in a stream of bytes: the length of each in four bytes, little-endian, then the message. */
import { ProtocolError } from './bytes.ts'
import { limits } from './messages.ts'

export const headerBytes = 4

/** Writes the length into the first four bytes of a message that was encoded with that much headroom. */
export const frame = (message: Uint8Array): Uint8Array => {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  view.setUint32(0, message.length - headerBytes, true)
  return message
}

export const headerOf = (length: number): Uint8Array => {
  const header = new Uint8Array(headerBytes)
  new DataView(header.buffer).setUint32(0, length, true)
  return header
}

/**
 * Takes a stream apart. Throws a `ProtocolError` as soon as a length is beyond the limit, so that never more than one
 * message of that size is kept.
 */
export const createDeframer = (receive: (message: Uint8Array) => void, limit: number = limits.messageBytes) => {
  const header = new Uint8Array(headerBytes)
  let headerFilled = 0
  let message: Uint8Array | undefined
  let filled = 0

  return (chunk: Uint8Array): void => {
    for (let at = 0; at < chunk.length; ) {
      if (!message) {
        const piece = chunk.subarray(at, at + headerBytes - headerFilled)
        header.set(piece, headerFilled)
        headerFilled += piece.length
        at += piece.length
        if (headerFilled < headerBytes) return
        const length = new DataView(header.buffer).getUint32(0, true)
        if (length < 1 || length > limit) throw new ProtocolError('a frame of a length out of bounds')
        headerFilled = 0
        // Most messages are whole in the chunk they came in, and need no copy.
        if (at + length <= chunk.length) {
          receive(chunk.subarray(at, at + length))
          at += length
          continue
        }
        message = new Uint8Array(length)
        filled = 0
      }
      const piece = chunk.subarray(at, at + message.length - filled)
      message.set(piece, filled)
      filled += piece.length
      at += piece.length
      if (filled === message.length) {
        const whole = message
        message = undefined
        receive(whole)
      }
    }
  }
}
