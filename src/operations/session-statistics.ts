import type { StreamingSessionStatistics } from '../contract/types.ts'
import { type SessionStatisticsRow, statisticsSince } from '../store/session-statistics.ts'
import { existing } from './existing.ts'
import type { Handler } from './handler.ts'

const minuteMs = 60_000
const usualMinutes = 60
/** As many as the model's list holds: one viewer's day. */
const most = 1440

/** What the viewers of a session have measured, one entry a minute and viewer, the newest first. */
export const getStreamingSessionStatistics: Handler<'GetStreamingSessionStatistics'> = async (call, input) => {
  const { studioId, sessionId, lastMinutes = usualMinutes } = input
  await existing(call, 'session', studioId, sessionId)
  const rows = await statisticsSince(call.db, sessionId, call.now - lastMinutes * minuteMs, most)
  return { streamingSessionStatistics: rows.map(toStatistics) }
}

const toStatistics = ({ streamId, measuredAt, measured }: SessionStatisticsRow): StreamingSessionStatistics => ({
  streamId,
  measuredAt: new Date(measuredAt),
  ...JSON.parse(measured),
})
