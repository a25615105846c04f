import type { StreamingSessionState, StreamingSessionStatusCode } from '../contract/types.ts'
import type { Lifecycle } from './lifecycle.ts'

export type BackupVerb = 'delete'
export type BackupStep = 'erase'

/**
 * The life of a backup. The session's own step makes it; a backup that was begun and then forgotten, because its
 * session was deleted meanwhile, reaches its limit here and gives its space back.
 */
export const backup: Lifecycle<StreamingSessionState, BackupVerb, BackupStep> = {
  CREATE_IN_PROGRESS: { within: 'stopLimit', undo: ['erase'], otherwise: 'CREATE_FAILED' },
  READY: { on: { delete: 'DELETE_IN_PROGRESS' }, at: { expiresAt: 'delete' } },
  DELETE_IN_PROGRESS: { do: ['erase'], within: 'deleteLimit', reach: 'DELETED', otherwise: 'DELETE_FAILED' },
  DELETED: { forgetAfter: 'deletedRetention' },
  CREATE_FAILED: { forgetAfter: 'deletedRetention' },
  DELETE_FAILED: { on: { delete: 'DELETE_IN_PROGRESS' }, at: { expiresAt: 'delete' } },
  STOP_IN_PROGRESS: {},
  START_IN_PROGRESS: {},
  STOPPED: {},
  STOP_FAILED: {},
  START_FAILED: {},
}

export const backupStatusCodes: Readonly<Partial<Record<StreamingSessionState, StreamingSessionStatusCode>>> = {
  CREATE_IN_PROGRESS: 'STREAMING_SESSION_CREATE_IN_PROGRESS',
  READY: 'STREAMING_SESSION_READY',
  DELETE_IN_PROGRESS: 'STREAMING_SESSION_DELETE_IN_PROGRESS',
  DELETED: 'STREAMING_SESSION_DELETED',
}
