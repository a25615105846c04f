import { rendered } from '../contract/encode.ts'
import { invalid } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type { StudioComponent, StudioComponentConfiguration, StudioComponentType } from '../contract/types.ts'
import { studioComponentNoun } from '../lifecycle/resource-steps.ts'
import { insertResource } from '../store/resources.ts'
import { listStudioComponentViews } from '../store/studio-components.ts'
import { begin } from './begin.ts'
import { existing, existingStudio } from './existing.ts'
import type { Handler } from './handler.ts'
import { page } from './pages.ts'
import { storedTags } from './tag-rules.ts'

/** The one member of the configuration union that goes with each type (semantics §9). */
const configurationOf: Readonly<Record<StudioComponentType, keyof StudioComponentConfiguration | undefined>> = {
  ACTIVE_DIRECTORY: 'activeDirectoryConfiguration',
  SHARED_FILE_SYSTEM: 'sharedFileSystemConfiguration',
  COMPUTE_FARM: 'computeFarmConfiguration',
  LICENSE_SERVICE: 'licenseServiceConfiguration',
  CUSTOM: undefined,
}

export const createStudioComponent: Handler<'CreateStudioComponent'> = async (call, input) => {
  await existingStudio(call, input.studioId)
  const { clientToken: _, studioId, name, type, tags, ...details } = input
  const [given] = Object.keys(details.configuration ?? {})
  if (given !== undefined && given !== configurationOf[type])
    throw invalid('CONFIGURATION_OF_ANOTHER_TYPE', `A component of type ${type} takes no ${given}.`)
  const component = await insertResource(call.db, 'studioComponent', {
    ...begin(call, studioComponentNoun, newId(call.now), 'studio-component'),
    studioId,
    name,
    type,
    details: JSON.stringify(details),
    tags: storedTags(tags),
  })
  return { studioComponent: rendered<StudioComponent>(component.view) }
}

export const listStudioComponents: Handler<'ListStudioComponents'> = async (call, input) => {
  const { studioId, states, types, maxResults, nextToken } = input
  await existingStudio(call, studioId)
  const filters = { studioId, states: [...new Set(states)].sort(), types: [...new Set(types)].sort() }
  const walk = { operation: 'ListStudioComponents' as const, filters, nextToken, maxResults }
  const { items, ...rest } = await page<StudioComponent>(call, walk, query =>
    listStudioComponentViews(call.db, filters, query),
  )
  return { studioComponents: items, ...rest }
}

export const getStudioComponent: Handler<'GetStudioComponent'> = async (call, { studioId, studioComponentId }) => ({
  studioComponent: rendered<StudioComponent>(
    (await existing(call, 'studioComponent', studioId, studioComponentId)).view,
  ),
})
