/** Copies of backups in a repository: what is to be copied and what forgotten is asked of the rows, never remembered. */
import { type Selectable, sql } from 'kysely'
import type { Db } from './database.ts'
import { atMost } from './resources.ts'
import type { BackupCopyTable } from './schema.ts'

export type BackupCopyRow = Selectable<BackupCopyTable>

/** Every READY backup that was made here has its row. */
export const noteBackupsToCopy = async (db: Db, now: number): Promise<void> => {
  await db
    .insertInto('backupCopy')
    .columns(['backupId', 'dueAt'])
    .expression(query =>
      query
        .selectFrom('backup')
        .leftJoin('backupCopy', 'backupCopy.backupId', 'backup.id')
        .select(['backup.id', sql.lit(now).as('dueAt')])
        .where('backup.state', '=', 'READY')
        .where('backup.restoredFrom', 'is', null)
        .where('backupCopy.backupId', 'is', null),
    )
    .execute()
}

/** What is in another repository is not in this one. */
export const copyAgainFrom = async (db: Db, repositoryId: string, now: number): Promise<void> => {
  await db
    .updateTable('backupCopy')
    .set({ repositoryId: null, snapshotId: null, copiedAt: null, bytes: null, attempts: 0, dueAt: now })
    .where('repositoryId', '!=', repositoryId)
    .where('forgottenAt', 'is', null)
    .execute()
}

/** Backups whose copy is due, the newest first: after a long outage it is worth the most. */
export const copiesDue = (db: Db, now: number): Promise<BackupCopyRow[]> =>
  db
    .selectFrom('backupCopy')
    .innerJoin('backup', 'backup.id', 'backupCopy.backupId')
    .selectAll('backupCopy')
    .where('backup.state', '=', 'READY')
    .where('backupCopy.copiedAt', 'is', null)
    .where('backupCopy.dueAt', '<=', now)
    .orderBy('backup.id', 'desc')
    .limit(atMost(100))
    .execute()

/** Copies of backups that are no more. */
export const copiesToForget = (db: Db, now: number): Promise<BackupCopyRow[]> =>
  db
    .selectFrom('backupCopy')
    .leftJoin('backup', 'backup.id', 'backupCopy.backupId')
    .selectAll('backupCopy')
    .where('backupCopy.forgottenAt', 'is', null)
    .where('backupCopy.dueAt', '<=', now)
    .where(({ or, eb }) => or([eb('backup.id', 'is', null), eb('backup.state', 'in', ['DELETED', 'CREATE_FAILED'])]))
    .limit(atMost(100))
    .execute()

/** When the first of those was forgotten whose space has not come back yet. */
export const firstForgotten = async (db: Db, now: number): Promise<number | undefined> => {
  const row = await db
    .selectFrom('backupCopy')
    .select(query => query.fn.min('forgottenAt').as('at'))
    .where('dueAt', '<=', now)
    .executeTakeFirst()
  return row?.at ?? undefined
}

export const changeCopies = async (
  db: Db,
  ids: readonly string[],
  change: Partial<Omit<BackupCopyRow, 'backupId'>>,
): Promise<void> => {
  if (ids.length > 0) await db.updateTable('backupCopy').set(change).where('backupId', 'in', ids).execute()
}

export const dropCopies = async (db: Db, ids: readonly string[]): Promise<void> => {
  if (ids.length > 0) await db.deleteFrom('backupCopy').where('backupId', 'in', ids).execute()
}

export const dropForgotten = async (db: Db, until: number): Promise<void> => {
  await db.deleteFrom('backupCopy').where('forgottenAt', '<=', until).execute()
}

/** The newest copy of another backup of the same session: most of its files are the same. */
export const newestSnapshot = async (db: Db, sessionId: string): Promise<string | undefined> => {
  const row = await db
    .selectFrom('backupCopy')
    .innerJoin('backup', 'backup.id', 'backupCopy.backupId')
    .select('backupCopy.snapshotId')
    .where('backup.sessionId', '=', sessionId)
    .where('backupCopy.snapshotId', 'is not', null)
    .where('backupCopy.forgottenAt', 'is', null)
    .orderBy('backup.id', 'desc')
    .executeTakeFirst()
  return row?.snapshotId ?? undefined
}

/** What a backup is of, with the names that people know its things by, as far as they are still there. */
export const backupWithNames = (db: Db, id: string) =>
  db
    .selectFrom('backup')
    .leftJoin('studio', 'studio.id', 'backup.studioId')
    .leftJoin('launchProfile', 'launchProfile.id', 'backup.launchProfileId')
    .leftJoin('principal', 'principal.id', 'backup.ownedBy')
    .select([
      ...(['backup.id', 'backup.createdAt', 'backup.sessionId', 'backup.ownedBy', 'backup.studioId'] as const),
      ...(['backup.launchProfileId', 'backup.volumeSizeGiB', 'backup.ec2ImageId'] as const),
      ...(['studio.studioName', 'launchProfile.name as launchProfileName', 'principal.userName'] as const),
    ])
    .where('backup.id', '=', id)
    .executeTakeFirst()

/** The READY backups of a studio and their copies, in order of creation; one more than the limit says whether there are more. */
export const backupsWithCopies = (db: Db, studioId: string, { after = '', limit }: { after?: string; limit: number }) =>
  db
    .selectFrom('backup')
    .leftJoin('backupCopy', 'backupCopy.backupId', 'backup.id')
    .select([
      ...(['backup.id', 'backup.sessionId', 'backup.ownedBy', 'backup.createdAt', 'backup.restoredFrom'] as const),
      ...(['backupCopy.backupId', 'backupCopy.copiedAt', 'backupCopy.failure', 'backupCopy.snapshotId'] as const),
      'backupCopy.bytes',
    ])
    .where('backup.studioId', '=', studioId)
    .where('backup.state', '=', 'READY')
    .where('backup.id', '>', after)
    .orderBy('backup.id')
    .limit(atMost(limit + 1))
    .execute()
