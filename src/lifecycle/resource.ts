import type { LaunchProfileState } from '../contract/types.ts'
import type { Lifecycle } from './lifecycle.ts'

export type ResourceStep = 'verify'

/** The life that studios, studio components, streaming images and launch profiles share (semantics §5). */
export const resource: Lifecycle<LaunchProfileState, never, ResourceStep> = {
  CREATE_IN_PROGRESS: { do: ['verify'], within: 'createLimit', reach: 'READY', otherwise: 'CREATE_FAILED' },
  READY: {},
  UPDATE_IN_PROGRESS: { do: ['verify'], within: 'createLimit', reach: 'READY', otherwise: 'UPDATE_FAILED' },
  DELETE_IN_PROGRESS: {},
  DELETED: { forgetAfter: 'deletedRetention' },
  CREATE_FAILED: { forgetAfter: 'deletedRetention' },
  UPDATE_FAILED: {},
  DELETE_FAILED: {},
}
