/**
 * What is done at a workstation, asked of its kernel side and of its X server, never of a program that the artist could
 * have put in its place unseen: the X server knows of every key and pointer, from whichever viewer it came.
 */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type Activity, DriverError } from '../driver.ts'
import { connectSocket, pathOnly } from './desktop-socket.ts'
import { type HostProcess, isAlive } from './processes.ts'
import { programTime } from './program-time.ts'
import { inputIdleMs } from './screen-saver.ts'

/** `processes` are those of all machines: who asks about many reads the host's table once. */
export const activityOf = async (processes: readonly HostProcess[], machine: string): Promise<Activity> => {
  const inner = processes.find(process => process.isInner && process.machine === machine)
  if (!inner) throw nobodyThere()
  const [idleMs, cpuMs] = await Promise.all([idleOf(inner), programTime(inner.pid)])
  return { idleMs, cpuMs }
}

const idleOf = async (inner: HostProcess): Promise<number> => {
  const file = await openInside(inner, ['tmp', '.X11-unix', 'X1'])
  try {
    const socket = await connectSocket(file)
    try {
      return await inputIdleMs(socket)
    } finally {
      socket.destroy()
    }
  } finally {
    await file.close()
  }
}

/**
 * A file of the sandbox. Its programs may have put a link in the place of any name, which would lead to the host's files
 * from here, so none is followed: each folder is opened by itself, and the next name is looked for in it.
 */
const openInside = async (inner: HostProcess, path: readonly string[]): Promise<FileHandle> => {
  let folder = `/proc/${inner.pid}/root`
  let file: FileHandle | undefined
  try {
    for (const name of path) {
      const next = await open(`${folder}/${name}`, pathOnly | constants.O_NOFOLLOW)
      await file?.close()
      file = next
      // A link that was opened as such is no folder, so what is below it is not there.
      folder = `/proc/self/fd/${file.fd}`
    }
    // The number may have been given out again before it was opened; now that it is open, that would be seen.
    if (!file || !isAlive(inner)) throw nobodyThere()
    return file
  } catch (error) {
    await file?.close()
    throw error instanceof DriverError ? error : nobodyThere(error)
  }
}

const nobodyThere = (cause?: unknown) =>
  new DriverError('NETWORK_CONNECTION_ERROR', 'the workstation has no desktop that tells of its use', { cause })
