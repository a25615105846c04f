import { type Kysely, sql } from 'kysely'

/** Copies of backups in a repository, and backups that came from one. */
export const backupCopies = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('backupCopy')
      // No reference: a copy outlives the row of its backup, until the repository has forgotten it.
      .addColumn('backupId', 'text', column => column.primaryKey())
      .addColumn('attempts', 'integer', column => column.notNull().defaultTo(0))
      .addColumn('dueAt', 'bigint', column => column.notNull())
      .addColumn('failure', 'text')
      .addColumn('repositoryId', 'text')
      .addColumn('snapshotId', 'text')
      .addColumn('copiedAt', 'bigint')
      .addColumn('bytes', 'bigint')
      .addColumn('forgottenAt', 'bigint')
      .execute()
    await db.schema.alterTable('backup').addColumn('restoredFrom', 'text').execute()
    await db.schema.alterTable('backup').addColumn('volumeSizeGiB', 'integer').execute()
    await db.schema.alterTable('backup').addColumn('ec2ImageId', 'text').execute()
    const [session, backup] = [sql.table('session'), sql.table('backup')]
    for (const column of ['volumeSizeGiB', 'ec2ImageId'].map(name => sql.id(name)))
      await sql`update ${backup} set ${column} = (
        select ${column} from ${session} where ${session}.id = ${backup}.${sql.id('sessionId')})`.execute(db)
  },
}
