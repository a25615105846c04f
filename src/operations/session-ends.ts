import { conflict, invalid } from '../contract/errors.ts'
import { endingAt, session as life } from '../lifecycle/session.ts'
import { endOf, lengthEnd } from '../lifecycle/session-end.ts'
import { earliest } from '../lifecycle/transition.ts'
import { changeResource } from '../store/resources.ts'
import { existing, living } from './existing.ts'
import type { Handler } from './handler.ts'

const minute = 60_000
/** When no length is asked for: this, or what is left. */
const usualExtensionMs = 60 * minute

export const getStreamingSessionEnd: Handler<'GetStreamingSessionEnd'> = async (call, { studioId, sessionId }) => ({
  streamingSessionEnd: endOf(await existing(call, 'session', studioId, sessionId)),
})

export const extendStreamingSession: Handler<'ExtendStreamingSession'> = async (call, input) => {
  const { studioId, sessionId, extendByInMinutes } = input
  const session = await living(call, 'session', studioId, sessionId)
  const end = lengthEnd(session)
  // Past its end it is being stopped, though it may not say so yet.
  if (session.state !== 'READY' || end === null || end <= call.now)
    throw conflict('INVALID_STATE', `A session that is ${session.state} cannot be extended, only one that runs.`)
  const latest = session.extendableTo
  if (latest === null)
    throw conflict('EXTENSION_NOT_ALLOWED', 'The session policy of its launch profile lets no session run longer.')
  if (end >= latest)
    throw conflict('EXTENSION_USED_UP', 'The session has been extended as far as its launch profile allows.')
  const until =
    extendByInMinutes === undefined ? Math.min(end + usualExtensionMs, latest) : end + extendByInMinutes * minute
  if (until > latest)
    throw invalid(
      'EXTENSION_TOO_LONG',
      `Its launch profile lets the session be extended by ${Math.floor((latest - end) / minute)} more minutes.`,
      { extendableTo: new Date(latest).toISOString() },
    )
  const moments = endingAt(session, until)
  const changed = await changeResource(
    call.db,
    'session',
    { id: session.id, state: 'READY' },
    {
      ...moments,
      dueAt: earliest(life.READY, { ...session, ...moments }) ?? null,
      updatedAt: call.now,
      updatedBy: call.caller.principalId,
    },
  )
  if (!changed) throw new Error(`the session ${session.id} was moved inside a transaction`)
  return { streamingSessionEnd: endOf(changed) }
}
