import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import { ProtocolError } from '../protocol/bytes.ts'
import { encodeViewerMessage } from '../protocol/encode.ts'
import { createDeframer, frame, headerBytes, headerOf } from '../protocol/frames.ts'
import { mayHear, mayTell, type Rights } from '../protocol/rights.ts'

/** Bytes that may wait for a slow browser before the desktop is held back, and when it may go on. */
const high = 1024 * 1024
const low = 256 * 1024

/** Longest text message that is echoed, and longest one that is taken in. */
const longestPing = 64
const longestTold = 1024
const openingBrace = 0x7b

/**
 * A viewer pings every second. One that says nothing for so long is asleep, or its network is down: a key that it holds
 * would repeat until that is found out, ms.
 */
const silentMs = 3000
const lookEveryMs = 500

/** What of either side reaches the other, and in which form. */
export interface Carriage {
  toBrowser(chunk: Buffer, send: (message: Uint8Array) => void): void
  toDesktop(message: Buffer): Uint8Array[]
  /** Tells the desktop that nobody holds a key or a button any more. */
  letGo(): Uint8Array[]
}

/** For RFB: every byte, unseen. */
export const everything = (): Carriage => ({
  toBrowser: (chunk, send) => send(chunk),
  toDesktop: message => [message],
  letGo: () => [],
})

/** For our own protocol: messages, of which nothing is read but the length and the kind, and only those allowed. */
export const allowedBy = (rights: Rights): Carriage => {
  let send: (message: Uint8Array) => void = () => {}
  const take = createDeframer(message => {
    if (mayHear(message[0], rights)) send(message)
  })
  return {
    toBrowser(chunk, sendMessage) {
      send = sendMessage
      take(chunk)
    },
    toDesktop: message => (mayTell(message[0], rights) ? [headerOf(message.length), message] : []),
    letGo: () => [frame(encodeViewerMessage({ kind: 'release' }, headerBytes))],
  }
}

/**
 * Carries messages both ways, from a browser that was paused until now, until either side ends, and resolves when the
 * desktop's side has. A side that does not keep up holds the other back: nothing piles up here. A short text message
 * is not the desktop's: it is sent back as it came, so that a viewer can measure the way there and back, unless much waits for
 * it already; but what is an object in JSON, that is for the gateway itself. What a browser holds down that has fallen silent is let go.
 */
export const connectPipe = (
  browser: WebSocket,
  desktop: Duplex,
  carriage: Carriage,
  told: (text: string) => void = () => {},
): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()

  const send = (message: Uint8Array) => {
    browser.send(message, () => {
      if (desktop.isPaused() && browser.bufferedAmount < low) desktop.resume()
    })
    if (browser.bufferedAmount > high) desktop.pause()
  }
  desktop.on('data', (chunk: Buffer) => {
    try {
      carriage.toBrowser(chunk, send)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      desktop.destroy()
    }
  })
  desktop.on('drain', () => browser.resume())
  desktop.on('error', () => desktop.destroy())
  desktop.on('close', resolve)
  if (desktop.destroyed) resolve()

  let heardAt = performance.now()
  const watch = setInterval(() => {
    if (performance.now() - heardAt < silentMs || browser.isPaused || desktop.destroyed) return
    heardAt = Number.POSITIVE_INFINITY
    for (const piece of carriage.letGo()) desktop.write(piece)
  }, lookEveryMs)

  browser.on('message', (data: RawData, isBinary: boolean) => {
    // One that was told to go has nothing more to say, whether it goes or not.
    if (browser.readyState !== browser.OPEN) return
    heardAt = performance.now()
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)
    if (!isBinary) {
      if (bytes[0] === openingBrace) {
        if (bytes.length <= longestTold) told(bytes.toString())
      } else if (bytes.length <= longestPing && browser.bufferedAmount < high) browser.send(bytes, { binary: false })
    } else if (!desktop.destroyed) {
      // In one piece, so that the other end wakes up once.
      desktop.cork()
      for (const piece of carriage.toDesktop(bytes)) if (!desktop.write(piece)) browser.pause()
      desktop.uncork()
    }
  })
  browser.on('close', () => {
    clearInterval(watch)
    desktop.destroy()
  })
  if (browser.readyState === browser.OPEN) browser.resume()
  else {
    clearInterval(watch)
    desktop.destroy()
  }
  return promise
}
