/** A workstation of the server as it runs for everybody, looked at through its gateway in its own viewer. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '../../src/contract/client.ts'
import { makeHome, type RunningServer, removeHome, startServer } from '../server.ts'
import type { Stage } from './control.ts'
import type { Desktop } from './desktops.ts'
import { processes, treeOf } from './usage.ts'

const lookEveryMs = 50
const patienceMs = 60_000
const mountPoint = '/mnt/bench'
const name = 'ours'
/** Both cores of a small machine, like those who run beside it. */
const instanceType = 'local.medium' as never

/** Starts the program with the desktop; it goes on when the script has ended. */
const script = `#!/bin/sh
setsid /run/streamer/node ${mountPoint}/program.ts ${mountPoint} ${name} >/tmp/program.log 2>&1 &
`

export interface OurDesktop extends Desktop {
  /** Of the streamer; none while it does not run. */
  streamer(): number[]
}

export const startOurs = async (stage: Stage, interrupted: AbortSignal): Promise<OurDesktop> => {
  await using failing = new AsyncDisposableStack()
  const home = makeHome()
  failing.defer(() => removeHome(home))
  const server = await startServer(home, { ATELIER_DRIVER: 'local', ATELIER_SHARES: `bench=${stage.folder}:ro` })
  failing.defer(server.stop)
  const { client } = server
  const studioId = (await client.listStudios({})).studios[0]?.studioId ?? ''
  // Desktops outlive their server.
  failing.defer(() => removeSessions(client, studioId))
  const sessionId = await launch(client, studioId, interrupted)
  const program = await stage.program(name)
  const started = failing.move()
  const inside = () => {
    const all = processes()
    return treeOf(
      all.flatMap(({ pid, command }) => (command.includes(sessionId) ? [pid] : [])),
      all,
    )
  }
  const streamer = () => inside().flatMap(({ pid, command }) => (command.includes('streamer/main.ts') ? [pid] : []))
  return {
    name,
    program,
    port: Number(new URL(server.origin).port),
    async open() {
      const { stream } = await client.createStreamingSessionStream({ studioId, sessionId })
      return stream?.url ?? ''
    },
    check() {
      if (streamer().length === 0) throw new Error('the viewer fell back to RFB: the streamer does not run')
    },
    pids: () => [server.pid, ...inside().flatMap(({ pid, command }) => (command.includes('program.ts') ? [] : [pid]))],
    streamer,
    close: () => started.disposeAsync(),
  }
}

const launch = async (client: RunningServer['client'], studioId: string, interrupted: AbortSignal): Promise<string> => {
  const quickStart = await until('the quick start has a launch profile', interrupted, async () => {
    const { launchProfiles = [] } = await client.listLaunchProfiles({ studioId })
    return launchProfiles.find(({ state }) => state === 'READY')
  })
  const { studioComponent } = await client.createStudioComponent({
    ...{ studioId, name: 'Picture', type: 'SHARED_FILE_SYSTEM' },
    configuration: {
      sharedFileSystemConfiguration: { endpoint: 'bench', shareName: 'bench', linuxMountPoint: mountPoint },
    },
    initializationScripts: [
      {
        ...{ launchProfileProtocolVersion: '2021-03-31', platform: 'LINUX', runContext: 'USER_INITIALIZATION' },
        script,
      },
    ],
  })
  const { ec2InstanceTypes = [], streamingImageIds = [] } = quickStart.streamConfiguration ?? {}
  const { launchProfile } = await client.createLaunchProfile({
    ...{ studioId, name: 'Measured', ec2SubnetIds: [], launchProfileProtocolVersions: ['2021-03-31'] },
    studioComponentIds: [studioComponent?.studioComponentId ?? ''],
    streamConfiguration: { clipboardMode: 'ENABLED', ec2InstanceTypes, streamingImageIds },
  })
  const launchProfileId = launchProfile?.launchProfileId ?? ''
  await until('the launch profile is READY', interrupted, async () => {
    const { launchProfile } = await client.getLaunchProfile({ studioId, launchProfileId })
    return launchProfile?.state === 'READY' || undefined
  })
  const { session } = await client.createStreamingSession({ studioId, launchProfileId, ec2InstanceType: instanceType })
  const sessionId = session?.sessionId ?? ''
  await until('the session is READY', interrupted, async () => {
    const { session } = await client.getStreamingSession({ studioId, sessionId })
    if (session?.state?.endsWith('FAILED')) throw new Error(`the session is ${session.state}: ${session.statusMessage}`)
    return session?.state === 'READY' || undefined
  })
  return sessionId
}

const removeSessions = async (client: Client, studioId: string) => {
  await until('all sessions are deleted', undefined, async () => {
    const { sessions = [] } = await client.listStreamingSessions({ studioId })
    const living = sessions.filter(({ state }) => state !== 'DELETED')
    for (const { sessionId = '', state } of living)
      if (state !== 'DELETE_IN_PROGRESS') await client.deleteStreamingSession({ studioId, sessionId })
    return living.length === 0 || undefined
  })
}

const until = async <Found>(
  what: string,
  interrupted: AbortSignal | undefined,
  look: () => Promise<Found | undefined>,
): Promise<Found> => {
  for (const end = performance.now() + patienceMs; performance.now() < end; await pause(lookEveryMs)) {
    interrupted?.throwIfAborted()
    const found = await look()
    if (found !== undefined) return found
  }
  throw new Error(`waited in vain until ${what}`)
}
