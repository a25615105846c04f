/** How much this host has of what workstations share, for a person who asks: found by looking alone. */
import { readFile, realpath, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from '../shelf.ts'
import { processLimit } from './limits.ts'
import { whereabouts } from './place.ts'
import type { Finding } from './probe.ts'
import { bytesFree, gib, reserveBytes } from './room.ts'

const inGib = (bytes: number) => `${(bytes / gib).toFixed(1)} GiB`

/** The pool of volumes: what it holds, and what the disk under it lets it become. `root`: the driver's data folder. */
export const lookAtPool = async (root: string): Promise<Finding> => {
  const what = 'pool'
  const file = join(root, 'pool.img')
  if (!(await exists(file))) return { what, state: 'ok', found: 'none yet: it is made by the first start as root' }
  const { size, blocks } = await stat(file)
  const isWhole = blocks * 512 >= size
  const disk = await bytesFree(root)
  const grows = `the disk has ${inGib(disk)} for it to grow`
  const { folder } = whereabouts(await realpath(root), true)
  const mountPoint = join(folder, 'pool')
  const mounted = (await exists(mountPoint)) ? await statfs(mountPoint) : undefined
  const isMounted = mounted !== undefined && mounted.blocks * mounted.bsize >= size - gib
  const free = isMounted ? mounted.bavail * mounted.bsize : undefined
  const found = `${inGib(size)}${free === undefined ? ', not mounted' : `, ${inGib(free)} free`}; ${grows}`
  const mend =
    'delete sessions, backups or images, or give the disk more room; ATELIER_POOL_SHARE says how much of it is taken'
  if (free !== undefined && free < reserveBytes) return { what, state: 'fail', found, mend }
  if (!isWhole)
    return {
      what,
      state: 'warn',
      found: `${found}; part of it is not allocated, and is lost when the disk is full`,
      mend,
    }
  return free !== undefined && free + disk < 4 * gib
    ? { what, state: 'warn', found, mend }
    : { what, state: 'ok', found }
}

/** Whether a limit of memory holds as well for what is moved out to disk. */
export const lookAtSwap = async (): Promise<Finding> => {
  const what = 'swap'
  const lines = (await readFile('/proc/swaps', 'utf8')).trim().split('\n').slice(1)
  if (lines.length === 0) return { what, state: 'ok', found: 'none: a limit of memory is all that a workstation gets' }
  const files = ['memory/memory.memsw.limit_in_bytes', 'cgroup.controllers']
  const isLimited = (await Promise.all(files.map(file => exists(join('/sys/fs/cgroup', file))))).includes(true)
  if (isLimited) return { what, state: 'ok', found: 'there is some, and the limit of a workstation counts it' }
  return {
    what,
    state: 'warn',
    found: 'there is some, and this kernel does not count it: a workstation may use it beyond its memory',
    mend: 'swapoff -a, or start the kernel with swapaccount=1',
  }
}

/** Fewer than these, and the limits of workstations add up to more than the host has. */
const wantedWorkstations = 10

export const lookAtProcesses = async (): Promise<Finding> => {
  const what = 'processes'
  const names = ['pid_max', 'threads-max']
  const [pids = 0, threads = 0] = await Promise.all(
    names.map(async name => Number(await readFile(join('/proc/sys/kernel', name), 'utf8'))),
  )
  const most = Math.min(pids, threads)
  const found = `${most} at once; a workstation of one vCPU may have ${processLimit(1)}`
  if (most >= processLimit(1) * wantedWorkstations) return { what, state: 'ok', found }
  return { what, state: 'warn', found, mend: 'sysctl -w kernel.pid_max=4194304 kernel.threads-max=500000' }
}
