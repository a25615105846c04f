/**
 * The program that streams a desktop (`src/streamer`), as a workstation sees it: its sources and the packages that it
 * needs in `/run/streamer`, and nothing else of the server's. It is started inside by the session script when somebody
 * calls, and ends by itself when everyone has left.
 */
import { hash } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir, open, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DriverError } from '../driver.ts'
import { exists } from '../shelf.ts'
import { connectDesktop } from './desktop-socket.ts'
import { installOnce } from './installed.ts'
import { unmount } from './mounts.ts'
import { run } from './run.ts'

export interface StreamerProgram {
  /** Folder of the small parts, with a place in it for each of the large ones. */
  folder: string
  /** Files of hundreds of MiB, which are shown where they are; by their place in the folder. */
  large: Record<string, string>
}

export const root = join(import.meta.dirname, '../../..')
/** FFmpeg for this kind of machine. */
export const codecPackage = `@seydx/node-av-linux-${process.arch}`
const native = `node_modules/${codecPackage}/node-av.node`

/** Everything below these that is code; of the package with the compiled part, only this machine's kind. */
const parts = [
  'src/protocol',
  'src/streamer',
  'node_modules/x11/package.json',
  'node_modules/x11/lib',
  'node_modules/koffi/package.json',
  'node_modules/koffi/index.js',
  'node_modules/koffi/index.cjs',
  'node_modules/koffi/src/koffi',
  `node_modules/@koromix/koffi-linux-${process.arch}/package.json`,
  `node_modules/@koromix/koffi-linux-${process.arch}/index.js`,
  `node_modules/@koromix/koffi-linux-${process.arch}/linux_${process.arch}`,
  `node_modules/${codecPackage}/package.json`,
]
const isCode = (path: string) => /\.(?:ts|js|cjs|json|node)$/.test(path) && !/\.(?:test|d)\.ts$/.test(path)

/** Undefined where a package for this kind of machine is missing: the desktop is streamed by its X server then. */
export const installStreamer = async (folder: string, isRoot: boolean): Promise<StreamerProgram | undefined> => {
  if (!(await exists(join(root, native)))) return undefined
  const paths = (await Promise.all(parts.map(filesIn))).flat().filter(isCode).sort()
  const contents = await Promise.all(paths.map(path => readFile(join(root, path))))
  const digest = hash('sha256', Buffer.concat(contents)).slice(0, 12)
  const installed = join(folder, `streamer-${digest}`)
  await installOnce(installed, unfinished => copyTo(unfinished, paths))
  const reach = (path: string, name: string) => (isRoot ? reachable(path, join(folder, name)) : path)
  return {
    folder: installed,
    large: { node: await reach(process.execPath, 'node'), [native]: await reach(join(root, native), 'node-av.node') },
  }
}

const filesIn = async (part: string): Promise<string[]> => {
  if (!(await stat(join(root, part))).isDirectory()) return [part]
  const files = (await readdir(join(root, part), { recursive: true, withFileTypes: true })).filter(file =>
    file.isFile(),
  )
  return files.map(file => join(part, file.parentPath.slice(join(root, part).length), file.name))
}

const copyTo = async (folder: string, paths: readonly string[]): Promise<void> => {
  for (const path of [...paths, native]) await mkdir(dirname(join(folder, path)), { recursive: true, mode: 0o755 })
  for (const path of paths) await copyFile(join(root, path), join(folder, path))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n')
  // What the large files are shown over.
  for (const path of ['node', native]) await writeFile(join(folder, path), '')
}

/**
 * A path by which the machines' users get to the file. Where a folder on the way is closed to them, as root's home is,
 * the file alone is mounted where they do.
 */
const reachable = async (path: string, mountPoint: string): Promise<string> => {
  if (await isOpenToAll(path)) return path
  const wanted = await stat(path)
  if (!(await exists(mountPoint))) await writeFile(mountPoint, '')
  const shown = await stat(mountPoint)
  if (shown.dev === wanted.dev && shown.ino === wanted.ino) return mountPoint
  // From before an upgrade. Machines that run keep theirs.
  await unmount(mountPoint)
  await run('mount', ['--bind', path, mountPoint])
  await run('mount', ['-o', 'remount,bind,ro,nosuid', mountPoint])
  return mountPoint
}

const isOpenToAll = async (path: string): Promise<boolean> => {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) break
  }
  return ((await stat(path)).mode & 0o004) !== 0
}

/** Takes away what `installStreamer` mounted. */
export const uninstallStreamer = async (folder: string): Promise<void> => {
  for (const name of ['node', 'node-av.node']) await unmount(join(folder, name))
}

export const streamerArguments = (program: StreamerProgram | undefined): string[] =>
  program === undefined
    ? []
    : [
        ...['--ro-bind', program.folder, '/run/streamer'],
        ...Object.entries(program.large).flatMap(([place, path]) => ['--ro-bind', path, join('/run/streamer', place)]),
      ]

const limitMs = 10_000
const lookEveryMs = 10
/** A machine that is busy takes its time to hear a call. It is not called again meanwhile. */
const callEveryMs = 500
/** One that ends at once, as in an image without the libraries it needs, is not started for ever. */
const mostCalls = 4

/** Connects to the streamer, and starts it when it does not run. */
export const callStreamer = async (socketFolder: string): Promise<Socket> => {
  let calls = 0
  let calledAt = Number.NEGATIVE_INFINITY
  for (const deadline = performance.now() + limitMs; performance.now() < deadline; await pause(lookEveryMs)) {
    try {
      return await connectDesktop(socketFolder, 'stream')
    } catch (error) {
      if (!(error instanceof DriverError)) throw error
    }
    if (performance.now() - calledAt < callEveryMs) continue
    if (calls === mostCalls) break
    if (!(await call(join(socketFolder, 'call')))) continue
    calls++
    calledAt = performance.now()
  }
  throw noStreamer()
}

/**
 * The session script reads this pipe while no streamer runs. The name belongs to the programs inside: it is opened
 * without following links and without waiting for anybody, and what is no pipe is left alone.
 */
const call = async (path: string): Promise<boolean> => {
  const pipe = await open(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch(error => {
    // Nobody reads: the streamer is about to listen, or has just ended.
    if (error.code === 'ENXIO') return undefined
    throw noStreamer(error)
  })
  if (!pipe) return false
  try {
    if (!(await pipe.stat()).isFIFO()) throw noStreamer()
    await pipe.write('\n')
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return false
    throw error
  } finally {
    await pipe.close()
  }
}

const noStreamer = (cause?: unknown) =>
  new DriverError('NETWORK_CONNECTION_ERROR', 'the workstation has no streamer that answers', { cause })
