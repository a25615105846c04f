import type { Duplex } from 'node:stream'

/**
 * Where machines run. A driver keeps three kinds of things, each under an id that the caller chose: machines,
 * volumes and backups. Every verb may be repeated and may be cut off half way; done again, it finishes. A driver
 * remembers nothing between calls: what is true is asked of the host each time, so a driver made after a crash
 * knows as much as the one before it.
 *
 * Ids are 1 to 64 characters of `[0-9A-Za-z-]`; a driver refuses others, with a RangeError, before they become a path.
 */
export interface Driver {
  readonly name: string
  /** What `dial` can give, the best first. */
  readonly protocols: readonly Protocol[]
  /** What this host can hold and what it can guarantee. Found by trying, never assumed. */
  capabilities(): Promise<Capabilities>
  /** The volume exists: as it was, or new from the image, or new from the backup named. */
  ensureVolume(id: string, options: VolumeOptions): Promise<void>
  /**
   * The machine runs with its volume, it is set up, and its desktop answers. One that was cut off half way is made anew,
   * and its scripts run again; one whose set-up fails is gone when this throws.
   */
  ensureMachine(id: string, spec: MachineSpec, watcher?: StartWatcher): Promise<void>
  /** The machine is gone, with every process, mount, socket and cgroup of it; its volume is whole. */
  removeMachine(id: string): Promise<void>
  /** The volume is gone and its space given back. */
  removeVolume(id: string): Promise<void>
  /** The backup exists, and shows the volume as it was at one moment. One that exists already is left as it is. */
  ensureBackup(id: string, volume: string): Promise<void>
  removeBackup(id: string): Promise<void>
  /**
   * Shows the files of a backup in a folder of this host, which nobody may write to, until `read` has ended. It does not
   * keep the backup from being removed: then it fails, and what was read is not whole.
   */
  readBackup<Found>(id: string, read: (folder: string) => Promise<Found>): Promise<Found>
  /**
   * The backup exists: as it was, or with what `fill` puts into an empty folder of this host, which holds that much and
   * not more. What comes from elsewhere belongs to nobody here, and is given a user of its own.
   */
  receiveBackup(id: string, sizeGiB: number, fill: (folder: string) => Promise<void>): Promise<void>
  /** What is true now. An unknown id is 'absent', never an error. */
  observe(machine: string): Promise<Observation>
  /** Why a machine is broken, as far as the host can tell. Asked before it is removed. */
  endOf(machine: string): Promise<MachineEnd>
  /** What is done at a machine. NETWORK_CONNECTION_ERROR without one, or one whose desktop does not tell. */
  activity(machine: string): Promise<Activity>
  /** Everything kept here, ours or forgotten, half made things among them. */
  inventory(): Promise<Inventory>
  /**
   * The bytes of the desktop, to be taken as hostile, in the protocol asked for, RFB when none is. Ends when the
   * machine does. NETWORK_CONNECTION_ERROR without a desktop, or one that does not speak the protocol.
   */
  dial(machine: string, protocol?: Protocol): Promise<Duplex>
  /** Lets go of what the driver itself holds open. Machines run on. */
  close(): Promise<void>
}

/** `atelier`: that of `src/protocol`, framed. `rfb`: that of VNC. */
export type Protocol = 'atelier' | 'rfb'

export interface VolumeOptions {
  /** `ec2ImageId` of the streaming image, such as `ami-host`. */
  image: string
  sizeGiB: number
  iops?: number
  throughputMiBs?: number
  /** Id of the backup that a new volume starts from. A volume that exists is left as it is. */
  backup?: string
}

export interface MachineSpec {
  /** Id of the volume that holds what must survive the machine. */
  volume: string
  image: string
  vcpus: number
  memoryMiB: number
  /** Without any, it sees none of the host's. */
  gpus?: number
  /** Whether text may be copied between the desktop and the outside; enforced where the desktop runs. */
  clipboard: boolean
  /** What the components of its launch profile ask for; without it, nothing. */
  setup?: MachineSetup
}

