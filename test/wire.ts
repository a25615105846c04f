import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Wire {
  url: string
  /** Every connection breaks, and no new one is made. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** A network between a browser and a server on this machine, which a test can cut. */
export const createWire = async (toPort: number): Promise<Wire> => {
  const sockets = new Set<Socket>()
  let whole = true
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  }
  const server = createServer(near => {
    keep(near)
    if (!whole) return near.destroy()
    const far = connect(toPort, '127.0.0.1')
    keep(far)
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const drop = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      whole = false
      drop()
    },
    mend() {
      whole = true
    },
    async close() {
      drop()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}
