import type { Kysely } from 'kysely'

/** How the moments in the database relate to the clocks of the host, and what ends a session beside its length. */
export const time = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('clock')
      .addColumn('id', 'integer', column => column.primaryKey())
      .addColumn('boot', 'text', column => column.notNull())
      .addColumn('bootedAt', 'bigint', column => column.notNull())
      .addColumn('seenAt', 'bigint', column => column.notNull())
      .execute()
    await db.schema
      .alterTable('launchProfile')
      .addColumn('sessionPolicy', 'text', column => column.notNull().defaultTo('{}'))
      .execute()
    await db.schema
      .alterTable('session')
      .addColumn('maxExtensionMs', 'bigint', column => column.notNull().defaultTo(0))
      .execute()
    for (const column of ['extendableTo', 'idleAfterMs', 'idleAt'])
      await db.schema.alterTable('session').addColumn(column, 'bigint').execute()
    await db.schema.alterTable('session').addColumn('idleCpuPercent', 'integer').execute()
  },
}
