import { livingAmong } from '../store/launch-profiles.ts'
import type { Row } from '../store/resources.ts'
import { type ResourceStep, resource } from './resource.ts'
import { Failure, type Noun } from './transition.ts'

/** Nothing outside the database belongs to these: they are ready as soon as they are written. */
const verify = async () => undefined

export const studioNoun: Noun<Row<'studio'>, never, ResourceStep> = {
  table: 'studio',
  life: resource,
  statusCodes: {
    CREATE_IN_PROGRESS: 'STUDIO_CREATE_IN_PROGRESS',
    READY: 'STUDIO_CREATED',
    UPDATE_IN_PROGRESS: 'STUDIO_UPDATE_IN_PROGRESS',
    DELETE_IN_PROGRESS: 'STUDIO_DELETE_IN_PROGRESS',
    DELETED: 'STUDIO_DELETED',
  },
  steps: { verify },
}

export const studioComponentNoun: Noun<Row<'studioComponent'>, never, ResourceStep> = {
  table: 'studioComponent',
  life: resource,
  statusCodes: {
    CREATE_IN_PROGRESS: 'STUDIO_COMPONENT_CREATE_IN_PROGRESS',
    READY: 'STUDIO_COMPONENT_CREATED',
    UPDATE_IN_PROGRESS: 'STUDIO_COMPONENT_UPDATE_IN_PROGRESS',
    DELETE_IN_PROGRESS: 'STUDIO_COMPONENT_DELETE_IN_PROGRESS',
    DELETED: 'STUDIO_COMPONENT_DELETED',
  },
  steps: { verify },
}

export const streamingImageNoun: Noun<Row<'streamingImage'>, never, ResourceStep> = {
  table: 'streamingImage',
  life: resource,
  statusCodes: {
    CREATE_IN_PROGRESS: 'STREAMING_IMAGE_CREATE_IN_PROGRESS',
    READY: 'STREAMING_IMAGE_READY',
    UPDATE_IN_PROGRESS: 'STREAMING_IMAGE_UPDATE_IN_PROGRESS',
    DELETE_IN_PROGRESS: 'STREAMING_IMAGE_DELETE_IN_PROGRESS',
    DELETED: 'STREAMING_IMAGE_DELETED',
  },
  steps: { verify },
}

export const launchProfileNoun: Noun<Row<'launchProfile'>, never, ResourceStep> = {
  table: 'launchProfile',
  life: resource,
  statusCodes: {
    CREATE_IN_PROGRESS: 'LAUNCH_PROFILE_CREATE_IN_PROGRESS',
    READY: 'LAUNCH_PROFILE_CREATED',
    UPDATE_IN_PROGRESS: 'LAUNCH_PROFILE_UPDATE_IN_PROGRESS',
    DELETE_IN_PROGRESS: 'LAUNCH_PROFILE_DELETE_IN_PROGRESS',
    DELETED: 'LAUNCH_PROFILE_DELETED',
  },
  steps: {
    async verify({ db }, row: Row<'launchProfile'>) {
      const { streamingImageIds } = JSON.parse(row.streamConfiguration) as { streamingImageIds: string[] }
      const images = await livingAmong(db, 'streamingImage', row.studioId, streamingImageIds)
      const missing = streamingImageIds.filter(id => !images.some(image => image.id === id))
      if (missing.length > 0)
        throw new Failure('STREAMING_IMAGE_NOT_FOUND', `There is no streaming image ${missing.join(', ')}.`)
      const unready = images.filter(image => image.state !== 'READY').map(image => image.id)
      if (unready.length > 0)
        throw new Failure('STREAMING_IMAGE_NOT_READY', `The streaming image ${unready.join(', ')} is not READY.`)
      return undefined
    },
  },
}
