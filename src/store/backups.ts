import type { Db } from './database.ts'
import type { Row } from './resources.ts'

export type BackupRow = Row<'backup'>

/** The backups of a session that can be restored, the oldest first. */
export const readyBackups = (db: Db, sessionId: string): Promise<BackupRow[]> =>
  db
    .selectFrom('backup')
    .selectAll()
    .where('sessionId', '=', sessionId)
    .where('state', '=', 'READY')
    .orderBy('id')
    .execute()

/** The backups of a session that still exist in some form. */
export const keptBackups = (db: Db, sessionId: string): Promise<BackupRow[]> =>
  db.selectFrom('backup').selectAll().where('sessionId', '=', sessionId).where('state', '!=', 'DELETED').execute()

/** Ids of all backups that a driver may be keeping. */
export const backupsKeptAnywhere = async (db: Db): Promise<string[]> =>
  (await db.selectFrom('backup').select('id').where('state', 'not in', ['DELETED', 'CREATE_FAILED']).execute()).map(
    row => row.id,
  )
