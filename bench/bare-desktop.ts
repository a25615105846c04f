/** The peer of `session` and `memory`: the sandbox with the same arguments as the local driver's, and nothing around it. */
import { spawn } from 'node:child_process'
import { chownSync, closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { answers } from '../src/compute/local/desktop-socket.ts'
import { launchArguments } from '../src/compute/local/launch.ts'
import { createPlace, removePlace } from '../src/compute/local/place.ts'
import { endProcesses } from '../src/compute/local/processes.ts'
import { bubblewrapArguments } from '../src/compute/local/sandbox.ts'
import { makeHome, removeHome } from './server.ts'

const memoryMiB = 1024
const lookEveryMs = 2
const patienceMs = 20_000
const unusedUser = 2_099_999_999

export interface BareDesktops {
  /** By which `findProcesses` finds them. */
  place: string
  /** Starts one under this name; the time from its start to the greeting in milliseconds. */
  start(machine: string, interrupted: AbortSignal): Promise<number>
  end(machine: string): Promise<void>
  close(): Promise<void>
}

export const createBareDesktops = async (): Promise<BareDesktops> => {
  const root = makeHome()
  const uid = process.getuid?.() === 0 ? unusedUser : undefined
  const place = await createPlace(root, uid !== undefined)
  const started = new Set<string>()
  const end = (machine: string) => endProcesses(place.name, machine)
  return {
    place: place.name,
    async start(machine, interrupted) {
      const began = performance.now()
      started.add(machine)
      const tree = join(place.machines, machine)
      const socketFolder = makeFolders(tree, uid)
      const bubblewrap = bubblewrapArguments({
        ...{ place: place.name, desktop: place.desktop, machine, socketFolder, tree },
        ...{ memoryMiB, clipboard: true, streamer: place.streamer, image: undefined },
      })
      const filter = openSync(place.filter, 'r')
      spawn('/bin/sh', launchArguments({ bubblewrap, groups: [], uid }), {
        detached: true,
        stdio: ['ignore', 'ignore', 'ignore', filter],
        env: { PATH: '/usr/bin:/bin' },
      }).unref()
      closeSync(filter)
      while (!existsSync(join(socketFolder, 'ready')) || !(await answers(socketFolder))) {
        interrupted.throwIfAborted()
        if (performance.now() - began > patienceMs) throw new Error('the bare desktop does not start')
        await pause(lookEveryMs)
      }
      return performance.now() - began
    },
    end,
    async close() {
      for (const machine of started) await end(machine)
      await removePlace(place)
      removeHome(root)
    },
  }
}

/** An empty home and an empty socket folder of the desktop's own user. */
const makeFolders = (tree: string, uid: number | undefined): string => {
  rmSync(tree, { recursive: true, force: true })
  mkdirSync(tree, { mode: 0o711 })
  for (const name of ['home', 'tmp', 'desktop']) {
    const folder = join(tree, name)
    mkdirSync(folder, { mode: 0o700 })
    if (uid !== undefined) chownSync(folder, uid, uid)
  }
  return join(tree, 'desktop')
}
