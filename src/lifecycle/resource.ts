import type { LaunchProfileState } from '../contract/types.ts'
import type { Lifecycle } from './lifecycle.ts'

export type ResourceVerb = 'update' | 'delete'
export type ResourceStep = 'verify' | 'unused' | 'leave'

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

/** States in which a resource can be used. */
export const usable: LaunchProfileState[] = ['READY', 'UPDATE_FAILED', 'DELETE_FAILED']

export const isUsable = (state: LaunchProfileState): boolean => usable.includes(state)

/** States that no further change can take from others who build on the resource: it is there, or about to be. */
export const isComing = (state: LaunchProfileState): boolean =>
  isUsable(state) || state === 'CREATE_IN_PROGRESS' || state === 'UPDATE_IN_PROGRESS'