export interface MachineSetup {
  hostname: string
  /** Variables that every program of the desktop has. */
  environment: Readonly<Record<string, string>>
  shares: readonly Share[]
  /** In the order in which they run. Each has to succeed before the next one begins. */
  scripts: readonly Script[]
  /** Id of the component whose directory the machine has to join; undefined: none. */
  directory: string | undefined
}

export interface Share {
  /** Id of the component that asks for it, and what a person calls it. */
  component: string
  title: string
  /** What the operator may have called it. The first of these that the host offers is meant. */
  names: readonly string[]
  /** An absolute path, or one that begins with `$HOME/`. */
  mountPoint: string
}

export interface Script {
  component: string
  title: string
  /** By the workstation's own root before there is a desktop, or by the artist when there is one. */
  runs: 'SYSTEM_INITIALIZATION' | 'USER_INITIALIZATION'
  /** Begins with `#!` and an interpreter, or is for `/bin/sh`. */
  text: string
  /** Variables that it has beside those of the desktop. */
  environment: Readonly<Record<string, string>>
}

export interface StartWatcher {
  /** Aborted when nobody wants the machine any more. */
  signal?: AbortSignal | undefined
  /** How long the whole start may take, ms. A script that would take longer fails by then. */
  withinMs?: number
  /** Takes what the scripts have printed so far: the end of it, without control characters, at most 64 KiB. */
  report?: (output: string) => Promise<void>
}

/** `running`: the desktop answers. `absent`: nothing of it is left. `broken`: something is left, but no desktop answers. */
export type Observation = 'running' | 'absent' | 'broken'

/** `outOfMemory`: the host has ended programs of the machine that wanted more memory than it has. */
export type MachineEnd = 'outOfMemory' | 'unknown'

export interface Activity {
  /** Since the last key or pointer event, of whichever viewer, ms. */
  idleMs: number
  /** Processor time that the artist's programs have used since the machine started, ms; the desktop's own is not in it. */
  cpuMs: number
}

/** Ids by kind. A machine is listed while any trace of it is left: process, run folder, socket, mount, cgroup. */
export interface Inventory {
  machines: string[]
  volumes: string[]
  backups: string[]
}

export interface Capabilities {
  vcpus: number
  memoryMiB: number
  gpus: number
  /** What is held to by the host; a promise that cannot be kept has the reason and the mend as its value. */
  guarantees: Record<Guarantee, true | string>
}

export type Guarantee = 'volumeSize' | 'volumeIo' | 'snapshots' | 'cpu' | 'memory' | 'processes'

/** The `statusCode`s of the API that a failure of a machine may end in (decision 14). */
export type DriverErrorCode =
  | 'INSUFFICIENT_CAPACITY'
  | 'ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR'
  | 'NETWORK_CONNECTION_ERROR'
  | 'INITIALIZATION_SCRIPT_ERROR'
  | 'NETWORK_INTERFACE_ERROR'
  | 'AMI_VALIDATION_ERROR'
  | 'INTERNAL_ERROR'

/** A failure that a person can act on. The message says what happened and what to do; anything else thrown is a bug. */
export class DriverError extends Error {
  override readonly name = 'DriverError'
  readonly code: DriverErrorCode
  readonly #told: string | undefined
  /** `told`: what the person is told instead, where that holds what no log may hold, such as the output of scripts. */
  constructor(code: DriverErrorCode, message: string, { told, ...options }: ErrorOptions & { told?: string } = {}) {
    super(message, options)
    this.code = code
    this.#told = told
  }
  /** For those who may see the session, and for nobody else. */
  get statusMessage(): string {
    return this.#told ?? this.message
  }
}

const idForm = /^[0-9A-Za-z-]{1,64}$/

/** Ids become names of files and control groups, so every verb asks here before it does anything. */
export const checkId = (id: string): string => {
  if (!idForm.test(id)) throw new RangeError('an id is 1 to 64 characters of [0-9A-Za-z-]')
  return id
}
