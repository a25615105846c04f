import type { Insertable, Selectable } from 'kysely'
import type { Db } from './database.ts'
import type { SessionLogTable } from './schema.ts'

export type SessionLogRow = Selectable<SessionLogTable>

/** Keeps what the scripts of a session have printed at its last start that had any. */
export const keepSessionLog = async (db: Db, row: Insertable<SessionLogTable>): Promise<void> => {
  const { text, updatedAt } = row
  await db
    .insertInto('sessionLog')
    .values(row)
    .onConflict(conflict => conflict.column('sessionId').doUpdateSet({ text, updatedAt }))
    .execute()
}

export const sessionLog = (db: Db, sessionId: string): Promise<SessionLogRow | undefined> =>
  db.selectFrom('sessionLog').selectAll().where('sessionId', '=', sessionId).executeTakeFirst()
