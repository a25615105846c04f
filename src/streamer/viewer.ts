/** One viewer at the other end of a socket: its messages in, the pictures of its lane out. */
import type { Socket } from 'node:net'
import { ProtocolError } from '../protocol/bytes.ts'
import { decodeViewerMessage } from '../protocol/decode.ts'
import { encodeDesktopMessage } from '../protocol/encode.ts'
import { createDeframer, frame, headerBytes } from '../protocol/frames.ts'
import type { DesktopMessage, ViewerMessage } from '../protocol/messages.ts'
import { createDelivery, type Delivery } from './delivery.ts'
import type { Input } from './input.ts'
import { createLink } from './link.ts'
import type { Watcher } from './pictures.ts'

export interface Viewer extends Watcher {
  /** Of what is copied on the desktop. */
  delivery: Delivery
  tell(message: DesktopMessage): void
  hangUp(): void
}

/** When a picture was taken, and after which input. */
interface Noted {
  input: number
  at: number
}

const momentsEveryMs = 200
/** What waits for a viewer who takes nothing, and may say that he has, bytes: several times what is under way to one who does. */
const mostWaiting = 16 * 1024 * 1024

export const createViewer = (
  socket: Socket,
  input: Input,
  on: {
    message(viewer: Viewer, message: ViewerMessage): void
    /** Whether sound is under way to the viewer, with which the pictures are to be in step. */
    hears(viewer: Viewer): boolean
    gone(viewer: Viewer): void
  },
): Viewer => {
  const link = createLink()
  let told = 0
  let momentAt = 0
  const send = (framed: Uint8Array) => {
    if (socket.destroyed) return
    socket.write(framed)
    if (socket.writableLength > mostWaiting) {
      console.error('a viewer is hung up on: he takes nothing')
      socket.destroy()
    }
  }
  const tell = (message: DesktopMessage) => send(frame(encodeDesktopMessage(message, headerBytes)))
  const viewer: Viewer = {
    link,
    noteInput: (): Noted => ({ input: input.last, at: performance.now() }),
    sendPicture(framed, noted) {
      const { input, at } = noted as Noted
      if (at - momentAt > momentsEveryMs && on.hears(viewer)) {
        momentAt = at
        tell({ kind: 'moment', at: Math.round(at) >>> 0 })
      }
      // Before anything that is told of it, which the picture of a key would wait for.
      send(framed)
      if (input === told) return
      told = input
      tell({ kind: 'echo', input })
    },
    send,
    tell,
    delivery: createDelivery(piece => tell({ kind: 'clipboard', ...piece })),
    hangUp: () => socket.destroy(),
  }
  const take = createDeframer(message => on.message(viewer, decodeViewerMessage(message)))
  socket.on('data', (chunk: Buffer) => {
    try {
      take(chunk)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      console.error('a viewer is hung up on:', error.message)
      socket.destroy()
    }
  })
  socket.on('error', error => console.error('the connection to a viewer failed:', error.message))
  socket.on('close', () => {
    input.releaseAll()
    on.gone(viewer)
  })
  return viewer
}
