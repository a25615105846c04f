import type { StreamingSession, StreamingSessionState, StreamingSessionStatusCode } from '../contract/types.ts'
import type { SessionRow } from '../store/sessions.ts'
import type { Lifecycle, Limits } from './lifecycle.ts'

export type SessionVerb = 'start' | 'stop' | 'delete'

export type SessionStep =
  | 'capacity'
  | 'volume'
  | 'machine'
  | 'replace'
  | 'revert'
  | 'hangUp'
  | 'halt'
  | 'backup'
  | 'prune'
  | 'checkpoint'
  | 'release'
  | 'retire'
  | 'expire'

/** The life of a streaming session (decision 13). */
export const session: Lifecycle<StreamingSessionState, SessionVerb, SessionStep> = {
  CREATE_IN_PROGRESS: {
    do: ['capacity', 'volume', 'machine'],
    within: 'createLimit',
    reach: 'READY',
    undo: ['halt', 'retire'],
    otherwise: 'CREATE_FAILED',
    on: { delete: 'DELETE_IN_PROGRESS' },
  },
  READY: {
    on: { stop: 'STOP_IN_PROGRESS', delete: 'DELETE_IN_PROGRESS' },
    at: { stopAt: 'stop', terminateAt: 'delete' },
    meanwhile: { backupAt: 'checkpoint' },
  },
  STOP_IN_PROGRESS: {
    do: ['hangUp', 'halt', 'backup', 'prune', 'release'],
    within: 'stopLimit',
    reach: 'STOPPED',
    otherwise: 'STOP_FAILED',
    on: { delete: 'DELETE_IN_PROGRESS' },
  },
  STOPPED: {
    on: { start: 'START_IN_PROGRESS', delete: 'DELETE_IN_PROGRESS' },
    at: { terminateAt: 'delete' },
  },
  START_IN_PROGRESS: {
    do: ['capacity', 'volume', 'machine', 'replace'],
    within: 'startLimit',
    reach: 'READY',
    undo: ['halt', 'revert'],
    otherwise: 'START_FAILED',
    on: { delete: 'DELETE_IN_PROGRESS' },
  },
  CREATE_FAILED: { on: { delete: 'DELETE_IN_PROGRESS' } },
  START_FAILED: {
    on: { start: 'START_IN_PROGRESS', delete: 'DELETE_IN_PROGRESS' },
    at: { terminateAt: 'delete' },
  },
  STOP_FAILED: {
    on: { stop: 'STOP_IN_PROGRESS', delete: 'DELETE_IN_PROGRESS' },
    at: { terminateAt: 'delete' },
  },
  DELETE_IN_PROGRESS: {
    do: ['hangUp', 'halt', 'retire', 'expire'],
    within: 'deleteLimit',
    reach: 'DELETED',
    otherwise: 'DELETE_FAILED',
  },
  DELETE_FAILED: { on: { delete: 'DELETE_IN_PROGRESS' } },
  DELETED: { forgetAfter: 'deletedRetention' },
}

/** What the API says in statusMessage while a step is done. */
export const progress: Readonly<Record<SessionStep, string>> = {
  capacity: 'Finding room on the host',
  volume: 'Preparing the volume',
  machine: 'Setting up and starting the desktop',
  replace: 'Putting the restored volume in place',
  revert: 'Going back to the volume as it was',
  hangUp: 'Disconnecting viewers',
  halt: 'Ending the desktop',
  backup: 'Backing up the volume',
  prune: 'Dropping the oldest backup',
  checkpoint: 'Beginning a backup',
  release: 'Settling the volume',
  retire: 'Removing the volume',
  expire: 'Setting an end to its backups',
}

/** statusCode of a state that was reached as it should be (decision 14). Failed states carry the failure's. */
export const statusCodes: Readonly<Partial<Record<StreamingSessionState, StreamingSessionStatusCode>>> = {
  CREATE_IN_PROGRESS: 'STREAMING_SESSION_CREATE_IN_PROGRESS',
  READY: 'STREAMING_SESSION_READY',
  STOP_IN_PROGRESS: 'STREAMING_SESSION_STOP_IN_PROGRESS',
  STOPPED: 'STREAMING_SESSION_STOPPED',
  START_IN_PROGRESS: 'STREAMING_SESSION_START_IN_PROGRESS',
  DELETE_IN_PROGRESS: 'STREAMING_SESSION_DELETE_IN_PROGRESS',
  DELETED: 'STREAMING_SESSION_DELETED',
}

