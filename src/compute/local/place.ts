/** Where a driver keeps what lives no longer than the machines: run folders, the mount of the pool, the desktop's look. */
import { hash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { exists } from '../shelf.ts'
import { installOnce } from './installed.ts'
import { seccompFilter } from './seccomp.ts'
import { installStreamer, root as ownRoot, type StreamerProgram, uninstallStreamer } from './streamer.ts'

export interface Place {
  /** Names this driver's things on the host: control groups and processes. The same for the same root, always. */
  name: string
  root: string
  folder: string
  machines: string
  desktop: string
  filter: string
  streamer: StreamerProgram | undefined
}

const desktopSource = join(import.meta.dirname, 'desktop')
/** What the setup has built for the X server: its driver for pens and fingers (`input-driver.c`). */
export const inputDriver = join(ownRoot, 'dist/xorg/input/atelier_drv.so')

/**
 * As root, machines run as users who may not pass through the folders of root's home, where the data often is. So
 * what they must reach is under `/run`, which is also empty after a reboot, as the host is of machines.
 */
export const createPlace = async (path: string, isRoot: boolean): Promise<Place> => {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const root = await realpath(path)
  const { name, folder } = whereabouts(root, isRoot)
  const machines = join(folder, 'machines')
  await mkdir(machines, { recursive: true, mode: 0o711 })
  const desktop = await installDesktop(folder)
  const streamer = await installStreamer(folder, isRoot)
  return { name, root, folder, machines, desktop, filter: join(desktop, 'seccomp'), streamer }
}

/** `root` is a path without links. */
export const whereabouts = (root: string, isRoot: boolean) => {
  const name = `atelier-${hash('sha256', root).slice(0, 12)}`
  return { name, folder: isRoot ? join('/run', name) : root }
}

export const removePlace = async ({ folder }: Place): Promise<void> => {
  await uninstallStreamer(folder)
  await rm(folder, { recursive: true, force: true })
}

const installDesktop = async (folder: string): Promise<string> => {
  const filter = seccompFilter()
  const driver = (await exists(inputDriver)) ? await readFile(inputDriver) : undefined
  const files = (await readdir(desktopSource, { recursive: true, withFileTypes: true })).filter(file => file.isFile())
  const paths = files.map(file => join(file.parentPath, file.name)).sort()
  const contents = await Promise.all(paths.map(path => readFile(path)))
  const digest = hash('sha256', Buffer.concat([filter, ...(driver ? [driver] : []), ...contents])).slice(0, 12)
  const desktop = join(folder, `desktop-${digest}`)
  await installOnce(desktop, async unfinished => {
    await cp(desktopSource, unfinished, { recursive: true })
    await writeFile(join(unfinished, 'seccomp'), filter)
    if (!driver) return
    await mkdir(join(unfinished, 'modules/input'), { recursive: true, mode: 0o755 })
    await writeFile(join(unfinished, 'modules/input', basename(inputDriver)), driver)
  })
  return desktop
}
