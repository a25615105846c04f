import type { Selectable } from 'kysely'
import type { Db } from './database.ts'
import { atMost } from './resources.ts'
import type { SessionStatisticsTable } from './schema.ts'

export type SessionStatisticsRow = Selectable<SessionStatisticsTable>

const minuteMs = 60_000

/** Keeps what a viewer has measured last in each minute. */
export const keepStatistics = async (db: Db, row: Omit<SessionStatisticsRow, 'minute'>): Promise<void> => {
  const { measured, measuredAt } = row
  await db
    .insertInto('sessionStatistics')
    .values({ ...row, minute: measuredAt - (measuredAt % minuteMs) })
    .onConflict(conflict => conflict.columns(['sessionId', 'minute', 'streamId']).doUpdateSet({ measured, measuredAt }))
    .execute()
}

/** What was measured of a session from that moment on, the newest first. */
export const statisticsSince = (
  db: Db,
  sessionId: string,
  since: number,
  limit: number,
): Promise<SessionStatisticsRow[]> =>
  db
    .selectFrom('sessionStatistics')
    .selectAll()
    .where('sessionId', '=', sessionId)
    .where('minute', '>', since - minuteMs)
    .where('measuredAt', '>=', since)
    .orderBy('minute', 'desc')
    .orderBy('streamId')
    .limit(atMost(limit))
    .execute()

/** Forgets what was measured before that moment. */
export const purgeStatistics = async (db: Db, before: number): Promise<void> => {
  await db.deleteFrom('sessionStatistics').where('minute', '<', before).execute()
}
