/** The start of a machine: what its components want first, then its desktop. */
import { chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DriverError, type MachineSetup, type MachineSpec, type StartWatcher } from '../driver.ts'
import { findGpus } from './gpus.ts'
import { type Launch, launch, ScriptFailure } from './launch.ts'
import type { Place } from './place.ts'
import { endProcesses } from './processes.ts'
import { bubblewrapArguments, type Sandbox } from './sandbox.ts'
import { recordedOutput, scriptError, writeScripts } from './scripts.ts'
import { findShares, type OfferedShare } from './shares.ts'

export interface StartOptions {
  /** Folders of the host that workstations may see, by name. */
  shares?: ReadonlyMap<string, OfferedShare>
  /** A group of the host that owns what is on the shares: machines that have one are in it. */
  shareGroup?: string | undefined
  /** How long an initialization script may take. */
  scriptLimitMs?: number
}

export interface Start {
  place: Place
  machine: string
  spec: MachineSpec
  /** Tree of the image; undefined for the host's own programs. */
  image: string | undefined
  /** Tree of its volume, and the user of the host that owns what is in it; undefined for the server's own. */
  tree: string
  uid: number | undefined
  runFolder: string
  socketFolder: string
  groups: string[]
  watcher: StartWatcher
  options: StartOptions
}

const nothing: Omit<MachineSetup, 'hostname'> = { environment: {}, shares: [], scripts: [], directory: undefined }

/** The machine runs. Where a script has failed, what is left of it is for the caller to remove. */
export const startMachine = async (start: Start): Promise<void> => {
  const { place, machine, spec, image, tree, uid, runFolder, socketFolder, groups, watcher, options } = start
  const { shareGroup, shares: offered = new Map() } = options
  const setup = spec.setup ?? nothing
  const limit = scriptLimit(options.scriptLimitMs, watcher.withinMs)
  if (setup.directory !== undefined) throw cannotJoin(setup.directory)
  const group = setup.shares.length > 0 ? shareGroup : undefined
  const shares = await findShares(offered, setup.shares, { uid, group, image, homeTree: join(tree, 'home') })

  const sandbox: Sandbox = {
    ...{ place: place.name, desktop: place.desktop, machine, socketFolder, tree, image, shares },
    ...{ memoryMiB: spec.memoryMiB, clipboard: spec.clipboard, streamer: place.streamer },
    devices: spec.gpus ? (await findGpus()).devices : [],
    ...(spec.setup ? { hostname: spec.setup.hostname, hosts: await writeHosts(start, spec.setup.hostname) } : {}),
  }
  const recorded = join(runFolder, 'setup.log')

  /** Runs the scripts of one kind, in the sandbox for it. */
  const run = async (runs: 'SYSTEM_INITIALIZATION' | 'USER_INITIALIZATION', more: Partial<Launch>) => {
    const isSystem = runs === 'SYSTEM_INITIALIZATION'
    const scripts = setup.scripts.filter(script => script.runs === runs)
    if (isSystem && scripts.length === 0) return
    const isTold = scripts.length > 0 || group !== undefined || Object.keys(setup.environment).length > 0
    const folder = isTold ? join(runFolder, runs) : undefined
    if (folder) {
      const umask = group === undefined ? {} : { umask: '002' }
      await writeScripts(folder, scripts, { environment: setup.environment, owner: uid, ...umask })
    }
    const recording = scripts.length > 0 ? { recorder: join(place.desktop, 'recorder'), file: recorded } : undefined
    try {
      await launch({
        bubblewrap: bubblewrapArguments({ ...sandbox, setup: folder, isSystem }),
        ...{ groups, uid, shareGroup: group, filter: place.filter, log: join(runFolder, 'log') },
        ...{ recording, scriptLimitMs: limit, signal: watcher.signal, ...more },
      })
    } catch (error) {
      const script = error instanceof ScriptFailure ? scripts[error.index] : undefined
      if (!script) throw error
      // With it ends what it has started, and what they print.
      await endProcesses(place.name, machine)
      const output = await recordedOutput(recorded)
      await watcher.report?.(output)
      throw scriptError(error as ScriptFailure, script, output)
    } finally {
      if (folder) await rm(folder, { recursive: true, force: true })
    }
    if (recording) await watcher.report?.(await recordedOutput(recorded))
  }

  if (setup.scripts.some(script => script.runs === 'SYSTEM_INITIALIZATION')) await makeSystemFolder(tree, uid)
  await run('SYSTEM_INITIALIZATION', {})
  await run('USER_INITIALIZATION', { socketFolder })
}

/** The time for a script. Of the time for the whole start it leaves enough to say that the script took too long. */
const scriptLimit = (eachMs = 300_000, withinMs = Number.POSITIVE_INFINITY): (() => number) => {
  const end = performance.now() + withinMs - Math.min(reserveMs, withinMs / 10)
  return () => Math.max(1, Math.min(eachMs, end - performance.now(), longestTimer))
}

const reserveMs = 10_000
/** What a timer of Node takes, ms. */
const longestTimer = 2 ** 31 - 1

/** Many programs ask who the host is that they run on, and wait long for an answer that does not come. */
const writeHosts = async ({ place, runFolder }: Start, hostname: string): Promise<string> => {
  const path = join(runFolder, 'hosts')
  const standard = await readFile(join(place.desktop, 'etc/hosts'), 'utf8')
  await writeFile(path, `${standard}127.0.1.1 ${hostname}\n`, { mode: 0o644 })
  return path
}

/** The part of the volume that is the workstation's, and not its artist's. Backups and volumes of before have none. */
const makeSystemFolder = async (tree: string, uid: number | undefined): Promise<void> => {
  const folder = join(tree, 'system')
  await mkdir(folder, { recursive: true, mode: 0o755 })
  if (uid !== undefined) await chown(folder, uid, uid)
}

const cannotJoin = (component: string) =>
  new DriverError(
    'ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR',
    `The launch profile has the Active Directory component ${component}, but workstations on this server cannot join a ` +
      'domain: they have no network and no account of a computer. Use a launch profile without it.',
  )

/** The user that everything of a volume belongs to. */
export const ownerOf = async (tree: string): Promise<number> => (await stat(join(tree, 'home'))).uid
