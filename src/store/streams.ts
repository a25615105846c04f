import type { Insertable, Selectable } from 'kysely'
import type { Db } from './database.ts'
import type { StreamTable } from './schema.ts'

export type StreamRow = Selectable<StreamTable>

export const insertStream = (db: Db, row: Insertable<StreamTable>): Promise<StreamRow> =>
  db.insertInto('stream').values(row).returningAll().executeTakeFirstOrThrow()

export const streamById = (db: Db, id: string): Promise<StreamRow | undefined> =>
  db.selectFrom('stream').selectAll().where('id', '=', id).executeTakeFirst()

/** Uses the one-time address up: true for the one caller that came first and in time. */
export const openStream = async (db: Db, id: string, now: number, keyHash: string): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('stream')
    .set({ state: 'DELETED', keyHash })
    .where('id', '=', id)
    .where('state', '=', 'READY')
    .where('expiresAt', '>', now)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Takes the keys of a session's streams back: nobody who was connected can come back with an old one. */
export const closeStreams = async (db: Db, sessionId: string): Promise<void> => {
  await db.updateTable('stream').set({ state: 'DELETED', keyHash: null }).where('sessionId', '=', sessionId).execute()
}

/** Takes back the keys and addresses of those that may be watched only. */
export const closeViews = async (db: Db, sessionId: string): Promise<void> => {
  await db
    .updateTable('stream')
    .set({ state: 'DELETED', keyHash: null })
    .where('sessionId', '=', sessionId)
    .where('viewOnly', '=', 1)
    .execute()
}

/** Forgets streams that expired before that moment and that nobody is using. */
export const purgeStreams = async (db: Db, before: number): Promise<void> => {
  await db.deleteFrom('stream').where('expiresAt', '<', before).where('keyHash', 'is', null).execute()
}
