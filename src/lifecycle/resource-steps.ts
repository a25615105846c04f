import type { LaunchProfileState, StreamConfiguration } from '../contract/types.ts'
import { countLiving, livingAmong } from '../store/launch-profiles.ts'
import { dropLaunchProfileMembers, dropStudioMembers } from '../store/members.ts'
import type { AnyRow, Row } from '../store/resources.ts'
import { countSessions } from '../store/sessions.ts'
import { componentsInOrder, countComponents } from '../store/studio-components.ts'
import {
  isUsable,
  type LaunchProfileStep,
  launchProfile,
  type ResourceStep,
  type ResourceVerb,
  resource,
  streamingImage,
} from './resource.ts'
import { Failure, type Noun } from './transition.ts'
import { allValidations, validated } from './validation.ts'

type ResourceNoun<Resource extends AnyRow> = Noun<Resource, ResourceVerb, ResourceStep>

/** Nothing outside the database belongs to it: ready as soon as it is written, gone as soon as nobody uses it. */
const nothing = async () => undefined

/** The status codes of a kind of resource, which all begin with its name. */
const codes = <Prefix extends string>(prefix: Prefix) =>
  ({
    CREATE_IN_PROGRESS: `${prefix}_CREATE_IN_PROGRESS`,
    READY: `${prefix}_CREATED`,
    UPDATE_IN_PROGRESS: `${prefix}_UPDATE_IN_PROGRESS`,
    DELETE_IN_PROGRESS: `${prefix}_DELETE_IN_PROGRESS`,
    DELETED: `${prefix}_DELETED`,
  }) as const

/**
 * READY says in its code and message what the last change was (semantics §5); UPDATE_FAILED is the resource as it was
 * before.
 */
const tellChange =
  <Resource extends AnyRow & Pick<Row<'studio'>, 'before'>>(what: string, updated: Resource['statusCode']) =>
  (row: Resource, state: LaunchProfileState): Partial<Resource> => {
    if (state === 'UPDATE_FAILED' && row.before) return { ...JSON.parse(row.before), before: null }
    if (state === 'READY')
      return (
        row.state === 'UPDATE_IN_PROGRESS'
          ? { before: null, statusCode: updated, statusMessage: `${what} has been updated` }
          : { statusMessage: `${what} has been created` }
      ) as Partial<Resource>
    return {}
  }

const tellStudioChange = tellChange<Row<'studio'>>('The studio', 'STUDIO_UPDATED')

/** A repair is an update of the sign-in configuration alone, with codes of its own (semantics §6). */
const isRepair = ({ before }: Row<'studio'>): boolean => 'ssoClientId' in JSON.parse(before ?? '{}')

export const studioNoun: ResourceNoun<Row<'studio'>> = {
  table: 'studio',
  life: resource,
  statusCodes: codes('STUDIO'),
  entering(row, state) {
    const repair = isRepair(row)
    if (repair && state === 'UPDATE_IN_PROGRESS') return { statusCode: 'AWS_SSO_CONFIGURATION_REPAIR_IN_PROGRESS' }
    const change = tellStudioChange(row, state)
    return repair && state === 'READY' ? { ...change, statusCode: 'AWS_SSO_CONFIGURATION_REPAIRED' } : change
  },
  steps: {
    verify: nothing,
    async unused({ db }, { id }) {
      const children = [
        ['launchProfile', 'STUDIO_WITH_LAUNCH_PROFILES_NOT_DELETED', 'launch profiles'],
        ['studioComponent', 'STUDIO_WITH_STUDIO_COMPONENTS_NOT_DELETED', 'studio components'],
        ['streamingImage', 'STUDIO_WITH_STREAMING_IMAGES_NOT_DELETED', 'streaming images'],
      ] as const
      for (const [table, code, what] of children)
        if ((await countLiving(db, table, id)) > 0)
          throw new Failure(code, `The studio still has ${what}. Delete them first.`)
      return undefined
    },
    async leave({ db }, { id }) {
      await dropStudioMembers(db, id)
      return undefined
    },
  },
}

export const studioComponentNoun: ResourceNoun<Row<'studioComponent'>> = {
  table: 'studioComponent',
  life: resource,
  statusCodes: codes('STUDIO_COMPONENT'),
  entering: tellChange('Studio Component', 'STUDIO_COMPONENT_UPDATED'),
  steps: {
    async verify({ db }, { id, studioId, type }) {
      if (type === 'ACTIVE_DIRECTORY' && (await countComponents(db, studioId, type, id)) > 0)
        throw new Failure('ACTIVE_DIRECTORY_ALREADY_EXISTS', 'The studio has an Active Directory component already.')
      return undefined
    },
    unused: nothing,
    leave: nothing,
  },
}

export const streamingImageNoun: ResourceNoun<Row<'streamingImage'>> = {
  table: 'streamingImage',
  life: streamingImage,
  statusCodes: { ...codes('STREAMING_IMAGE'), READY: 'STREAMING_IMAGE_READY' },
  entering: (row, state) =>
    state === 'READY'
      ? { statusMessage: `The streaming image has been ${row.state === 'CREATE_IN_PROGRESS' ? 'created' : 'updated'}` }
      : {},
  steps: { verify: nothing, unused: nothing, leave: nothing },
}

export const launchProfileNoun: Noun<Row<'launchProfile'>, ResourceVerb, LaunchProfileStep> = {
  table: 'launchProfile',
  life: launchProfile,
  statusCodes: codes('LAUNCH_PROFILE'),
  entering: tellChange('Launch Profile', 'LAUNCH_PROFILE_UPDATED'),
  steps: {
    async verify({ db }, row) {
      const { streamingImageIds } = JSON.parse(row.streamConfiguration) as StreamConfiguration
      const images = await livingAmong(db, 'streamingImage', row.studioId, streamingImageIds)
      const missing = streamingImageIds.filter(id => !images.some(image => image.id === id))
      if (missing.length > 0)
        throw new Failure('STREAMING_IMAGE_NOT_FOUND', `There is no streaming image ${missing.join(', ')}.`)
      const unready = images.filter(image => !isUsable(image.state as LaunchProfileState)).map(image => image.id)
      if (unready.length > 0)
        throw new Failure('STREAMING_IMAGE_NOT_READY', `The streaming image ${unready.join(', ')} is not READY.`)
      return { validationResults: JSON.stringify(allValidations('VALIDATION_IN_PROGRESS')) }
    },
    async validate({ db, settings, log }, row) {
      const components = await componentsInOrder(db, JSON.parse(row.studioComponentIds))
      const subnets = JSON.parse(row.ec2SubnetIds) as string[]
      return { validationResults: JSON.stringify(await validated(settings.network, components, subnets, log)) }
    },
    async unused({ db }, { id }) {
      if ((await countSessions(db, 'launchProfileId', id)) > 0)
        throw new Failure(
          'LAUNCH_PROFILE_WITH_STREAM_SESSIONS_NOT_DELETED',
          'Streaming sessions of this launch profile are not deleted. Delete them first.',
        )
      return undefined
    },
    async leave({ db }, { id }) {
      await dropLaunchProfileMembers(db, id)
      return undefined
    },
  },
}
