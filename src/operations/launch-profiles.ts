import type { Call } from '../access/call.ts'
import { rendered } from '../contract/encode.ts'
import { invalid, notFound, quotaExceeded } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type { LaunchProfile, StreamConfiguration, StreamingImage, StudioComponentSummary } from '../contract/types.ts'
import { launchProfileNoun } from '../lifecycle/resource-steps.ts'
import { countLiving, listLaunchProfileViews, livingAmong } from '../store/launch-profiles.ts'
import { insertResource, resourceById } from '../store/resources.ts'
import { begin } from './begin.ts'
import { existing, existingStudio } from './existing.ts'
import type { Handler } from './handler.ts'
import { page } from './pages.ts'
import { completed } from './stream-configuration.ts'
import { storedTags } from './tag-rules.ts'

export const createLaunchProfile: Handler<'CreateLaunchProfile'> = async (call, input) => {
  await existingStudio(call, input.studioId)
  const { launchProfiles } = call.installation.quotas
  if ((await countLiving(call.db, 'launchProfile', input.studioId)) >= launchProfiles)
    throw quotaExceeded('launch profiles', launchProfiles)
  const streamConfiguration = completed(input.streamConfiguration)
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
    tags: storedTags(input.tags),
  })
  return { launchProfile: rendered<LaunchProfile>(profile.view) }
}

export const getLaunchProfile: Handler<'GetLaunchProfile'> = async (call, { studioId, launchProfileId }) => ({
  launchProfile: rendered<LaunchProfile>((await existing(call, 'launchProfile', studioId, launchProfileId)).view),
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
    launchProfile: rendered<LaunchProfile>(profile.view),
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

const refuseUnknown = async (
  call: Call,
  table: 'studioComponent' | 'streamingImage',
  studioId: string,
  ids: readonly string[],
): Promise<void> => {
  const repeated = ids.find((id, i) => ids.indexOf(id) !== i)
  if (repeated !== undefined) throw invalid('REPEATED_ID', 'An id is given twice.', { resourceId: repeated })
  const found = await livingAmong(call.db, table, studioId, ids)
  const missing = ids.find(id => !found.some(row => row.id === id))
  if (missing !== undefined)
    throw notFound(table === 'streamingImage' ? 'streaming image' : 'studio component', missing)
}
