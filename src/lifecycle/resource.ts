import type { LaunchProfileState } from '../contract/types.ts'
import type { Lifecycle } from './lifecycle.ts'

export type ResourceVerb = 'update' | 'delete'
export type ResourceStep = 'verify' | 'unused' | 'leave'
export type LaunchProfileStep = ResourceStep | 'validate'

/**
 * The life that studios, studio components, streaming images and launch profiles share (semantics §5). After a failed
 * update or delete the resource is as it was before, and can be used: its state only says that the attempt failed.
 */
export const resource: Lifecycle<LaunchProfileState, ResourceVerb, ResourceStep> = {
  CREATE_IN_PROGRESS: { do: ['verify'], within: 'createLimit', reach: 'READY', otherwise: 'CREATE_FAILED' },
  READY: { on: { update: 'UPDATE_IN_PROGRESS', delete: 'DELETE_IN_PROGRESS' } },
  UPDATE_IN_PROGRESS: { do: ['verify'], within: 'createLimit', reach: 'READY', otherwise: 'UPDATE_FAILED' },
  UPDATE_FAILED: { on: { update: 'UPDATE_IN_PROGRESS', delete: 'DELETE_IN_PROGRESS' } },
  DELETE_IN_PROGRESS: { do: ['unused', 'leave'], within: 'deleteLimit', reach: 'DELETED', otherwise: 'DELETE_FAILED' },
  DELETE_FAILED: { on: { update: 'UPDATE_IN_PROGRESS', delete: 'DELETE_IN_PROGRESS' } },
  DELETED: { forgetAfter: 'deletedRetention' },
  CREATE_FAILED: { on: { delete: 'DELETE_IN_PROGRESS' }, forgetAfter: 'deletedRetention' },
}

/** An image is updated at once, without a state in between (semantics §5). */
export const streamingImage: typeof resource = {
  ...resource,
  READY: { on: { update: 'READY', delete: 'DELETE_IN_PROGRESS' } },
  DELETE_FAILED: { on: { update: 'READY', delete: 'DELETE_IN_PROGRESS' } },
  UPDATE_IN_PROGRESS: {},
  UPDATE_FAILED: {},
}

/** What a launch profile rests on is looked at after every change, whatever comes of it (semantics §10). */
export const launchProfile: Lifecycle<LaunchProfileState, ResourceVerb, LaunchProfileStep> = {
  ...resource,
  CREATE_IN_PROGRESS: { ...resource.CREATE_IN_PROGRESS, do: ['verify', 'validate'] },
  UPDATE_IN_PROGRESS: { ...resource.UPDATE_IN_PROGRESS, do: ['verify', 'validate'] },
}

/** States in which a resource can be used. */
export const usable: LaunchProfileState[] = ['READY', 'UPDATE_FAILED', 'DELETE_FAILED']

export const isUsable = (state: LaunchProfileState): boolean => usable.includes(state)

/** States that no further change can take from others who build on the resource: it is there, or about to be. */
export const isComing = (state: LaunchProfileState): boolean =>
  isUsable(state) || state === 'CREATE_IN_PROGRESS' || state === 'UPDATE_IN_PROGRESS'
