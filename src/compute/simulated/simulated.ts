/**
 * A driver that runs nowhere, for trying scripts and for tests: its world is a folder, so it survives whatever
 * happens to the server, and what takes time or fails can be chosen. A volume and a backup are folders of files; a
 * machine is a file with its description, empty while it is half made.
 */
import { watch } from 'node:fs'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type Activity,
  type Capabilities,
  checkId,
  type Driver,
  DriverError,
  type MachineSpec,
  type Script,
  type StartWatcher,
} from '../driver.ts'
import { exclusive } from '../exclusive.ts'
import { createShelf, exists, namesIn } from '../shelf.ts'
import { stillPicture } from './still-picture.ts'

export type SimulatedVerb =
  | 'ensureVolume'
  | 'ensureMachine'
  | 'removeMachine'
  | 'removeVolume'
  | 'ensureBackup'
  | 'removeBackup'
  | 'observe'
  | 'activity'
  | 'dial'

export interface SimulatedOptions {
  root: string
  delayMs?: Partial<Record<SimulatedVerb, number>>
  /** Asked half way through every verb: what it gives is thrown, and what was half made stays. */
  fail?: (verb: SimulatedVerb, id: string) => DriverError | undefined | Promise<DriverError | undefined>
  capacity?: Partial<Omit<Capabilities, 'guarantees'>>
  /** What is done at a machine; by default somebody types all the time. */
  activity?: (machine: string) => Activity
  /** What an initialization script prints, and its exit code; without it, nothing and 0. */
  runScript?: (script: Script, signal: AbortSignal | undefined) => Ran | Promise<Ran>
}

interface Ran {
  output: string
  exitCode: number
}

