import type { Capabilities } from '../driver.ts'

export interface LimitedTo {
  vcpus: number
  memoryMiB: number
  iops?: number | undefined
  throughputMiBs?: number | undefined
}

/** How the processes of a machine are kept to their share of the host. */
export interface Limits {
  readonly guarantees: Pick<Capabilities['guarantees'], 'cpu' | 'memory' | 'processes' | 'volumeIo'>
  /** Makes ready for a machine, and names the files that its first process writes its pid to. */
  prepare(machine: string, to: LimitedTo): Promise<string[]>
  /** Ends what still runs under the machine's limits, and removes them. */
  release(machine: string): Promise<void>
  /** Whether processes of the machine were ended for want of memory. False where the host does not tell. */
  ranOutOfMemory(machine: string): Promise<boolean>
  /** Machines with limits. */
  machines(): Promise<string[]>
  /** Leaves the host as it was before. */
  close(): Promise<void>
}

/** Threads count. A browser and a 3D program together stay below a thousand. */
export const processLimit = (vcpus: number) => 1024 + 512 * vcpus
