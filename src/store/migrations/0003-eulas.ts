import type { Kysely } from 'kysely'

export const eulas = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('eula')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('name', 'text', column => column.notNull())
      .addColumn('retired', 'integer', column => column.notNull().defaultTo(0))
      .addColumn('createdAt', 'bigint', column => column.notNull())
      .addColumn('updatedAt', 'bigint', column => column.notNull())
      .addColumn('content', 'text', column => column.notNull())
      .execute()
    await db.schema
      .createTable('imageEula')
      .addColumn('ec2ImageId', 'text', column => column.notNull())
      .addColumn('eulaId', 'text', column => column.notNull().references('eula.id').onDelete('cascade'))
      .addPrimaryKeyConstraint('imageEulaKey', ['ec2ImageId', 'eulaId'])
      .execute()
    await db.schema
      .createTable('eulaAcceptance')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('studioId', 'text', column => column.notNull().references('studio.id').onDelete('cascade'))
      .addColumn('eulaId', 'text', column => column.notNull().references('eula.id'))
      .addColumn('acceptedBy', 'text', column => column.notNull())
      .addColumn('acceptedAt', 'bigint', column => column.notNull())
      .addUniqueConstraint('eulaAcceptanceOnce', ['studioId', 'eulaId'])
      .execute()
    await db.schema
      .createIndex('eulaAcceptanceBy_studioId_id')
      .on('eulaAcceptance')
      .columns(['studioId', 'id'])
      .execute()
    await db.schema
      .alterTable('streamingImage')
      .addColumn('eulaIds', 'text', column => column.notNull().defaultTo('[]'))
      .execute()
  },
}
