import { type Kysely, sql } from 'kysely'

/**
 * Policies that users write, what is attached to whom, and when a key was last used. Until now every account could do
 * everything, so each that exists keeps that by a policy.
 */
export const access = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('policy')
      .addColumn('name', 'text', column => column.primaryKey())
      .addColumn('description', 'text')
      .addColumn('document', 'text', column => column.notNull())
      .addColumn('createdAt', 'bigint', column => column.notNull())
      .addColumn('createdBy', 'text', column => column.notNull())
      .addColumn('updatedAt', 'bigint', column => column.notNull())
      .addColumn('updatedBy', 'text', column => column.notNull())
      .execute()
    await db.schema
      .createTable('policyAttachment')
      .addColumn('principalId', 'text', column => column.notNull().references('principal.id').onDelete('cascade'))
      .addColumn('policyName', 'text', column => column.notNull())
      .addPrimaryKeyConstraint('policyAttachmentKey', ['principalId', 'policyName'])
      .execute()
    await db.schema.createIndex('policyAttachmentByPolicy').on('policyAttachment').column('policyName').execute()
    await db.schema.alterTable('accessKey').addColumn('lastUsedAt', 'bigint').execute()
    for (const table of ['principal', 'accessKey'])
      await db.schema.createIndex(`${table}ByCreation`).on(table).columns(['createdAt', 'id']).execute()
    const [attachment, principal] = [sql.table('policyAttachment'), sql.table('principal')]
    await sql`insert into ${attachment} (${sql.id('principalId')}, ${sql.id('policyName')})
      select id, 'AdministratorAccess' from ${principal} where kind = 'account'`.execute(db)
  },
}
