import { type Kysely, sql } from 'kysely'

/** Sessions that may have a machine have been given their room before it was noted in a column. */
export const reserved = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('session')
      .addColumn('reserved', 'integer', column => column.notNull().defaultTo(0))
      .execute()
    await sql`
      update session set reserved = 1
      where state in ('READY', 'STOP_IN_PROGRESS', 'STOP_FAILED', 'DELETE_IN_PROGRESS', 'DELETE_FAILED')
        or (state in ('CREATE_IN_PROGRESS', 'START_IN_PROGRESS') and step <> 'capacity' and "givenUp" = 0)`.execute(db)
    await sql`create index "sessionReserved" on session (id) where reserved = 1`.execute(db)
  },
}
