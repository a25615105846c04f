import type { Call } from '../access/call.ts'
import { rendered } from '../contract/encode.ts'
import { invalid, quotaExceeded } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type {
  StudioComponent,
  StudioComponentConfiguration,
  StudioComponentSubtype,
  StudioComponentType,
} from '../contract/types.ts'
import { studioComponentNoun } from '../lifecycle/resource-steps.ts'
import { insertResource, type Row } from '../store/resources.ts'
import { countComponents, listStudioComponentViews } from '../store/studio-components.ts'
import { asked, updating } from './asked.ts'
import { begin } from './begin.ts'
import { existing, existingStudio, living, openStudio } from './existing.ts'
import type { Handler } from './handler.ts'
import { page } from './pages.ts'
import { storedTags } from './tag-rules.ts'
import { refuseUsed } from './used.ts'

/** The one member of the configuration union that goes with each type (semantics §9). */
const configurationOf: Readonly<Record<StudioComponentType, keyof StudioComponentConfiguration | undefined>> = {
  ACTIVE_DIRECTORY: 'activeDirectoryConfiguration',
  SHARED_FILE_SYSTEM: 'sharedFileSystemConfiguration',
  COMPUTE_FARM: 'computeFarmConfiguration',
  LICENSE_SERVICE: 'licenseServiceConfiguration',
  CUSTOM: undefined,
}

/** The type that each subtype is one of; CUSTOM is one of any. */
const typeOf: Readonly<Record<StudioComponentSubtype, StudioComponentType | undefined>> = {
  AWS_MANAGED_MICROSOFT_AD: 'ACTIVE_DIRECTORY',
  AMAZON_FSX_FOR_WINDOWS: 'SHARED_FILE_SYSTEM',
  AMAZON_FSX_FOR_LUSTRE: 'SHARED_FILE_SYSTEM',
  CUSTOM: undefined,
}

export const createStudioComponent: Handler<'CreateStudioComponent'> = async (call, input) => {
  await openStudio(call, input.studioId)
  const { clientToken: _, studioId, name, type, tags, ...details } = input
  refuseOther(type, details)
  refuseRepeatedKey(details.scriptParameters)
  await refuseTooMany(call, studioId, type)
  const component = await insertResource(call.db, 'studioComponent', {
    ...begin(call, studioComponentNoun, newId(call.now), 'studio-component'),
    studioId,
    name,
    type,
    details: JSON.stringify(details),
    tags: storedTags(tags),
  })
  return { studioComponent: shown(component) }
}

export const updateStudioComponent: Handler<'UpdateStudioComponent'> = async (call, input) => {
  const { clientToken: _, studioId, studioComponentId, name, type, ...given } = input
  const component = await living(call, 'studioComponent', studioId, studioComponentId)
  const details = { ...JSON.parse(component.details), ...given } as Details
  refuseOther(type ?? (component.type as StudioComponentType), details)
  refuseRepeatedKey(given.scriptParameters)
  // A second Active Directory fails the update, with a code of its own.
  if (type === 'SHARED_FILE_SYSTEM' && type !== component.type) await refuseTooMany(call, studioId, type)
  const change = updating(component, { name, type, details: JSON.stringify(details) })
  return { studioComponent: shown(await asked(call, studioComponentNoun, component, 'update', change)) }
}

export const deleteStudioComponent: Handler<'DeleteStudioComponent'> = async (
  call,
  { studioId, studioComponentId },
) => {
  const component = await living(call, 'studioComponent', studioId, studioComponentId)
  await refuseUsed(call, studioId, 'studioComponentIds', studioComponentId)
  return { studioComponent: shown(await asked(call, studioComponentNoun, component, 'delete')) }
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
  studioComponent: shown(await existing(call, 'studioComponent', studioId, studioComponentId)),
})

type Details = Pick<StudioComponent, 'configuration' | 'subtype'>

const shown = (row: Row<'studioComponent'>) => rendered<StudioComponent>(row.view)

const refuseOther = (type: StudioComponentType, { configuration, subtype = 'CUSTOM' }: Details): void => {
  const [given] = Object.keys(configuration ?? {})
  if (given !== undefined && given !== configurationOf[type])
    throw invalid('CONFIGURATION_OF_ANOTHER_TYPE', `A component of type ${type} takes no ${given}.`)
  if ((typeOf[subtype] ?? type) !== type)
    throw invalid('SUBTYPE_OF_ANOTHER_TYPE', `A component of type ${type} takes no subtype ${subtype}.`)
}

/** They become variables of the environment, of which each has one value. */
const refuseRepeatedKey = (parameters: readonly { key?: string | undefined }[] = []): void => {
  const keys = parameters.map(({ key }) => key)
  if (new Set(keys).size < keys.length)
    throw invalid('REPEATED_SCRIPT_PARAMETER', 'A script parameter has a key that another one has.')
}

const refuseTooMany = async (call: Call, studioId: string, type: StudioComponentType): Promise<void> => {
  const { activeDirectories, sharedFileSystems } = call.installation.quotas
  const quota = {
    ACTIVE_DIRECTORY: { name: 'Active Directory components', limit: activeDirectories },
    SHARED_FILE_SYSTEM: { name: 'shared file systems', limit: sharedFileSystems },
  }[type as string]
  if (quota && (await countComponents(call.db, studioId, type)) >= quota.limit)
    throw quotaExceeded(quota.name, quota.limit)
}
