/** The peer of `session`: the sandbox with the same arguments as the local driver's, and nothing around it. */
import { spawn } from 'node:child_process'
import { chownSync, closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { answers } from '../src/compute/local/desktop-socket.ts'
import { launchArguments } from '../src/compute/local/launch.ts'
import { createPlace, type Place, removePlace } from '../src/compute/local/place.ts'
import { endProcesses } from '../src/compute/local/processes.ts'
import { bubblewrapArguments } from '../src/compute/local/sandbox.ts'
import { makeHome, removeHome } from './server.ts'

const machine = 'bare'
const memoryMiB = 1024
const lookEveryMs = 2
const patienceMs = 20_000
const unusedUser = 2_099_999_999

export interface BareDesktops {
  /** Starts one, and ends it again; the time from its start to the greeting in milliseconds. */
  start(interrupted: AbortSignal): Promise<number>
  close(): Promise<void>
}

export const createBareDesktops = async (): Promise<BareDesktops> => {
  const root = makeHome()
  const uid = process.getuid?.() === 0 ? unusedUser : undefined
  const place = await createPlace(root, uid !== undefined)
  return {
    async start(interrupted) {
      const began = performance.now()
      const socketFolder = makeFolders(place, uid)
      const bubblewrap = bubblewrapArguments({
        ...{ place: place.name, desktop: place.desktop, machine, socketFolder, tree: place.machines },
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
      const took = performance.now() - began
      await endProcesses(place.name, machine)
      return took
    },
    async close() {
      await endProcesses(place.name, machine)
      await removePlace(place)
      removeHome(root)
    },
  }
}

/** An empty home and an empty socket folder of the desktop's own user. */
const makeFolders = ({ machines }: Place, uid: number | undefined): string => {
  for (const name of ['home', 'tmp', 'desktop']) {
    const folder = join(machines, name)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { mode: 0o700 })
    if (uid !== undefined) chownSync(folder, uid, uid)
  }
  return join(machines, 'desktop')
}
