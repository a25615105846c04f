import type { Kysely } from 'kysely'

export const sessionStatistics = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('sessionStatistics')
      .addColumn('sessionId', 'text', column => column.notNull().references('session.id').onDelete('cascade'))
      // No reference: how a stream went is told for longer than the stream is known.
      .addColumn('streamId', 'text', column => column.notNull())
      .addColumn('minute', 'bigint', column => column.notNull())
      .addColumn('measuredAt', 'bigint', column => column.notNull())
      .addColumn('measured', 'text', column => column.notNull())
      .addPrimaryKeyConstraint('sessionStatisticsKey', ['sessionId', 'minute', 'streamId'])
      .execute()
    await db.schema.createIndex('sessionStatisticsBy_minute').on('sessionStatistics').column('minute').execute()
  },
}
