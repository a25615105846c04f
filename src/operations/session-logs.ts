import { sessionLog } from '../store/session-logs.ts'
import { existing } from './existing.ts'
import type { Handler } from './handler.ts'

/** Empty for a session whose workstation has had no initialization scripts. */
export const getStreamingSessionLog: Handler<'GetStreamingSessionLog'> = async (call, { studioId, sessionId }) => {
  await existing(call, 'session', studioId, sessionId)
  const log = await sessionLog(call.db, sessionId)
  return {
    streamingSessionLog: {
      sessionId,
      text: log?.text ?? '',
      ...(log ? { updatedAt: new Date(log.updatedAt) } : {}),
    },
  }
}
