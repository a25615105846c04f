/** One viewer at the other end of a socket: its messages in, the pictures of its lane out. */
import type { Socket } from 'node:net'
import { ProtocolError } from '../protocol/bytes.ts'
import { decodeViewerMessage } from '../protocol/decode.ts'
import { encodeDesktopMessage } from '../protocol/encode.ts'
import { createDeframer, frame, headerBytes } from '../protocol/frames.ts'
import type { DesktopMessage, ViewerMessage } from '../protocol/messages.ts'
import type { Input } from './input.ts'
import type { Watcher } from './lane.ts'
import { createLink } from './link.ts'

export interface Viewer extends Watcher {
  tell(message: DesktopMessage): void
  hangUp(): void
}

export const createViewer = (
  socket: Socket,
  input: Input,
  on: { message(viewer: Viewer, message: ViewerMessage): void; gone(viewer: Viewer): void },
): Viewer => {
  const link = createLink()
  let told = 0
  const send = (framed: Uint8Array) => {
    if (!socket.destroyed) socket.write(framed)
  }
  const tell = (message: DesktopMessage) => send(frame(encodeDesktopMessage(message, headerBytes)))
  const viewer: Viewer = {
    link,
    noteInput: () => input.last,
    sendPicture(framed, noted) {
      if (typeof noted === 'number' && noted !== told) {
        told = noted
        tell({ kind: 'echo', input: noted })
      }
      send(framed)
    },
    send,
    tell,
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
