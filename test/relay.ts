/** A network between a browser and a server, that can be cut, or fall silent so that nobody is told. */
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'

export interface Relay {
  port: number
  /** Every connection ends at once, and new ones are refused. */
  cut(): Promise<void>
  /** Nothing passes any more, and nobody is told. What was connected, or is from now on, stays so for ever. */
  fallSilent(): void
  /** New connections pass again. */
  heal(): Promise<void>
  close(): Promise<void>
}

export const startRelay = async (to: number): Promise<Relay> => {
  const sockets = new Set<Socket>()
  let isSilent = false
  const server = createServer(near => {
    sockets.add(near)
    near.on('close', () => sockets.delete(near)).on('error', () => near.destroy())
    if (isSilent) return near.resume()
    const far = createConnection(to, '127.0.0.1')
    sockets.add(far)
    far.on('error', () => far.destroy())
    far.on('close', () => {
      sockets.delete(far)
      near.destroy()
    })
    near.on('close', () => far.destroy())
    near.pipe(far).pipe(near)
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const cut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  const port = await listen(0)
  return {
    port,
    cut,
    fallSilent() {
      isSilent = true
      for (const socket of sockets) {
        socket.unpipe()
        socket.removeAllListeners('end').removeAllListeners('close')
        socket.resume()
      }
    },
    async heal() {
      isSilent = false
      if (!server.listening) await listen(port)
    },
    close: cut,
  }
}
