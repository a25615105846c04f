/**
 * How long an artist waits: from the call to READY, seen by asking again and again as a portal does, against the bare
 * time of the same sandbox, X server and window manager until the desktop greets, started by nobody but this file.
 */
import type { StreamingSession } from '../src/contract/types.ts'
import { type BareDesktops, createBareDesktops } from './bare-desktop.ts'
import { machine, median, type Report, toRow } from './report.ts'
import type { Benchmark } from './run.ts'
import { makeHome, type RunningServer, removeHome, startServer } from './server.ts'
import { firstStudio, removeSessions, type Studio, until } from './sessions.ts'

const rounds = 9

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
    await bareStart(bare, interrupted)
    const ours: Life[] = []
    const peer: number[] = []
    for (let round = 1; round <= rounds; round++) {
      log(`round ${round} of ${rounds}`)
      ours.push(await life(server, studio, interrupted))
      peer.push(await bareStart(bare, interrupted))
    }
    return report(ours, peer)
  },
}

const bareStart = async (bare: BareDesktops, interrupted: AbortSignal): Promise<number> => {
  const took = await bare.start('bare', interrupted)
  await bare.end('bare')
  return took
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

const limitMs = 500

const report = (ours: Life[], peer: number[]): Report => {
  const of = (what: keyof Life) => median(ours.map(each => each[what]))
  return {
    name: 'session',
    peer: 'bubblewrap, Xorg and window manager to the greeting, without Atelier; for stop the limit',
    machine: machine(),
    rounds,
    rows: [
      toRow('create to READY', of('create'), median(peer), 'ms', { atMost: 1.5 }),
      toRow('stop to STOPPED, backup made', of('stop'), limitMs, 'ms', { atMost: 1 }),
      toRow('start to READY', of('start'), median(peer), 'ms', { atMost: 1.5 }),
    ],
  }
}
