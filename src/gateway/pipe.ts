import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'

/** Bytes that may wait for a slow browser before the desktop is held back, and when it may go on. */
const high = 1024 * 1024
const low = 256 * 1024

/** Longest text message that is echoed. */
const longestPing = 64

/**
 * Carries bytes both ways, from a browser that was paused until now, until either side ends, and resolves when the desktop's side has. A side that does not keep
 * up holds the other back: nothing piles up here. A short text message is not the desktop's: it is sent back as it
 * came, so that a viewer can measure the way there and back.
 */
export const connectPipe = (browser: WebSocket, desktop: Duplex): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()

  desktop.on('data', (chunk: Buffer) => {
    browser.send(chunk, () => {
      if (desktop.isPaused() && browser.bufferedAmount < low) desktop.resume()
    })
    if (browser.bufferedAmount > high) desktop.pause()
  })
  desktop.on('drain', () => browser.resume())
  desktop.on('error', () => desktop.destroy())
  desktop.on('close', resolve)

  browser.on('message', (data: RawData, isBinary: boolean) => {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)
    if (!isBinary) {
      if (bytes.length <= longestPing) browser.send(bytes, { binary: false })
    } else if (!desktop.destroyed && !desktop.write(bytes)) browser.pause()
  })
  browser.on('close', () => desktop.destroy())
  if (browser.readyState === browser.OPEN) browser.resume()
  else desktop.destroy()
  return promise
}
