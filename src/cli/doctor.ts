/** `atelier doctor`: what this host holds, line by line, and what to do about what it lacks. Changes nothing. */
import { readFileSync, statfsSync, statSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { type Finding, lookAtShares, lookForImages, lookForRoom, probeHost } from '../compute/local/probe.ts'
import { lookForStreaming } from '../compute/local/probe-streaming.ts'
import { createRepository } from '../compute/repository/repository.ts'
import { hasRestic } from '../compute/repository/restic.ts'
import {
  awsInstanceTypes,
  InstanceTypesError,
  instanceTypesFile,
  readInstanceTypes,
} from '../contract/instance-types.ts'
import { parseFlags } from './arguments.ts'
import { formatJson } from './output.ts'
import { CommandError, exitCodes, type Terminal } from './terminal.ts'

const flags = { '--output': { takes: 'one', choices: ['json', 'table'] } } as const

export const runDoctor = async (argv: readonly string[], terminal: Terminal): Promise<void> => {
  const given = parseFlags(argv, flags, 'doctor')
  const home = terminal.home()
  const packages = JSON.parse(readFileSync(new URL('../../bin/packages.json', import.meta.url), 'utf8'))
  const wanted = (packages.workstation as string[]).filter(name => Object.hasOwn(packages.programs, name))
  const { shares: offered, shareGroup } = terminal.shares()
  const [host, images, room, streaming, shares, server] = await Promise.all([
    probeHost({ programs: Object.fromEntries(wanted.map(name => [name, packages.programs[name]])) }),
    lookForImages(join(home, 'local')),
    lookForRoom(join(home, 'local')),
    lookForStreaming(),
    lookAtShares(offered, shareGroup),
    lookForServer(home, terminal.address()),
  ])
  const data = [lookAtMemory(), lookAtInstanceTypes(home), lookAtDisk(home), lookAtFolder(home)]
  const findings = [
    ...host,
    streaming,
    ...room,
    images,
    ...shares,
    ...data,
    await lookForRepository(terminal),
    ...server,
  ]
  terminal.print(given.get('--output')?.[0] === 'json' ? formatJson({ findings }) : findings.map(line).join('\n'))
  const failed = findings.filter(({ state }) => state === 'fail').length
  if (failed > 0) throw new CommandError(exitCodes.fault, `atelier doctor: ${failed} of ${findings.length} fail`)
}

const line = ({ what, state, found, mend }: Finding) =>
  `${state.padEnd(5)}${what.padEnd(16)}${found}${mend ? `\n${' '.repeat(21)}→ ${mend}` : ''}`

const gib = 2 ** 30
const inGib = (bytes: number) => `${(bytes / gib).toFixed(1)} GiB`

const lookAtMemory = (): Finding => {
  const what = 'memory'
  const total = totalmem()
  if (total >= 2 * gib) return { what, state: 'ok', found: inGib(total) }
  return { what, state: 'warn', found: inGib(total), mend: 'a workstation of the smallest type takes 1 GiB' }
}

/** What launch profiles may name here, and how many of the smallest fit the memory at once. */
const lookAtInstanceTypes = (home: string): Finding => {
  const what = 'instance types'
  const file = join(home, instanceTypesFile)
  try {
    const isThere = statSync(file, { throwIfNoEntry: false }) !== undefined
    const types = [...readInstanceTypes(isThere ? readFileSync(file, 'utf8') : undefined)]
      .filter(([name]) => !Object.hasOwn(awsInstanceTypes, name))
      .sort(([, a], [, b]) => a.memoryMiB - b.memoryMiB)
    const [smallest, { memoryMiB = 1024 } = {}] = types[0] ?? []
    const fitting = Math.floor((totalmem() * 0.9) / 2 ** 20 / memoryMiB)
    const list = types.map(([name, { vcpus, memoryMiB, gpus }]) => `${name} ${vcpus}/${memoryMiB}/${gpus}`).join(', ')
    const found = `${list} (vCPU/MiB/GPU); ${fitting} of ${smallest} at once`
    if (fitting > 0) return { what, state: 'ok', found }
    return { what, state: 'warn', found, mend: `write a smaller type into ${file}, or give the host more memory` }
  } catch (error) {
    if (!(error instanceof InstanceTypesError)) throw error
    return { what, state: 'fail', found: error.message, mend: `mend ${file}: docs/guide/hosts.md shows its form` }
  }
}

const lookAtDisk = (home: string): Finding => {
  const what = 'disk'
  const { bavail, bsize } = statfsSync(thereOf(home))
  const free = bavail * bsize
  const found = `${inGib(free)} free for ${home}`
  if (free >= 20 * gib) return { what, state: 'ok', found }
  const mend = 'give it more room, or set ATELIER_HOME to a larger disk'
  return { what, state: free < gib ? 'fail' : 'warn', found, mend }
}

/** The folder itself, or the nearest above it that is there. */
const thereOf = (path: string): string =>
  statSync(path, { throwIfNoEntry: false }) || dirname(path) === path ? path : thereOf(dirname(path))

/** Files with keys in them, and the folder that holds them. */
const lookAtFolder = (home: string): Finding => {
  const what = 'data folder'
  if (!statSync(home, { throwIfNoEntry: false })) return { what, state: 'ok', found: `${home} will be made` }
  const open = [home, ...['master.key', 'quickstart.env', 'atelier.db'].map(name => join(home, name))].filter(path => {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
    // The database may be readable by its own group's standards, since nobody passes the folder.
    return (mode & (path.endsWith('.db') ? 0o002 : 0o077)) !== 0
  })
  if (open.length === 0) return { what, state: 'ok', found: `${home} is closed to other users` }
  return { what, state: 'fail', found: `other users can open ${open.join(', ')}`, mend: `chmod go= ${open.join(' ')}` }
}

const lookForRepository = async (terminal: Terminal): Promise<Finding> => {
  const what = 'repository'
  const settings = terminal.repository()
  if (!settings) {
    const found = 'none is set: backups are lost with the disk of the volumes'
    return { what, state: 'warn', found, mend: 'set ATELIER_BACKUP_REPOSITORY; see docs/guide/backups.md' }
  }
  if (!hasRestic()) {
    const mend = 'apt-get install -y --no-install-recommends restic openssh-client'
    return { what, state: 'fail', found: 'restic is not installed, and no backup is copied', mend }
  }
  const repository = createRepository({ ...settings, cacheFolder: join(terminal.home(), 'restic-cache') })
  try {
    await repository.identify()
    return { what, state: 'ok', found: `${repository.location} can be opened` }
  } catch (error) {
    return { what, state: 'fail', found: (error as Error).message, mend: 'see docs/guide/backups.md' }
  } finally {
    await repository.close()
  }
}

interface Announced {
  url?: string
  guarantees?: Record<string, true | string>
}

const lookForServer = async (home: string, { host, port }: { host: string; port: number }): Promise<Finding[]> => {
  const announced = readAnnounced(home)
  if (!announced?.url) {
    const isTaken = port !== 0 && (await answers(host, port))
    return [
      { what: 'server', state: 'warn', found: `none runs with ${home}`, mend: 'npm start' },
      isTaken
        ? { what: 'port', state: 'fail', found: `${port} of ${host} is taken`, mend: 'set ATELIER_PORT to another' }
        : { what: 'port', state: 'ok', found: port === 0 ? 'any that is free' : `${port} of ${host} is free` },
    ]
  }
  return [
    await askServer(announced.url),
    ...Object.entries(announced.guarantees ?? {}).map(
      ([name, kept]): Finding =>
        kept === true
          ? { what: name, state: 'ok', found: 'guaranteed by the server that runs' }
          : { what: name, state: 'warn', found: `not guaranteed: ${kept}` },
    ),
  ]
}

const readAnnounced = (home: string): Announced | undefined => {
  try {
    return JSON.parse(readFileSync(join(home, 'server.json'), 'utf8'))
  } catch (error) {
    // Not there, not ours to read, or half written: all the same as no server.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code) return undefined
    throw error
  }
}

const limitMs = 5000

const askServer = async (url: string): Promise<Finding> => {
  const what = 'server'
  const began = performance.now()
  try {
    const response = await fetch(`${url}/model/`, { signal: AbortSignal.timeout(limitMs) })
    if (!response.ok) throw new Error(`it answers with status ${response.status}`)
    await response.arrayBuffer()
    return { what, state: 'ok', found: `${url} answers in ${Math.ceil(performance.now() - began)} ms` }
  } catch (error) {
    const { message, cause } = error as Error
    const reason = (cause as Error | undefined)?.message ?? message
    return {
      what,
      state: 'fail',
      found: `${url} does not answer: ${reason}`,
      mend: 'see server.log in the data folder, then npm start',
    }
  }
}

const answers = (host: string, port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connectSocket({ host, port, timeout: 2000 })
    const end = (isThere: boolean) => {
      socket.destroy()
      resolve(isThere)
    }
    socket.on('connect', () => end(true))
    socket.on('timeout', () => end(false))
    socket.on('error', () => end(false))
  })