/** States in which a machine of the session may be on the host. In all others it is an orphan. */
export const withMachine: readonly StreamingSessionState[] = [
  'CREATE_IN_PROGRESS',
  'READY',
  'STOP_IN_PROGRESS',
  'START_IN_PROGRESS',
  'STOP_FAILED',
  'DELETE_IN_PROGRESS',
  'DELETE_FAILED',
]

/** States in which a volume of the session may be on the host. */
export const withVolume: readonly StreamingSessionState[] = [...withMachine, 'STOPPED', 'START_FAILED']

/** Why the system acted, as `stoppedBy` and `updatedBy` name it, and what it tells a person (decision 17). */
export const systemReasons: Readonly<Record<string, string>> = {
  'system:maxSessionLength': 'Ended by itself after the longest time that a session may run.',
  'system:maxStoppedSessionLength': 'Deleted by itself after the longest time that a session may stay stopped.',
  'system:idle': 'Ended by itself, because nobody used it and none of its programs was at work.',
  'system:machineLost': 'The desktop ended unexpectedly. The volume is intact: start the session to go on.',
  'system:outOfMemory':
    'The memory of the workstation had run out when its desktop ended. The volume is intact: start the session to go on, ' +
    'and choose a larger instance type for work that needs more.',
}

/** What a session carries over from one state to the next (decision 17). */
export const entering = (
  row: SessionRow,
  state: StreamingSessionState,
  { now, by, limits }: { now: number; by: string; limits: Limits },
): Partial<SessionRow> => ({
  // Room on the host goes with the machine.
  ...(withMachine.includes(state) ? {} : { reserved: 0 }),
  ...momentsOf(row, state, { now, by, limits }),
})

const momentsOf = (
  row: SessionRow,
  state: StreamingSessionState,
  { now, by, limits }: { now: number; by: string; limits: Limits },
): Partial<SessionRow> => {
  switch (state) {
    case 'CREATE_IN_PROGRESS':
    case 'START_IN_PROGRESS':
      return { startedAt: now, startedBy: by, ...noEnd }
    case 'READY': {
      const end = now + row.maxSessionMs
      const started = row.state === 'START_IN_PROGRESS' ? { statusCode: 'STREAMING_SESSION_STARTED' as const } : {}
      const extendableTo = row.maxExtensionMs > 0 ? end + row.maxExtensionMs : null
      const backupAt = isBackedUp(row) ? now + limits.backupInterval : null
      return { ...started, backupAt, extendableTo, ...endingAt(row, end) }
    }
    case 'STOP_IN_PROGRESS':
      return { stoppedAt: now, stoppedBy: by }
    case 'STOPPED':
    case 'START_FAILED':
      return {
        ...noEnd,
        terminateAt: terminates(row) ? (row.stoppedAt ?? now) + row.maxStoppedMs : null,
        // Of a restore that could not be taken back, what is left belongs to nobody.
        restoreFrom: null,
        ...(state === 'STOPPED' ? { statusMessage: systemReasons[row.stoppedBy ?? ''] ?? null } : {}),
      }
    case 'DELETED':
      return { ...noEnd, statusMessage: systemReasons[row.updatedBy] ?? null }
    default:
      return {}
  }
}

const noEnd = { stopAt: null, terminateAt: null, extendableTo: null, idleAt: null, backupAt: null } as const

const terminates = (row: Pick<SessionRow, 'automaticTerminationMode' | 'maxStoppedMs'>) =>
  row.automaticTerminationMode === 'ACTIVATED' && row.maxStoppedMs > 0

/** The moments of a session that runs until then (the table of decision 17). */
export const endingAt = (row: SessionRow, end: number): Pick<SessionRow, 'stopAt' | 'terminateAt'> =>
  isStoppable(row)
    ? { stopAt: end, terminateAt: terminates(row) ? end + row.maxStoppedMs : null }
    : { stopAt: null, terminateAt: end }

/** Whether the session's profile lets it be stopped, rather than only deleted (decision 17). */
export const isStoppable = (policy: {
  sessionPersistenceMode?: StreamingSession['sessionPersistenceMode']
  automaticTerminationMode?: StreamingSession['automaticTerminationMode']
  maxStoppedMs: number
}): boolean =>
  policy.sessionPersistenceMode === 'ACTIVATED' &&
  (policy.automaticTerminationMode !== 'ACTIVATED' || policy.maxStoppedMs > 0)

/** Whether its volume is backed up by itself, at every stop and every so often while it is READY (decision 19). */
export const isBackedUp = (
  policy: Pick<SessionRow, 'sessionPersistenceMode' | 'backupMode' | 'maxBackupsToRetain'>,
): boolean =>
  policy.sessionPersistenceMode === 'ACTIVATED' && policy.backupMode === 'AUTOMATIC' && policy.maxBackupsToRetain > 0
