import type { Call } from '../access/call.ts'
import { tierIn } from '../access/caller.ts'
import { rendered } from '../contract/encode.ts'
import { accessDenied, conflict, invalid, quotaExceeded } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type { StreamConfiguration, StreamingSession } from '../contract/types.ts'
import { isUsable } from '../lifecycle/resource.ts'
import { isStoppable } from '../lifecycle/session.ts'
import { sessionNoun } from '../lifecycle/session-steps.ts'
import { unacceptedEulas } from '../store/eulas.ts'
import { insertResource, listViews } from '../store/resources.ts'
import { countSessions, type SessionRow } from '../store/sessions.ts'
import { asked } from './asked.ts'
import { begin } from './begin.ts'
import { existing, existingStudio, living, openStudio } from './existing.ts'
import type { Handler } from './handler.ts'
import { page } from './pages.ts'
import { sessionPolicyColumns } from './session-policies.ts'
import { completedVolume } from './stream-configuration.ts'
import { storedTags } from './tag-rules.ts'

export const createStreamingSession: Handler<'CreateStreamingSession'> = async (call, input) => {
  const { studioId, launchProfileId } = input
  await openStudio(call, studioId)
  const profile = await living(call, 'launchProfile', studioId, launchProfileId)
  if (!isUsable(profile.state))
    throw conflict('INVALID_STATE', `The launch profile is ${profile.state}; sessions start from a READY one.`)
  const ownedBy = input.ownedBy ?? call.caller.principalId
  if (ownedBy !== call.caller.principalId && tierIn(call.caller, studioId) === 'user')
    throw accessDenied('CreateStreamingSession')

  const policy = JSON.parse(profile.streamConfiguration) as StreamConfiguration
  const { instanceType, streamingImageId } = chosen(policy, input.ec2InstanceType, input.streamingImageId)
  const size = call.installation.instanceTypes.get(instanceType)
  if (!size) throw invalid('UNKNOWN_INSTANCE_TYPE', `This installation has no instance type ${instanceType} any more.`)
  const image = await living(call, 'streamingImage', studioId, streamingImageId)
  if (!isUsable(image.state)) throw conflict('INVALID_STATE', `The streaming image is ${image.state}, not READY.`)
  await refuseUnaccepted(call, studioId, image.ec2ImageId)
  const { sessions } = call.installation.quotas
  if ((await countSessions(call.db, 'studioId', studioId)) >= sessions)
    throw quotaExceeded('streaming sessions', sessions)

  const volume = completedVolume(policy.volumeConfiguration)
  const session = await insertResource(call.db, 'session', {
    ...begin(call, sessionNoun, newId(call.now), 'streaming-session'),
    studioId,
    launchProfileId,
    ownedBy,
    instanceType,
    ...size,
    streamingImageId,
    ec2ImageId: image.ec2ImageId,
    clipboardMode: policy.clipboardMode,
    sessionPersistenceMode: policy.sessionPersistenceMode ?? 'DEACTIVATED',
    automaticTerminationMode: policy.automaticTerminationMode ?? 'DEACTIVATED',
    backupMode: policy.sessionBackup?.mode ?? 'DEACTIVATED',
    maxBackupsToRetain: policy.sessionBackup?.maxBackupsToRetain ?? 0,
    maxSessionMs: (policy.maxSessionLengthInMinutes ?? 0) * minute,
    maxStoppedMs: (policy.maxStoppedSessionLengthInMinutes ?? 0) * minute,
    ...sessionPolicyColumns(profile),
    volumeSizeGiB: volume.size,
    volumeIops: volume.iops,
    volumeThroughputMiBs: volume.throughput,
    volumeRetentionMode: policy.sessionPersistenceMode === 'ACTIVATED' ? 'RETAIN' : null,
    startedAt: call.now,
    startedBy: call.caller.principalId,
    tags: storedTags(input.tags),
  } as Parameters<typeof insertResource<'session'>>[2])
  return { session: shown(session) }
}

export const getStreamingSession: Handler<'GetStreamingSession'> = async (call, { studioId, sessionId }) => ({
  session: shown(await existing(call, 'session', studioId, sessionId)),
})

