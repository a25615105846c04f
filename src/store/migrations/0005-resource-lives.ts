import type { Kysely } from 'kysely'

export const resourceLives = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const table of ['studio', 'studioComponent', 'launchProfile'])
      await db.schema.alterTable(table).addColumn('before', 'text').execute()
    await db.schema
      .alterTable('launchProfile')
      .addColumn('validationResults', 'text', column => column.notNull().defaultTo('[]'))
      .execute()
    await db.schema.createIndex('sessionBy_launchProfileId').on('session').column('launchProfileId').execute()
  },
}
