import type { Kysely } from 'kysely'

/** How the moments in the database relate to the clocks of the host. */
export const time = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('clock')
      .addColumn('id', 'integer', column => column.primaryKey())
      .addColumn('boot', 'text', column => column.notNull())
      .addColumn('bootedAt', 'bigint', column => column.notNull())
      .addColumn('seenAt', 'bigint', column => column.notNull())
      .execute()
  },
}
