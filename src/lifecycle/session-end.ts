/** When a session ends by itself, and why one has ended: what people are told. */
import type { StreamingSessionEnd } from '../contract/types.ts'
import type { SessionRow } from '../store/sessions.ts'
import { isStoppable, systemReasons } from './session.ts'

/** The next end that is set; without a moment when nothing but a person ends the session. */
export const endOf = (row: SessionRow): StreamingSessionEnd => {
  const { id: sessionId, state, terminateAt, idleAt, extendableTo } = row
  if (state === 'STOPPED' && terminateAt !== null)
    return { sessionId, endsAt: new Date(terminateAt), action: 'DELETE', reason: 'MAX_STOPPED_SESSION_LENGTH' }
  const lengthEndsAt = lengthEnd(row)
  if (state !== 'READY' || lengthEndsAt === null) return { sessionId }
  const isIdle = idleAt !== null && idleAt < lengthEndsAt
  return {
    sessionId,
    endsAt: new Date(isIdle ? idleAt : lengthEndsAt),
    action: isStoppable(row) ? 'STOP' : 'DELETE',
    reason: isIdle ? 'IDLE' : 'MAX_SESSION_LENGTH',
    ...(extendableTo === null ? {} : { extendableTo: new Date(extendableTo) }),
  }
}

/** When the run of a session has had its length. */
export const lengthEnd = ({ stopAt, terminateAt }: Pick<SessionRow, 'stopAt' | 'terminateAt'>): number | null =>
  stopAt ?? terminateAt

/** Why the system has ended a session; undefined when it did not, or a person did. */
export const whyEnded = ({ state, stoppedBy, updatedBy }: SessionRow): string | undefined => {
  if (state === 'STOP_IN_PROGRESS' || state === 'STOPPED') return systemReasons[stoppedBy ?? '']
  return state === 'DELETE_IN_PROGRESS' || state === 'DELETED' ? systemReasons[updatedBy] : undefined
}
