import type { Db } from './database.ts'
import { inPortions, type Row } from './resources.ts'

export type BackupRow = Row<'backup'>

/** The backups of a session that can be restored, the oldest first. Those that a repository gave back count for none. */
export const readyBackups = (db: Db, sessionId: string): Promise<BackupRow[]> =>
  db
    .selectFrom('backup')
    .selectAll()
    .where('sessionId', '=', sessionId)
    .where('state', '=', 'READY')
    .where('restoredFrom', 'is', null)
    .orderBy('id')
    .execute()

/** The backups of a session that still exist in some form. */
export const keptBackups = (db: Db, sessionId: string): Promise<BackupRow[]> =>
  db.selectFrom('backup').selectAll().where('sessionId', '=', sessionId).where('state', '!=', 'DELETED').execute()

/** Those of the ids whose backup a driver may be keeping. */
export const keptBackupsAmong = async (db: Db, ids: readonly string[]): Promise<string[]> => {
  const rows = await inPortions(ids, some =>
    db
      .selectFrom('backup')
      .select('id')
      .where('id', 'in', some)
      .where('state', 'not in', ['DELETED', 'CREATE_FAILED'])
      .execute(),
  )
  return rows.map(row => row.id)
}
