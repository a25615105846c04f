import type { StreamingSessionState, StreamingSessionStatusCode } from '../contract/types.ts'
import type { Lifecycle } from './lifecycle.ts'

export type BackupVerb = 'delete'
export type BackupStep = 'copy' | 'prune' | 'erase'

/**
 * The life of a backup. That of a running session is work of its own, so that the session neither waits for it nor ends
 * with it. That of a stop is made by the stop, which must not go on without it; one that was begun there and then
 * forgotten reaches its limit here and gives its space back.
 */
export const backup: Lifecycle<StreamingSessionState, BackupVerb, BackupStep> = {
  CREATE_IN_PROGRESS: {
    do: ['copy'],
    within: 'stopLimit',
    reach: 'READY',
    undo: ['erase'],
    otherwise: 'CREATE_FAILED',
    on: { delete: 'DELETE_IN_PROGRESS' },
  },
  READY: { on: { delete: 'DELETE_IN_PROGRESS' }, at: { expiresAt: 'delete' }, meanwhile: { pruneAt: 'prune' } },
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

/** What the API says in statusMessage while a step is done. */
export const backupProgress: Readonly<Record<BackupStep, string>> = {
  copy: 'Copying the volume',
  prune: 'Dropping the oldest backup',
  erase: 'Giving the space back',
}