export const createSimulatedDriver = async (options: SimulatedOptions): Promise<Driver> => {
  const { root, delayMs = {}, fail, capacity } = options
  const { activity = () => ({ idleMs: 0, cpuMs: 0 }), runScript = () => ({ output: '', exitCode: 0 }) } = options
  const machines = join(root, 'machines')
  for (const name of ['machines', 'volumes', 'backups']) await mkdir(join(root, name), { recursive: true })
  const volumes = createShelf(join(root, 'volumes'), removeFolder)
  const backups = createShelf(join(root, 'backups'), removeFolder)
  const dialled = new Set<Duplex>()

  const turn = async <T>(kind: string, id: string, work: () => Promise<T>) =>
    await exclusive(`${root}/${kind}/${checkId(id)}`, work)

  const halfWay = async (verb: SimulatedVerb, id: string) => {
    await pause(delayMs[verb] ?? 0)
    const failure = await fail?.(verb, id)
    if (failure) throw failure
  }

  const setUp = async ({ setup }: MachineSpec, { signal, report }: StartWatcher) => {
    let printed = ''
    for (const script of setup?.scripts ?? []) {
      const { output, exitCode } = await runScript(script, signal)
      printed += `=== ${script.title}\n${output}\n(exit code ${exitCode})\n`
      await report?.(printed)
      if (signal?.aborted) throw new DriverError('INTERNAL_ERROR', 'the start was given up')
      if (exitCode !== 0)
        throw new DriverError('INITIALIZATION_SCRIPT_ERROR', `a script of ${script.component} failed`, {
          told: `${script.title} ended with exit code ${exitCode}. It printed last:\n${output}`,
        })
    }
  }

  const observe = async (machine: string) => {
    const description = await readIfThere(join(machines, machine))
    return description === undefined ? 'absent' : description === '' ? 'broken' : 'running'
  }

  return {
    name: 'simulated',
    protocols: ['rfb'],

    async capabilities() {
      const kept = {
        volumeSize: true,
        volumeIo: true,
        snapshots: true,
        cpu: true,
        memory: true,
        processes: true,
      } as const
      return { vcpus: 64, memoryMiB: 256 * 1024, gpus: 4, ...capacity, guarantees: kept }
    },

    async ensureVolume(id, { image, backup }) {
      if (backup !== undefined) checkId(backup)
      await turn('volume', id, async () => {
        if (await volumes.has(id)) return
        checkImage(image)
        if (backup !== undefined && !(await backups.has(backup))) throw missing('backup', backup)
        await volumes.put(id, async box => {
          const tree = join(box, 'tree')
          await halfWay('ensureVolume', id)
          // Not empty: there is something to copy, whoever copies it.
          if (backup === undefined) await mkdir(join(tree, 'home'), { recursive: true })
          else await cp(backups.tree(backup), tree, { recursive: true })
        })
      })
    },

    async ensureMachine(id, spec, watcher = {}) {
      checkId(spec.volume)
      await turn('machine', id, async () => {
        if ((await observe(id)) === 'running') return
        checkImage(spec.image)
        if (!(await volumes.has(spec.volume))) throw missing('volume', spec.volume)
        await writeFile(join(machines, id), '')
        await halfWay('ensureMachine', id)
        try {
          await setUp(spec, watcher)
        } catch (error) {
          await rm(join(machines, id))
          throw error
        }
        await writeFile(join(machines, id), JSON.stringify(spec))
      })
    },

    async removeMachine(id) {
      await turn('machine', id, async () => {
        await halfWay('removeMachine', id)
        await rm(join(machines, id), { force: true })
      })
    },

    async removeVolume(id) {
      await turn('volume', id, async () => {
        await halfWay('removeVolume', id)
        await volumes.remove(id)
      })
    },

    async ensureBackup(id, volume) {
      checkId(volume)
      await turn('backup', id, async () => {
        if (await backups.has(id)) return
        if (!(await volumes.has(volume))) throw missing('volume', volume)
        await backups.put(id, async box => {
          await halfWay('ensureBackup', id)
          // As in every driver: a volume that is being removed is not backed up in part.
          if (!(await volumes.has(volume))) throw missing('volume', volume)
          await cp(volumes.tree(volume), join(box, 'tree'), { recursive: true })
        })
      })
    },

    async removeBackup(id) {
      await turn('backup', id, async () => {
        await halfWay('removeBackup', id)
        await backups.remove(id)
      })
    },

    async readBackup(id, read) {
      if (!(await backups.has(checkId(id)))) throw missing('backup', id)
      const found = await read(backups.tree(id))
      if (!(await backups.has(id))) throw missing('backup', id)
      return found
    },

    async receiveBackup(id, _sizeGiB, fill) {
      await turn('backup', id, async () => {
        if (await backups.has(id)) return
        await backups.put(id, async box => {
          const tree = join(box, 'tree')
          await mkdir(tree)
          await fill(tree)
        })
      })
    },

    async observe(machine) {
      checkId(machine)
      await halfWay('observe', machine)
      return await observe(machine)
    },

    async endOf(machine) {
      checkId(machine)
      return 'unknown'
    },

    async activity(machine) {
      checkId(machine)
      await halfWay('activity', machine)
      if ((await observe(machine)) !== 'running') throw noDesktop()
      return activity(machine)
    },

    async inventory() {
      return { machines: await namesIn(machines), volumes: await volumes.ids(), backups: await backups.ids() }
    },

    async dial(machine, protocol = 'rfb') {
      checkId(machine)
      await halfWay('dial', machine)
      if (protocol !== 'rfb' || (await observe(machine)) !== 'running') throw noDesktop()
      const desktop = stillPicture()
      const watcher = watch(join(machines, machine), async () => {
        if ((await observe(machine)) !== 'running') desktop.destroy()
      })
      dialled.add(desktop)
      desktop.once('close', () => {
        watcher.close()
        dialled.delete(desktop)
      })
      return desktop
    },

    async close() {
      for (const desktop of dialled) desktop.destroy()
    },
  }
}

const checkImage = (image: string) => {
  if (!/^ami-(?!none)/.test(image))
    throw new DriverError('AMI_VALIDATION_ERROR', `this server has no image "${image}": use ami-host`)
}
const noDesktop = () => new DriverError('NETWORK_CONNECTION_ERROR', 'the workstation has no desktop to connect to')
const missing = (kind: string, id: string) =>
  new DriverError('INTERNAL_ERROR', `there is no ${kind} ${id}: it was removed, or never finished`)
const removeFolder = async (path: string) => await rm(path, { recursive: true, force: true })

const readIfThere = async (path: string) => ((await exists(path)) ? await readFile(path, 'utf8') : undefined)
