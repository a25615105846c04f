import type { Kysely } from 'kysely'

export const sessionLogs = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('sessionLog')
      .addColumn('sessionId', 'text', column => column.primaryKey().references('session.id').onDelete('cascade'))
      .addColumn('text', 'text', column => column.notNull())
      .addColumn('updatedAt', 'integer', column => column.notNull())
      .execute()
  },
}
