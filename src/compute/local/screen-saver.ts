/**
 * Asks an X server how long ago the last input was, by its screen saver extension, in the three requests that this takes.
 * Written out here because who answers may be hostile, and the usual client libraries are in C and would run as the
 * server's user: this reads a few fixed places of messages whose length it has checked.
 */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { DriverError } from '../driver.ts'

const limitMs = 2000
const replyBytes = 32
/** Of the root window, in the first message, behind what has fixed length, the vendor's name and the pixmap formats. */
const rootAfter = 40

/** Milliseconds since the last key or pointer event. The socket is of no use afterwards. */
export const inputIdleMs = async (socket: Socket): Promise<number> => {
  const signal = AbortSignal.timeout(limitMs)
  // Whoever waits for bytes is told of it; between two questions nobody does.
  socket.on('error', () => {})
  try {
    socket.write(Buffer.from([littleEndian, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
    const root = readRoot(await readSetup(socket, signal))
    socket.write(queryExtension('MIT-SCREEN-SAVER'))
    const extension = await readReply(socket, signal)
    if (extension.readUInt8(8) !== 1) throw unreadable('it has no screen saver extension')
    socket.write(queryInfo(extension.readUInt8(9), root))
    return (await readReply(socket, signal)).readUInt32LE(16)
  } catch (error) {
    throw error instanceof DriverError ? error : unreadable('it did not answer as an X server does', error)
  }
}

const littleEndian = 'l'.charCodeAt(0)

/** What the server says of itself: 8 bytes with the length of the rest, then the rest. */
const readSetup = async (socket: Socket, signal: AbortSignal): Promise<Buffer> => {
  const head = await read(socket, 8, signal)
  if (head.readUInt8(0) !== 1) throw unreadable('it refused the connection')
  return await read(socket, head.readUInt16LE(6) * 4, signal)
}

const readRoot = (setup: Buffer): number => {
  const [vendorBytes, formats] = [setup.readUInt16LE(16), setup.readUInt8(21)]
  return setup.readUInt32LE(rootAfter - 8 + padded(vendorBytes) + formats * 8)
}

const padded = (bytes: number) => Math.ceil(bytes / 4) * 4

const queryExtension = (name: string): Buffer => {
  const request = Buffer.alloc(8 + padded(name.length))
  request.writeUInt8(98, 0)
  request.writeUInt16LE(request.length / 4, 2)
  request.writeUInt16LE(name.length, 4)
  request.write(name, 8, 'latin1')
  return request
}

const queryInfo = (opcode: number, window: number): Buffer => {
  const request = Buffer.alloc(8)
  request.writeUInt8(opcode, 0)
  request.writeUInt8(1, 1)
  request.writeUInt16LE(2, 2)
  request.writeUInt32LE(window, 4)
  return request
}

const readReply = async (socket: Socket, signal: AbortSignal): Promise<Buffer> => {
  const reply = await read(socket, replyBytes, signal)
  // Nothing was asked for that an event or a longer reply would come of.
  if (reply.readUInt8(0) !== 1 || reply.readUInt32LE(4) !== 0) throw unreadable('it refused the question')
  return reply
}

const read = async (socket: Socket, bytes: number, signal: AbortSignal): Promise<Buffer> => {
  for (;;) {
    const found: Buffer | null = socket.read(bytes)
    if (found?.length === bytes) return found
    if (found || socket.readableEnded || socket.destroyed) throw unreadable('it hung up')
    await once(socket, 'readable', { signal })
  }
}

const unreadable = (why: string, cause?: unknown) =>
  new DriverError('NETWORK_CONNECTION_ERROR', `the X server of the workstation cannot be asked: ${why}`, { cause })
