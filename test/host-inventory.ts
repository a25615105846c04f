/** What a host shows of one server: what must be the same before and after whatever sessions it had. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createPlace, type Place } from '../src/compute/local/place.ts'
import { findProcesses } from '../src/compute/local/processes.ts'

const isRoot = process.getuid?.() === 0

/** Where the local driver of a server keeps what lives no longer than the machines. */
export const placeOf = (home: string): Promise<Place> => createPlace(join(home, 'local'), isRoot)

/** Processes, mounts, loop devices, control groups, sockets, run folders, volumes and backups, one a line. */
export const hostInventory = async (home: string): Promise<string[]> => {
  const place = await placeOf(home)
  const ours = (text: string) => text.split('\n').filter(line => line.includes(place.name) || line.includes(home))
  const kept = keptIn(place)
  const lines = [
    ...(await findProcesses(place.name)).map(({ pid }) => `process ${pid}`),
    ...ours(await readFile('/proc/self/mountinfo', 'utf8')).map(line => `mount ${line.split(' ')[4]}`),
    ...ours(await readFile('/proc/net/unix', 'utf8')).map(line => `socket ${line.split(' ').at(-1)}`),
    ...ours((await loopDevices()).join('\n')).map(file => `loop device ${file}`),
    ...(await controlGroups(place.name)).map(group => `control group ${group}`),
    ...(await namesIn(place.machines)).map(name => `run folder ${name}`),
    ...(await namesIn(join(kept, 'volumes'))).map(name => `volume ${name}`),
    ...(await namesIn(join(kept, 'backups'))).map(name => `backup ${name}`),
  ]
  return lines.sort()
}

/** The file of this name in the artist's home; undefined while the session has two volumes, of which one is on its way out. */
export const fileOf = async (home: string, sessionId: string, name: string): Promise<string | undefined> => {
  const volumes = join(keptIn(await placeOf(home)), 'volumes')
  const [volume, ...more] = (await namesIn(volumes)).filter(each => each.startsWith(`${sessionId}-`))
  return volume && more.length === 0 ? join(volumes, volume, 'tree/home', name) : undefined
}

const keptIn = (place: Place) => (isRoot ? join(place.folder, 'pool') : place.root)

const namesIn = async (folder: string) => (existsSync(folder) ? await readdir(folder) : [])

/** The files behind them. Others' devices come and go meanwhile. */
const loopDevices = async (): Promise<string[]> => {
  const names = (await namesIn('/sys/block')).filter(name => name.startsWith('loop'))
  return Promise.all(
    names.map(async name => {
      const file = join('/sys/block', name, 'loop/backing_file')
      return existsSync(file) ? (await readFile(file, 'utf8').catch(ifGone)).trim() : ''
    }),
  )
}

const ifGone = (error: NodeJS.ErrnoException): string => {
  if (error.code === 'ENOENT' || error.code === 'ENXIO' || error.code === 'ENODEV') return ''
  throw error
}

/** Of every hierarchy, the groups under the one that is named after the place. */
const controlGroups = async (name: string): Promise<string[]> => {
  const roots = ['/sys/fs/cgroup', ...(await namesIn('/sys/fs/cgroup')).map(each => join('/sys/fs/cgroup', each))]
  const own = roots.map(root => join(root, name)).filter(existsSync)
  const groups = await Promise.all(
    own.map(async group => {
      const entries = await readdir(group, { withFileTypes: true })
      return entries.filter(entry => entry.isDirectory()).map(entry => join(group, entry.name))
    }),
  )
  return groups.flat()
}
