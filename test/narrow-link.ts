/** A link that carries so many bytes a second and takes its time, in front of a socket: what a far viewer has. */
import { rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'

/** What is carried as one. */
const pieceBytes = 4096

export interface NarrowLink {
  /** Connect here in place of the socket behind it. */
  readonly path: string
  /** Of the way to the viewer. May be changed at any time. */
  bytesPerSecond: number
  /** The longest that anything has waited for its turn to be carried since this was set, ms. */
  longestWaitMs: number
  close(): void
}

/** `delayMs`: in each direction. */
export const startNarrowLink = async (
  to: string,
  { bytesPerSecond, delayMs }: { bytesPerSecond: number; delayMs: number },
): Promise<NarrowLink> => {
  const path = `${to}.narrow`
  const sockets = new Set<Socket>()
  const link: NarrowLink = {
    path,
    bytesPerSecond,
    longestWaitMs: 0,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      rmSync(path, { force: true })
    },
  }
  const server = createServer(near => {
    const far = connect(to)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        near.destroy()
        far.destroy()
      })
    }
    const back = createDelay(chunk => far.write(chunk))
    near.on('data', (chunk: Buffer) => back(chunk, performance.now() + delayMs))
    const forth = createDelay(chunk => near.write(chunk))
    /** When the link has carried everything that was given to it so far. */
    let freeAt = 0
    far.on('data', (chunk: Buffer) => {
      const now = performance.now()
      freeAt = Math.max(freeAt, now)
      link.longestWaitMs = Math.max(link.longestWaitMs, freeAt - now)
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        const piece = chunk.subarray(at, at + pieceBytes)
        freeAt += (piece.length * 1000) / link.bytesPerSecond
        forth(piece, freeAt + delayMs)
      }
    })
  })
  await new Promise<void>(resolve => server.listen(path, resolve))
  return link
}

/** Hands on what it is given at the time that is said, in order. */
const createDelay = (handOn: (chunk: Buffer) => void) => {
  const waiting: { chunk: Buffer; at: number }[] = []
  const wake = () => {
    while (waiting[0] && waiting[0].at <= performance.now()) handOn(waiting.shift()?.chunk ?? Buffer.alloc(0))
    if (waiting[0]) setTimeout(wake, Math.max(1, waiting[0].at - performance.now()))
  }
  return (chunk: Buffer, at: number) => {
    waiting.push({ chunk, at })
    if (waiting.length === 1) wake()
  }
}
