/** For tests: a host with a local driver on it, what programs inside a machine see, and what is left of it all. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Driver } from '../driver.ts'
import type { Subject } from '../suite.ts'
import { hostImage, imageOfVolume } from './image.ts'
import { launchArguments } from './launch.ts'
import { createLocalDriver } from './local.ts'
import { createPlace, type Place } from './place.ts'
import { findProcesses } from './processes.ts'
import { bubblewrapArguments } from './sandbox.ts'
import type { StartOptions } from './start.ts'
import type { StorageOptions } from './storage-choice.ts'

const execute = promisify(execFile)

export const isRoot = process.getuid?.() === 0

export interface Host extends Subject {
  root: string
  place: Place
  volumes: string
  /** Runs a shell script in the sandbox and under the limits of a machine that runs; gives what it prints. */
  inside(machine: string, script: string): Promise<string>
}

export const createHost = async (options: StartOptions & StorageOptions = {}): Promise<Host> => {
  const root = await mkdtemp(join(tmpdir(), 'atelier-'))
  const make = () => createLocalDriver({ root, poolSizeGiB: 3, ...options })
  const driver = await make()
  const place = await createPlace(root, isRoot)
  const kept = isRoot ? join(place.folder, 'pool') : place.root
  const volumes = join(kept, 'volumes')
  const file = (volume: string, name: string) => join(volumes, volume, 'tree/home', name)
  const host: Host = {
    root,
    place,
    volumes,
    driver,
    again: make,
    write: (volume, name, text) => writeFile(file(volume, name), text),
    read: (volume, name) => readFile(file(volume, name), 'utf8'),

    async breakMachine(machine) {
      const [session] = (await findProcesses(place.name, machine)).filter(({ isInner }) => isInner)
      assert.ok(session)
      for (const pid of await childrenOf(session.pid)) {
        if ((await nameOf(pid)) === 'Xorg') process.kill(pid, 'SIGKILL')
      }
    },

    async leaveHalfMade({ machine, volume, backup }) {
      await mkdir(join(place.machines, machine, 'desktop'), { recursive: true })
      await mkdir(join(volumes, `${volume}.new`))
      if (isRoot) await execute('btrfs', ['subvolume', 'create', join(volumes, `${volume}.new/tree`)])
      else await mkdir(join(volumes, `${volume}.new/tree`))
      await mkdir(join(kept, 'backups', `${backup}.new`))
    },

    inside: (machine, script) => inside(place, volumes, machine, script),

    async close() {
      await removeEverything(host.driver)
      await host.driver.close()
      assert.deepEqual(await traces(place, root), [])
      await rm(root, { recursive: true })
    },
  }
  return host
}

const childrenOf = async (pid: number): Promise<number[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').map(Number)

/** Empty for a process that has ended meanwhile: the session starts short ones all the time. */
const nameOf = async (pid: number): Promise<string> => {
  try {
    return (await readFile(`/proc/${pid}/comm`, 'utf8')).trim()
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return ''
    throw error
  }
}

const limitMs = 60_000

const inside = async (place: Place, volumes: string, machine: string, script: string): Promise<string> => {
  const tree = join(volumes, machine, 'tree')
  const imageId = await imageOfVolume(join(volumes, machine))
  const image = imageId !== hostImage ? join(volumes, '../images', imageId, 'tree') : undefined
  const socketFolder = join(place.machines, machine, 'desktop')
  const sandbox = {
    ...{ place: place.name, desktop: place.desktop, machine, socketFolder, tree, image },
    ...{ memoryMiB: 512, clipboard: true },
  }
  const bubblewrap = bubblewrapArguments(sandbox, ['/bin/bash', '-c', script])
  const uid = isRoot ? (await stat(join(tree, 'home'))).uid : undefined
  const groups = (await controlGroups(place)).map(group => join(group, machine, 'cgroup.procs'))
  const filter = await open(place.filter)
  try {
    const child = spawn('/bin/sh', launchArguments({ bubblewrap, groups, uid }), {
      stdio: ['ignore', 'pipe', 'pipe', filter.fd],
      signal: AbortSignal.timeout(limitMs),
    })
    const output: Buffer[] = []
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', bytes => output.push(bytes))
    await once(child, 'close')
    return Buffer.concat(output).toString().trim()
  } finally {
    await filter.close()
  }
}

const controlGroups = async (place: Place): Promise<string[]> => {
  const roots = ['/sys/fs/cgroup', ...(await readdir('/sys/fs/cgroup')).map(name => join('/sys/fs/cgroup', name))]
  return roots.map(root => join(root, place.name)).filter(existsSync)
}

const removeEverything = async (driver: Driver) => {
  const { machines, volumes, backups } = await driver.inventory()
  for (const id of machines) await driver.removeMachine(id)
  for (const id of volumes) await driver.removeVolume(id)
  for (const id of backups) await driver.removeBackup(id)
}

/** What the host would still show of the driver: processes, control groups, mounts, loop devices, folders. */
const traces = async (place: Place, root: string): Promise<string[]> => {
  const found = (await findProcesses(place.name)).map(({ pid }) => `process ${pid}`)
  found.push(...(await controlGroups(place)))
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  found.push(...mounts.filter(line => line.includes(place.name) || line.includes(root)))
  if (isRoot) {
    const { stdout } = await execute('losetup', ['-a'])
    found.push(...stdout.split('\n').filter(line => line.includes(root)))
    if (existsSync(place.folder)) found.push(place.folder)
  }
  return found
}
