/**
 * How long an artist waits: from the call to READY, seen by asking again and again as a portal does, against the bare
 * time of the same sandbox, X server and window manager until the desktop greets, started by nobody but this file.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { StreamingSession } from '../src/contract/types.ts'
import { createBareDesktops } from './bare-desktop.ts'
import { machine, median, type Report, toRow } from './report.ts'
import type { Benchmark } from './run.ts'
import { makeHome, type RunningServer, removeHome, startServer } from './server.ts'

const rounds = 9
const askEveryMs = 5
const patienceMs = 20_000

export const session: Benchmark = {
  about: 'create, stop and start a workstation on this host, against the bare start of the same programs',
  run: async ({ log, interrupted }) => {
    await using ending = new AsyncDisposableStack()
    const home = makeHome()
    ending.defer(() => removeHome(home))
    const bare = await createBareDesktops()
    ending.defer(bare.close)
    const server = await startServer(home, { ATELIER_DRIVER: 'local' })
    ending.defer(server.stop)
    const studio = await firstStudio(server, interrupted)
    // Desktops outlive their server.
    ending.defer(() => removeSessions(server, studio.studioId))
    // What comes first finds nothing in the page cache; both sides have their turn before it counts.
    await life(server, studio, interrupted)
    await bare.start(interrupted)
    const ours: Life[] = []
    const peer: number[] = []
    for (let round = 1; round <= rounds; round++) {
      log(`round ${round} of ${rounds}`)
      ours.push(await life(server, studio, interrupted))
      peer.push(await bare.start(interrupted))
    }
    return report(ours, peer)
  },
}

interface Studio {
  studioId: string
  launchProfileId: string
}

const firstStudio = async ({ client }: RunningServer, interrupted: AbortSignal): Promise<Studio> => {
  const [studio] = (await client.listStudios({})).studios
  const studioId = studio?.studioId ?? ''
  const launchProfileId = await until('the quick start has a launch profile', interrupted, async () => {
    const { launchProfiles = [] } = await client.listLaunchProfiles({ studioId })
    return launchProfiles.find(({ state }) => state === 'READY')?.launchProfileId
  })
  return { studioId, launchProfileId }
}

/** Times in milliseconds, from the call until the state is seen. */
interface Life {
  create: number
  stop: number
  start: number
}

const life = async (
  { client }: RunningServer,
  { studioId, launchProfileId }: Studio,
  interrupted: AbortSignal,
): Promise<Life> => {
  let began = performance.now()
  const { session } = await client.createStreamingSession({
    ...{ studioId, launchProfileId },
    ec2InstanceType: 'local.small' as never,
  })
  const sessionId = session?.sessionId ?? ''
  const reach = (state: StreamingSession['state']) => reached(client, { studioId, sessionId }, state, interrupted)
  const took = async (state: StreamingSession['state']) => {
    await reach(state)
    return performance.now() - began
  }
  const create = await took('READY')
  began = performance.now()
  await client.stopStreamingSession({ studioId, sessionId })
  const stop = await took('STOPPED')
  began = performance.now()
  await client.startStreamingSession({ studioId, sessionId })
  const start = await took('READY')
  await client.deleteStreamingSession({ studioId, sessionId })
  await reach('DELETED')
  return { create, stop, start }
}

const reached = (
  client: RunningServer['client'],
  id: { studioId: string; sessionId: string },
  wanted: StreamingSession['state'],
  interrupted: AbortSignal,
) =>
  until(`the session is ${wanted}`, interrupted, async () => {
    const { session } = await client.getStreamingSession(id)
    if (session?.state?.endsWith('FAILED'))
      throw new Error(`the session is ${session.state}, not ${wanted}: ${session.statusMessage}`)
    return session?.state === wanted || undefined
  })

const until = async <Found>(
  what: string,
  interrupted: AbortSignal | undefined,
  look: () => Promise<Found | undefined>,
): Promise<Found> => {
  const end = performance.now() + patienceMs
  for (;;) {
    interrupted?.throwIfAborted()
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`)
    await pause(askEveryMs)
  }
}

/** Desktops outlive their server: none may be left behind, however the benchmark ends. */
const removeSessions = async ({ client }: RunningServer, studioId: string) => {
  const living = async () => {
    const { sessions = [] } = await client.listStreamingSessions({ studioId })
    return sessions.filter(({ state }) => state !== 'DELETED')
  }
  for (const { sessionId = '', state } of await living())
    if (state !== 'DELETE_IN_PROGRESS') await client.deleteStreamingSession({ studioId, sessionId })
  await until('all sessions are deleted', undefined, async () => ((await living()).length === 0 ? true : undefined))
}

const limitMs = 500

const report = (ours: Life[], peer: number[]): Report => {
  const of = (what: keyof Life) => median(ours.map(each => each[what]))
  return {
    name: 'session',
    peer: 'bubblewrap, Xvnc and window manager to the greeting, without Atelier; for stop the limit',
    machine: machine(),
    rounds,
    rows: [
      toRow('create to READY', of('create'), median(peer), 'ms', { atMost: 1.5 }),
      toRow('stop to STOPPED, backup made', of('stop'), limitMs, 'ms', { atMost: 1 }),
      toRow('start to READY', of('start'), median(peer), 'ms', { atMost: 1.5 }),
    ],
  }
}
