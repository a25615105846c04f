import type { Call } from '../access/call.ts'
import { rendered } from '../contract/encode.ts'
import { conflict, invalid, notFound, quotaExceeded } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type {
  LaunchProfile,
  LaunchProfileState,
  StreamConfiguration,
  StreamingImage,
  StudioComponentSummary,
} from '../contract/types.ts'
import { isComing } from '../lifecycle/resource.ts'
import { launchProfileNoun } from '../lifecycle/resource-steps.ts'
import { allValidations } from '../lifecycle/validation.ts'
import { countLiving, listLaunchProfileViews, livingAmong } from '../store/launch-profiles.ts'
import { insertResource, type Row, resourceById } from '../store/resources.ts'
import { asked, updating } from './asked.ts'
import { begin } from './begin.ts'
import { existing, existingStudio, living, nouns, openStudio } from './existing.ts'
import type { Handler } from './handler.ts'
import { page } from './pages.ts'
import { completed } from './stream-configuration.ts'
import { storedTags } from './tag-rules.ts'

export const createLaunchProfile: Handler<'CreateLaunchProfile'> = async (call, input) => {
  await openStudio(call, input.studioId)
  const { launchProfiles } = call.installation.quotas
  if ((await countLiving(call.db, 'launchProfile', input.studioId)) >= launchProfiles)
    throw quotaExceeded('launch profiles', launchProfiles)
  const streamConfiguration = completed(input.streamConfiguration)
  refuseRepeated('/ec2SubnetIds', input.ec2SubnetIds)
  await refuseUnknown(call, 'studioComponent', input.studioId, input.studioComponentIds)
  await refuseUnknown(call, 'streamingImage', input.studioId, streamConfiguration.streamingImageIds)
  const profile = await insertResource(call.db, 'launchProfile', {
    ...begin(call, launchProfileNoun, newId(call.now), 'launch-profile'),
    studioId: input.studioId,
    name: input.name,
    description: input.description ?? null,
    ec2SubnetIds: JSON.stringify(input.ec2SubnetIds),
    protocolVersions: JSON.stringify(input.launchProfileProtocolVersions),
    studioComponentIds: JSON.stringify(input.studioComponentIds),
    streamConfiguration: JSON.stringify(streamConfiguration),
    validationResults: JSON.stringify(allValidations('VALIDATION_NOT_STARTED')),
    tags: storedTags(input.tags),
  })
  return { launchProfile: shown(profile) }
}

/** Sessions that exist keep what they were made with (decision 16). */
export const updateLaunchProfile: Handler<'UpdateLaunchProfile'> = async (call, input) => {
  const { studioId, name, description, launchProfileProtocolVersions, studioComponentIds } = input
  const profile = await living(call, 'launchProfile', studioId, input.launchProfileId)
  const streamConfiguration = input.streamConfiguration && completed(input.streamConfiguration)
  await refuseUnknown(call, 'studioComponent', studioId, studioComponentIds ?? [])
  await refuseUnknown(call, 'streamingImage', studioId, streamConfiguration?.streamingImageIds ?? [])
  const change = updating(profile, {
    ...{ name, description },
    protocolVersions: json(launchProfileProtocolVersions),
    studioComponentIds: json(studioComponentIds),
    streamConfiguration: json(streamConfiguration),
    validationResults: JSON.stringify(allValidations('VALIDATION_NOT_STARTED')),
  })
  return { launchProfile: shown(await asked(call, launchProfileNoun, profile, 'update', change)) }
}

export const deleteLaunchProfile: Handler<'DeleteLaunchProfile'> = async (call, { studioId, launchProfileId }) => {
  const profile = await living(call, 'launchProfile', studioId, launchProfileId)
  return { launchProfile: shown(await asked(call, launchProfileNoun, profile, 'delete')) }
}

export const getLaunchProfile: Handler<'GetLaunchProfile'> = async (call, { studioId, launchProfileId }) => ({
  launchProfile: shown(await existing(call, 'launchProfile', studioId, launchProfileId)),
})

export const getLaunchProfileDetails: Handler<'GetLaunchProfileDetails'> = async (
  call,
  { studioId, launchProfileId },
) => {
  const profile = await existing(call, 'launchProfile', studioId, launchProfileId)
  const { streamingImageIds } = JSON.parse(profile.streamConfiguration) as StreamConfiguration
  const images = await Promise.all(streamingImageIds.map(id => resourceById(call.db, 'streamingImage', id)))
  const componentIds = JSON.parse(profile.studioComponentIds) as string[]
  const components = await Promise.all(componentIds.map(id => resourceById(call.db, 'studioComponent', id)))
  return {
    launchProfile: shown(profile),
    streamingImages: images.flatMap(image => (image ? [rendered<StreamingImage>(image.view)] : [])),
    studioComponentSummaries: components.flatMap(component =>
      component ? [JSON.parse(component.view, revived) as StudioComponentSummary] : [],
    ),
  }
}

/** The summary's members are a component's own; its times come back out of the rendered text as Dates. */
const revived = (key: string, value: unknown) =>
  (key === 'createdAt' || key === 'updatedAt') && typeof value === 'string' ? new Date(value) : value

export const listLaunchProfiles: Handler<'ListLaunchProfiles'> = async (call, input) => {
  const { studioId, principalId, states, maxResults, nextToken } = input
  await existingStudio(call, studioId)
  const filters = { studioId, principalId, states }
  const walk = { operation: 'ListLaunchProfiles' as const, filters, nextToken, maxResults }
  const { items, ...rest } = await page<LaunchProfile>(call, walk, query =>
    listLaunchProfileViews(call.db, filters, query),
  )
  return { launchProfiles: items, ...rest }
}

const shown = (row: Row<'launchProfile'>) => rendered<LaunchProfile>(row.view)

const json = (value: object | undefined): string | undefined => value && JSON.stringify(value)

const refuseRepeated = (path: string, ids: readonly string[]): void => {
  const repeated = ids.find((id, i) => ids.indexOf(id) !== i)
  if (repeated !== undefined)
    throw invalid('REPEATED_ID', `The list '${path}' has an id twice.`, { resourceId: repeated.slice(0, 128) })
}

/** Where the ids of each table stand in a launch profile. */
const listOf = {
  studioComponent: '/studioComponentIds',
  streamingImage: '/streamConfiguration/streamingImageIds',
} as const

const refuseUnknown = async (
  call: Call,
  table: keyof typeof listOf,
  studioId: string,
  ids: readonly string[],
): Promise<void> => {
  refuseRepeated(listOf[table], ids)
  if (ids.length === 0) return
  const noun = nouns[table]
  const found = await livingAmong(call.db, table, studioId, ids)
  const missing = ids.find(id => !found.some(row => row.id === id))
  if (missing !== undefined) throw notFound(noun, missing)
  // An image that is not there any more when the profile is made fails the profile; see the step 'verify'.
  const going = table === 'studioComponent' ? found.find(row => !isComing(row.state as LaunchProfileState)) : undefined
  if (going) throw conflict('INVALID_STATE', `The ${noun} is ${going.state}.`, { resourceId: going.id })
}
