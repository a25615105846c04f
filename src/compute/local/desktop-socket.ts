import { once } from 'node:events'
import { constants, lstatSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DriverError } from '../driver.ts'

/** Linux' O_PATH, which Node does not name: the file itself, not what it would open. */
export const pathOnly = 0o10000000

/**
 * Connects to the socket that a sandbox has made in a folder of the host. The name in there belongs to the programs
 * inside, and they could replace it by a link to another machine's desktop or to any socket of the host. So the file
 * is taken without following links, and the connection goes to that file and to no name. This also makes the limit
 * of 107 bytes for a socket's path no matter.
 */
export const connectDesktop = async (folder: string, name: 'rfb' | 'stream' = 'rfb'): Promise<Socket> => {
  const file = await openSocket(join(folder, name))
  try {
    return await connectSocket(file)
  } finally {
    await file.close()
  }
}

/** To the socket that was opened by its path only, whatever its name leads to by now. */
export const connectSocket = async (file: FileHandle): Promise<Socket> => {
  if (!(await file.stat()).isSocket()) throw noDesktop()
  return await connectTo(`/proc/self/fd/${file.fd}`)
}

const openSocket = async (path: string) => {
  try {
    return await open(path, pathOnly | constants.O_NOFOLLOW)
  } catch (cause) {
    throw noDesktop(cause)
  }
}

const limitMs = 2000

/** The X server lets five callers wait; the next one is told to come again, which it does for a while. */
const connectTo = async (path: string): Promise<Socket> => {
  for (const deadline = performance.now() + limitMs; ; await pause(5)) {
    const socket = connect({ path })
    // Programs inside decide when this fails: between two listeners of others, it would end the server. It is closed as well.
    socket.on('error', () => {})
    try {
      await once(socket, 'connect')
      return socket
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || performance.now() > deadline) throw noDesktop(error)
    }
  }
}

const noDesktop = (cause?: unknown) =>
  new DriverError('NETWORK_CONNECTION_ERROR', 'the workstation has no desktop to connect to', { cause })

/** Whether a desktop is said to be up. Programs inside could make a link of that, to anywhere, which is not followed. */
export const isReady = (socketFolder: string): boolean => {
  try {
    return lstatSync(join(socketFolder, 'ready')).isFile()
  } catch {
    return false
  }
}

/**
 * How long a desktop may take to greet, ms. On a host where forty others start, one that is well has taken more than two
 * seconds; and who does not greet is ended with all that its artist has open.
 */
const greetingMs = 10_000

/** Whether the desktop greets within the limit. An X server that hangs still accepts connections. */
export const answers = async (folder: string): Promise<boolean> => {
  let socket: Socket
  try {
    socket = await connectDesktop(folder)
  } catch (error) {
    if (error instanceof DriverError) return false
    throw error
  }
  if (socket.destroyed) return false
  return await new Promise(resolve => {
    const end = (answer: boolean) => {
      clearTimeout(limit)
      socket.destroy()
      resolve(answer)
    }
    const limit = setTimeout(end, greetingMs, false)
    socket.once('data', () => end(true))
    socket.once('close', () => end(false))
    socket.once('error', () => end(false))
  })
}
