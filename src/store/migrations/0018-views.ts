import type { Kysely } from 'kysely'

/** Streams that may be watched only. */
export const views = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('stream')
      .addColumn('viewOnly', 'integer', column => column.notNull().defaultTo(0))
      .execute()
  },
}
