/** A client's day (day.ts) with the AWS SDK: the morning comes as JSON on standard input, the day goes out on standard output. */
import { json } from 'node:stream/consumers'
import {
  Nimble,
  NimbleServiceException,
  paginateListStreamingSessionBackups,
  paginateListStreamingSessions,
  paginateListStudios,
  type StreamingInstanceType,
  waitUntilStreamingSessionDeleted,
  waitUntilStreamingSessionReady,
  waitUntilStreamingSessionStopped,
} from '@aws-sdk/client-nimble'
import type { Day, Morning, Refusal } from './day.ts'

const morning = (await json(process.stdin)) as Morning
const { studioId, launchProfileId, tags } = morning
const nimble = new Nimble({})

const refusal = async (answer: Promise<unknown>): Promise<Refusal> => {
  const error = await answer.then(
    () => undefined,
    error => error,
  )
  if (!(error instanceof NimbleServiceException)) throw error ?? new Error('this was not refused')
  const { context } = error as { context?: Record<string, string> }
  return {
    name: error.name,
    typed: error.constructor !== NimbleServiceException,
    status: error.$metadata.httpStatusCode ?? 0,
    ...(context?.reason ? { reason: context.reason } : {}),
  }
}

const sessionIds = async (filters: {
  ownedBy?: string
  createdBy?: string
  sessionIds?: string
}): Promise<string[]> => {
  const ids: string[] = []
  for await (const { sessions = [] } of paginateListStreamingSessions({ client: nimble }, { studioId, ...filters }))
    ids.push(...sessions.map(({ sessionId = '' }) => sessionId))
  return ids
}

const studioIds: string[] = []
for await (const { studios = [] } of paginateListStudios({ client: nimble }, {}))
  studioIds.push(...studios.map(({ studioId = '' }) => studioId))

const asked = {
  studioId,
  launchProfileId,
  ec2InstanceType: 'local.small' as StreamingInstanceType,
  tags: { made: 'by the SDK' },
  clientToken: 'sdk-1',
}
const { session: created = {} } = await nimble.createStreamingSession(asked)
const { sessionId = '', arn: resourceArn = '' } = created
const one = { studioId, sessionId }
const waiting = { client: nimble, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }
const state = async () => (await nimble.getStreamingSession(one)).session?.state ?? ''

const { session: again } = await nimble.createStreamingSession(asked)
const tokenReused = await refusal(nimble.createStreamingSession({ ...asked, tags: { made: 'otherwise' } }))
await waitUntilStreamingSessionReady(waiting, one)
const ready = await state()

const { stream = {} } = await nimble.createStreamingSessionStream({ ...one, expirationInSeconds: 90 })
const secondsToUse = (Number(stream.expiresAt) - Number(stream.createdAt)) / 1000

const tagsNow = async () => (await nimble.listTagsForResource({ resourceArn })).tags ?? {}
await nimble.tagResource({ resourceArn, tags })
const tagged = await tagsNow()
await nimble.untagResource({ resourceArn, tagKeys: Object.keys(tags) })
const untagged = await tagsNow()

const listed = {
  ownedBy: await sessionIds({ ownedBy: morning.artist }),
  createdBy: await sessionIds({ createdBy: morning.creator }),
  sessionIds: await sessionIds({ sessionIds: [sessionId, morning.itsSession].join(',') }),
  everything: await sessionIds({}),
}

const refusals = {
  tokenReused,
  startOfReady: await refusal(nimble.startStreamingSession(one)),
  unknownStudio: await refusal(nimble.getStudio({ studioId: 'us-west-2:stid-aaaaaaaaaaaaaaaa' })),
  badName: await refusal(
    nimble.createStudio({ studioName: 'Not A Name', displayName: 'x', adminRoleArn: 'a', userRoleArn: 'a' }),
  ),
  overQuota: await refusal(
    nimble.createLaunchProfile({
      studioId,
      name: 'one too many',
      ec2SubnetIds: [],
      launchProfileProtocolVersions: ['2021-03-31'],
      studioComponentIds: ['any'],
      streamConfiguration: {
        clipboardMode: 'ENABLED',
        ec2InstanceTypes: ['g5.xlarge'],
        streamingImageIds: ['any'],
      },
    }),
  ),
  stranger: await refusal(new Nimble({ credentials: morning.stranger }).listStudios({})),
  wrongSecret: await refusal(
    new Nimble({ credentials: { ...morning.stranger, secretAccessKey: 'wrong' } }).listStudios({}),
  ),
}

const stopping = (await nimble.stopStreamingSession(one)).session?.state ?? ''
await waitUntilStreamingSessionStopped(waiting, one)
const stopped = await state()
const backups: Day['backups'] = []
for await (const page of paginateListStreamingSessionBackups(
  { client: nimble },
  { studioId, ownedBy: morning.creator },
))
  for (const { sessionId = '', state = '' } of page.streamingSessionBackups ?? []) backups.push({ sessionId, state })
const starting = (await nimble.startStreamingSession(one)).session?.state ?? ''
await waitUntilStreamingSessionReady(waiting, one)
const restarted = await state()
const deleting = (await nimble.deleteStreamingSession(one)).session?.state ?? ''
await waitUntilStreamingSessionDeleted(waiting, one)

const day: Day = {
  studioIds,
  states: {
    created: created.state ?? '',
    ready,
    stopping,
    stopped,
    starting,
    restarted,
    deleting,
    deleted: await state(),
  },
  sessionId,
  sameToken: again?.sessionId ?? '',
  listed,
  stream: { url: stream.url ?? '', secondsToUse },
  backups,
  tags: { created: created.tags ?? {}, tagged, untagged },
  refusals,
}
process.stdout.write(JSON.stringify(day))