export const listStreamingSessions: Handler<'ListStreamingSessions'> = async (call, input) => {
  const { studioId, ownedBy, createdBy, sessionIds, nextToken } = input
  const ids = sessionIds === undefined ? undefined : idList(sessionIds)
  const walk = {
    operation: 'ListStreamingSessions' as const,
    filters: { studioId, ownedBy, createdBy, ids },
    nextToken,
  }
  const { items, ...rest } = await page<StreamingSession>(call, walk, async query => {
    const found = await listViews(call.db, 'session', { studioId, ownedBy, createdBy }, query, ids)
    // A page with something on it has shown that the studio exists.
    if (found.views.length === 0) await existingStudio(call, studioId)
    return found
  })
  return { sessions: items, ...rest }
}

export const startStreamingSession: Handler<'StartStreamingSession'> = async (call, input) => {
  const { studioId, sessionId, backupId } = input
  const session = await living(call, 'session', studioId, sessionId)
  if (backupId !== undefined) {
    const backup = await living(call, 'backup', studioId, backupId)
    if (backup.state !== 'READY' || backup.ownedBy !== session.ownedBy)
      throw invalid('BACKUP_NOT_USABLE', 'A session starts from a READY backup of the same owner.', {
        resourceId: backupId,
      })
  }
  await refuseUnaccepted(call, studioId, session.ec2ImageId)
  return { session: shown(await asked(call, sessionNoun, session, 'start', { restoreFrom: backupId ?? null })) }
}

export const stopStreamingSession: Handler<'StopStreamingSession'> = async (call, input) => {
  const { studioId, sessionId, volumeRetentionMode = 'RETAIN' } = input
  const session = await living(call, 'session', studioId, sessionId)
  if (session.state === 'READY' && !isStoppable(session))
    throw conflict(
      'SESSION_NOT_STOPPABLE',
      'Sessions of this launch profile can only be deleted: it keeps no volume for a stopped session.',
    )
  return { session: shown(await asked(call, sessionNoun, session, 'stop', { volumeRetentionMode })) }
}

export const deleteStreamingSession: Handler<'DeleteStreamingSession'> = async (call, { studioId, sessionId }) => ({
  session: shown(await asked(call, sessionNoun, await living(call, 'session', studioId, sessionId), 'delete')),
})

const minute = 60_000

const shown = (row: SessionRow) => rendered<StreamingSession>(row.view)

/** Instance type and image of a new session: what was asked for, or the first that the profile allows (decision 15). */
const chosen = (policy: StreamConfiguration, instanceType?: string, streamingImageId?: string) => {
  const [firstType = ''] = policy.ec2InstanceTypes
  const [firstImage = ''] = policy.streamingImageIds
  if (instanceType !== undefined && !(policy.ec2InstanceTypes as readonly string[]).includes(instanceType))
    throw invalid(
      'INSTANCE_TYPE_NOT_IN_LAUNCH_PROFILE',
      `The launch profile offers the instance types ${policy.ec2InstanceTypes.join(', ')}.`,
    )
  if (streamingImageId !== undefined && !policy.streamingImageIds.includes(streamingImageId))
    throw invalid('IMAGE_NOT_IN_LAUNCH_PROFILE', 'The launch profile does not offer this streaming image.', {
      resourceId: streamingImageId,
    })
  return { instanceType: instanceType ?? firstType, streamingImageId: streamingImageId ?? firstImage }
}

/** No workstation runs an image before the studio has accepted its EULAs (decision 15). */
const refuseUnaccepted = async (call: Call, studioId: string, ec2ImageId: string): Promise<void> => {
  const missing = await unacceptedEulas(call.db, studioId, ec2ImageId)
  if (missing.length === 0) return
  const names = missing.map(({ name }) => `“${name}”`).join(', ')
  const [it, which] = missing.length === 1 ? ['it', 'agreement'] : ['them', 'agreements']
  throw invalid(
    'EULA_NOT_ACCEPTED',
    `This image comes with the license ${which} ${names}, which this studio has not accepted yet. An administrator of the studio can accept ${it}.`,
    { eulaIds: missing.map(({ id }) => id).join(',') },
  )
}

const mostIds = 100

/** `sessionIds`: ids with commas between them, at most 100 (decision 9). */
const idList = (text: string): string[] => {
  const ids = [...new Set(text.split(',').map(id => id.trim()))].filter(id => id !== '')
  if (ids.length > mostIds) throw invalid('TOO_MANY_IDS', `sessionIds takes at most ${mostIds} ids.`)
  return ids
}
