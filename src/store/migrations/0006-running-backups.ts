import type { Kysely } from 'kysely'

interface Sessions {
  session: {
    id: string
    state: string
    sessionPersistenceMode: string
    backupMode: string
    maxBackupsToRetain: number
    backupAt: number | null
    dueAt: number | null
  }
}

const hour = 3_600_000

/** Backups of running sessions. Those that run at the upgrade get theirs one after the other, not all at one moment. */
export const runningBackups = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('session').addColumn('backupAt', 'bigint').execute()
    await db.schema.alterTable('backup').addColumn('pruneAt', 'bigint').execute()
    const sessions = db as Kysely<Sessions>
    const running = await sessions
      .selectFrom('session')
      .select(['id', 'dueAt'])
      .where('state', '=', 'READY')
      .where('sessionPersistenceMode', '=', 'ACTIVATED')
      .where('backupMode', '=', 'AUTOMATIC')
      .where('maxBackupsToRetain', '>', 0)
      .orderBy('id')
      .execute()
    const now = Date.now()
    for (const [i, { id, dueAt }] of running.entries()) {
      const backupAt = now + Math.round((4 * hour * (i + 1)) / running.length)
      await sessions
        .updateTable('session')
        .set({ backupAt, dueAt: Math.min(dueAt ?? backupAt, backupAt) })
        .where('id', '=', id)
        .execute()
    }
  },
}
