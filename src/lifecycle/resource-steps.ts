import type { LaunchProfileState } from '../contract/types.ts'
import { countLiving, existing } from '../store/launch-profiles.ts'
import type { AnyRow, Row } from '../store/resources.ts'
import { countSessionsOf } from '../store/sessions.ts'
import { isUsable, type ResourceStep, type ResourceVerb, resource } from './resource.ts'
import { Failure, type Noun } from './transition.ts'

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
 * What an update leaves behind: READY says that the last change was an update; UPDATE_FAILED is the resource as it was
 * before. The columns that come back are those that the update wrote down in `before`.
 */
const afterUpdate =
  <Resource extends AnyRow & { before: string | null }>(updated: Resource['statusCode']) =>
  (row: Resource, state: LaunchProfileState): Partial<Resource> => {
    if (state === 'UPDATE_FAILED' && row.before !== null) return { ...JSON.parse(row.before), before: null }
    if (state !== 'READY') return {}
    return { before: null, ...(row.state === 'UPDATE_IN_PROGRESS' ? { statusCode: updated } : {}) } as Partial<Resource>
  }

export const studioNoun: ResourceNoun<Row<'studio'>> = {
  table: 'studio',
  life: resource,
  statusCodes: codes('STUDIO'),
  entering: afterUpdate('STUDIO_UPDATED'),
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
  },
}

export const studioComponentNoun: ResourceNoun<Row<'studioComponent'>> = {
  table: 'studioComponent',
  life: resource,
  statusCodes: codes('STUDIO_COMPONENT'),
  entering: afterUpdate('STUDIO_COMPONENT_UPDATED'),
  steps: { verify: nothing, unused: nothing },
}

export const streamingImageNoun: ResourceNoun<Row<'streamingImage'>> = {
  table: 'streamingImage',
  life: resource,
  statusCodes: { ...codes('STREAMING_IMAGE'), READY: 'STREAMING_IMAGE_READY' },
  steps: { verify: nothing, unused: nothing },
}

export const launchProfileNoun: ResourceNoun<Row<'launchProfile'>> = {
  table: 'launchProfile',
  life: resource,
  statusCodes: codes('LAUNCH_PROFILE'),
  entering: afterUpdate('LAUNCH_PROFILE_UPDATED'),
  steps: {
    async verify({ db }, row) {
      const { streamingImageIds } = JSON.parse(row.streamConfiguration) as { streamingImageIds: string[] }
      const images = await existing(db, 'streamingImage', row.studioId, streamingImageIds)
      const missing = streamingImageIds.filter(id => !images.some(image => image.id === id))
      if (missing.length > 0)
        throw new Failure('STREAMING_IMAGE_NOT_FOUND', `There is no streaming image ${missing.join(', ')}.`)
      const unready = images.filter(image => !isUsable(image.state as LaunchProfileState)).map(image => image.id)
      if (unready.length > 0)
        throw new Failure('STREAMING_IMAGE_NOT_READY', `The streaming image ${unready.join(', ')} is not READY.`)
      return undefined
    },
    async unused({ db }, { id }) {
      if ((await countSessionsOf(db, id)) > 0)
        throw new Failure(
          'LAUNCH_PROFILE_WITH_STREAM_SESSIONS_NOT_DELETED',
          'Streaming sessions of this launch profile are not deleted. Delete them first.',
        )
      return undefined
    },
  },
}
