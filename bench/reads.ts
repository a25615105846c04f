/**
 * Every read of the API, one request at a time, in a studio that has seen some use. The time is the caller's, from the
 * request's first byte to the answer's last: the server's own is less. For comparison, a write, which is on the disk
 * before it is answered.
 */

import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import type { Client } from '../src/contract/client.ts'
import type { Input, OperationName } from '../src/contract/types.ts'
import { machine, median, type Report, toRow } from './report.ts'
import type { Benchmark } from './run.ts'
import { seedSessions } from './seed.ts'
import { makeHome, processorTime, type RunningServer, removeHome, startServer } from './server.ts'
import { type Signed, signed } from './signed.ts'
import { makeStudio, type Studio, sessions, writeEulas } from './studio.ts'

const rounds = 5
const requestsEach = 200
const limitMs = 2
const goal = { atMost: 1 }

type Read = Extract<OperationName, `Get${string}` | `List${string}`>

/** The compiler names a read that is missing. */
const inputs = (studio: Studio): { [Name in Read]: Input<Name> } => {
  const { studioId, launchProfileId, streamingImageId, studioComponentId, sessionId, principalId } = studio
  const maxResults = 100
  return {
    GetEula: { eulaId: studio.eulaId },
    GetLaunchProfile: { studioId, launchProfileId },
    GetLaunchProfileDetails: { studioId, launchProfileId },
    GetLaunchProfileInitialization: {
      ...{ studioId, launchProfileId, launchProfileProtocolVersions: ['2021-03-31'] },
      ...{ launchPurpose: 'WORKSTATION', platform: 'linux' },
    },
    GetLaunchProfileMember: { studioId, launchProfileId, principalId },
    GetPolicy: { policyName: 'StudioUser' },
    GetSessionPolicy: { studioId, launchProfileId },
    GetStreamingImage: { studioId, streamingImageId },
    GetStreamingSession: { studioId, sessionId },
    GetStreamingSessionBackup: { studioId, backupId: studio.backupId },
    GetStreamingSessionEnd: { studioId, sessionId },
    GetStreamingSessionLog: { studioId, sessionId },
    GetStreamingSessionStatistics: { studioId, sessionId },
    GetStreamingSessionStream: { studioId, sessionId, streamId: studio.streamId },
    GetStudio: { studioId },
    GetStudioComponent: { studioId, studioComponentId },
    GetStudioMember: { studioId, principalId },
    GetUser: { principalId },
    ListAccessKeys: { principalId, maxResults },
    ListEulaAcceptances: { studioId },
    ListEulas: {},
    ListLaunchProfileMembers: { studioId, launchProfileId, maxResults },
    ListLaunchProfiles: { studioId, maxResults },
    ListBackupCopies: { studioId },
    ListPolicies: { maxResults },
    ListStreamingImages: { studioId },
    ListStreamingSessionBackups: { studioId },
    ListStreamingSessions: { studioId },
    ListStudioComponents: { studioId, maxResults },
    ListStudioMembers: { studioId, maxResults },
    ListStudios: {},
    ListTagsForResource: { resourceArn: studio.sessionArn },
    ListUsers: { maxResults },
  }
}

export const reads: Benchmark = {
  about: `every read, one at a time, in a studio with ${sessions} sessions, against a limit of ${limitMs} ms`,
  run: async ({ log, interrupted }) => {
    await using ending = new AsyncDisposableStack()
    const home = makeHome()
    ending.defer(() => removeHome(home))
    writeEulas(home)
    const settings = {
      ATELIER_DRIVER: 'simulated',
      ATELIER_THROTTLE_READS: '1000000',
      ATELIER_THROTTLE_CHANGES: '1000000',
      ATELIER_QUOTA_SESSIONS: '1000000',
      ATELIER_QUOTA_CUSTOM_IMAGES: '1000000',
      ATELIER_QUOTA_LAUNCH_PROFILES: '1000000',
    }
    const first = await startServer(home, settings)
    ending.defer(first.stop)
    const [{ studioId = '' } = {}] = (await first.client.listStudios({})).studios
    await first.stop()
    await seedSessions(join(home, 'atelier.db'), { [studioId]: sessions }, interrupted)
    const server = await startServer(home, settings)
    ending.defer(server.stop)
    log('making the studio')
    const studio = await makeStudio(server.client, studioId, interrupted)
    const watch = createStopWatch(server)
    ending.defer(watch.close)
    const calls = Object.entries(inputs(studio)).map(([name, input]) => ({
      name,
      call: (client: Client) => methodOf(client, name as Read)(input),
    }))
    const taken = new Map(calls.map(({ name }) => [name, { ms: [] as number[], processor: 0 }]))
    const write: number[] = []
    for (let round = 0; round <= rounds; round++) {
      log(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
      for (const { name, call } of calls) {
        const asked = await signed(server, call)
        const before = processorTime(server.pid)
        const ms = await watch.times(asked, requestsEach, interrupted)
        const kept = taken.get(name)
        if (round === 0 || !kept) continue
        kept.processor += processorTime(server.pid) - before
        kept.ms.push(...ms)
      }
      const { sessionArn: resourceArn } = studio
      const asked = await signed(server, client => client.tagResource({ resourceArn, tags: { show: `${round}` } }))
      const ms = await watch.times(asked, requestsEach, interrupted)
      if (round > 0) write.push(...ms)
    }
    return report(taken, write)
  },
}

const methodOf = (client: Client, name: Read) =>
  client[`${name.charAt(0).toLowerCase()}${name.slice(1)}` as Uncapitalize<Read>] as (input: object) => Promise<unknown>

/** One connection that stays open, and one request on it at a time. */
const createStopWatch = ({ origin }: RunningServer) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const time = async ({ method, path, headers, body }: Signed): Promise<number> => {
    const began = performance.now()
    const asking = request(`${origin}${path}`, { agent, method, headers })
    asking.end(body)
    const [answer] = await once(asking, 'response')
    answer.resume()
    await once(answer, 'end')
    const took = performance.now() - began
    if (answer.statusCode !== 200 && answer.statusCode !== 204)
      throw new Error(`${method} ${path} was answered with ${answer.statusCode}`)
    return took
  }
  return {
    async times(asked: Signed, count: number, interrupted: AbortSignal): Promise<number[]> {
      interrupted.throwIfAborted()
      const times: number[] = []
      while (times.length < count) times.push(await time(asked))
      return times
    },
    close: () => agent.destroy(),
  }
}

const report = (taken: Map<string, { ms: number[]; processor: number }>, write: number[]): Report => ({
  name: 'reads',
  peer: `the limit of ${limitMs} ms`,
  machine: machine(),
  rounds,
  rows: [
    ...[...taken].map(([name, { ms }]) => toRow(name, median(ms), limitMs, 'ms', goal)),
    toRow('a write, TagResource', median(write), limitMs, 'ms'),
    ...[...taken].map(([name, { ms }]) => toRow(`${name}, 99th of a hundred`, slowest(ms), limitMs, 'ms')),
    toRow('a write, TagResource, 99th of a hundred', slowest(write), limitMs, 'ms'),
    ...[...taken].map(([name, { ms, processor }]) =>
      toRow(name, (processor / ms.length) * 1e6, limitMs * 1000, 'µs of processor'),
    ),
  ],
})

/** Slower is only one of a hundred. */
const slowest = (ms: readonly number[]): number =>
  ms.toSorted((a, b) => a - b)[Math.ceil(ms.length * 0.99) - 1] ?? Number.NaN
