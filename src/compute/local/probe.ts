/** What this host could hold, for a person who asks: found by looking, without making or changing anything. */
import { constants, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { can, exists } from '../shelf.ts'
import { hostImage, imageForm } from './image.ts'
import { lookForLimits } from './limits-cgroup.ts'
import { inputDriver, whereabouts } from './place.ts'
import { lookAtPool, lookAtProcesses, lookAtSwap } from './probe-room.ts'
import { run } from './run.ts'
import { mayUse, type OfferedShare } from './shares.ts'

export interface Finding {
  what: string
  state: 'ok' | 'warn' | 'fail'
  /** What was found. */
  found: string
  /** What to do about it. */
  mend?: string
}

export interface ProbeOptions {
  /** Program by the Debian package that it is wanted for. */
  programs: Readonly<Record<string, string>>
}

export const probeHost = async ({ programs }: ProbeOptions): Promise<Finding[]> => {
  const isRoot = process.getuid?.() === 0
  return [
    ...(await Promise.all([
      lookForPrograms(programs),
      lookForSandbox(isRoot),
      lookForPool(isRoot),
      limits(isRoot),
      lookForPens(),
    ])),
    isRoot
      ? { what: 'user', state: 'ok', found: 'root: volumes with a hard size, limits on CPU, memory and disk' }
      : {
          what: 'user',
          state: 'warn',
          found: 'not root: volumes are plain folders, and nothing limits a workstation',
          mend: 'start the server as root for the guarantees',
        },
  ]
}

/** How much there is of what workstations share. `root`: the data folder of the driver. */
export const lookForRoom = (root: string): Promise<Finding[]> =>
  Promise.all([lookAtPool(root), lookAtSwap(), lookAtProcesses()])

/** Where the driver itself looks for programs (`run.ts`), and where a workstation does. */
const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']

const lookForPrograms = async (programs: ProbeOptions['programs']): Promise<Finding> => {
  const missing: string[] = []
  for (const [debianPackage, program] of Object.entries(programs))
    if (!(await hasProgram(program))) missing.push(debianPackage)
  if (missing.length === 0)
    return { what: 'programs', state: 'ok', found: 'everything that a workstation is made of, its X server among it' }
  return {
    what: 'programs',
    state: 'fail',
    found: `missing: ${missing.join(', ')}`,
    mend: `apt-get install -y --no-install-recommends ${missing.join(' ')}`,
  }
}

const hasProgram = async (name: string): Promise<boolean> => {
  for (const folder of folders) if (await can(join(folder, name), constants.X_OK)) return true
  return false
}

/** A sandbox that does nothing is tried; it leaves nothing behind. */
const lookForSandbox = async (isRoot: boolean): Promise<Finding> => {
  const what = 'sandbox'
  try {
    await run('bwrap', ['--unshare-all', '--ro-bind', '/', '/', '/bin/true'], 5000)
    return { what, state: 'ok', found: 'bubblewrap makes its namespaces' }
  } catch (error) {
    return {
      what,
      state: 'fail',
      found: (error as Error).message,
      mend: isRoot
        ? 'in a container, it needs the right to make namespaces (CAP_SYS_ADMIN)'
        : 'allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000',
    }
  }
}

const lookForPool = async (isRoot: boolean): Promise<Finding> => {
  const what = 'volumes'
  const systems = await readFile('/proc/filesystems', 'utf8')
  const hasBtrfs = /\bbtrfs\b/.test(systems) || (await isModule('btrfs'))
  const hasLoop = (await can('/dev/loop-control', constants.R_OK | constants.W_OK)) || (await isModule('loop'))
  if (isRoot && hasBtrfs && hasLoop)
    return { what, state: 'ok', found: 'a btrfs pool can be had: hard sizes, backups in an instant' }
  const lacks = [
    ...(hasBtrfs ? [] : ['btrfs in the kernel']),
    ...(hasLoop ? [] : ['loop devices']),
    ...(isRoot ? [] : ['root']),
  ]
  return {
    what,
    state: 'warn',
    found: `no btrfs pool without ${lacks.join(', ')}: volumes are plain folders without a hard size`,
    mend: isRoot ? 'modprobe btrfs loop' : 'start the server as root',
  }
}

/** Whether the kernel would load it; asked without loading it. */
const isModule = async (name: string): Promise<boolean> => {
  try {
    await run('modprobe', ['--dry-run', '--quiet', name], 5000)
    return true
  } catch {
    return false
  }
}

const kinds = ['cpu', 'memory', 'processes', 'volumeIo'] as const

const limits = async (isRoot: boolean): Promise<Finding> => {
  const { versions, kinds: held } = await lookForLimits(await readFile('/proc/self/mountinfo', 'utf8'))
  const missing = isRoot ? kinds.filter(kind => !held.includes(kind)) : kinds
  const found = versions.length > 0 ? `control groups of version ${versions.join(' and ')}` : 'no control groups'
  if (missing.length === 0) return { what: 'limits', state: 'ok', found: `${found}: ${kinds.join(', ')}` }
  return {
    what: 'limits',
    state: 'warn',
    found: `${found}, not to be limited: ${missing.join(', ')}`,
    mend: isRoot ? 'mount the control groups that are missing' : 'start the server as root',
  }
}

/** Some user of a machine. */
const anyUser = 2_000_000_000

/** The folders that are offered to workstations, as the user of one finds them. */
export const lookAtShares = (
  shares: ReadonlyMap<string, OfferedShare>,
  group: string | undefined,
): Promise<Finding[]> => {
  const user = { uid: process.getuid?.() === 0 ? anyUser : undefined, group }
  const look = async ([name, { path, readOnly }]: [string, OfferedShare]): Promise<Finding> => {
    const what = 'share'
    if (!(await mayUse(path, user, ['-r', '-x']))) {
      const mend = 'mount it, or open it to the group of ATELIER_SHARES_GROUP'
      return { what, state: 'fail', found: `${name}: ${path} is not there, or closed to workstations`, mend }
    }
    if (readOnly) return { what, state: 'ok', found: `${name}: ${path} can be read, and is offered for that only` }
    if (await mayUse(path, user, ['-w'])) return { what, state: 'ok', found: `${name}: ${path} can be written` }
    const mend = 'let the group of ATELIER_SHARES_GROUP write to it, or offer it with :ro'
    return { what, state: 'warn', found: `${name}: ${path} can be read, but not written by workstations`, mend }
  }
  return Promise.all([...shares].map(look))
}

const lookForPens = async (): Promise<Finding> => {
  const what = 'pens'
  if (await exists(inputDriver))
    return { what, state: 'ok', found: 'pressure, tilt and eraser, and fingers, by Atelier’s driver for the X server' }
  return {
    what,
    state: 'warn',
    found: 'pens and fingers do not reach desktops: the X server’s driver for them is not built',
    mend: 'apt-get install -y --no-install-recommends gcc libc6-dev xserver-xorg-dev, then npm start',
  }
}

/** The images that workstations can start from, as far as they can be seen without mounting anything. */
export const lookForImages = async (root: string): Promise<Finding> => {
  const what = 'images'
  const pool = join(whereabouts(root, true).folder, 'pool/images')
  const names: string[] = [hostImage]
  for (const folder of [pool, join(root, 'images')]) names.push(...(await imagesIn(folder)))
  const isHidden = (await can(join(root, 'pool.img'), constants.F_OK)) && !(await can(pool, constants.F_OK))
  const found = `${names.join(', ')}${isHidden ? '; others are seen while the server runs' : ''}`
  return { what, state: 'ok', found }
}

const imagesIn = async (folder: string): Promise<string[]> => {
  try {
    return (await readdir(folder)).filter(name => imageForm.test(name)).sort()
  } catch (error) {
    if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
}
