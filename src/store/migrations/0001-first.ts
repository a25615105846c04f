import { type CreateTableBuilder, type Kysely, sql } from 'kysely'

type Table = CreateTableBuilder<string, string>

const resource = (table: Table) =>
  table
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('arn', 'text', column => column.notNull())
    .addColumn('state', 'text', column => column.notNull())
    .addColumn('statusCode', 'text', column => column.notNull())
    .addColumn('statusMessage', 'text')
    .addColumn('createdAt', 'bigint', column => column.notNull())
    .addColumn('createdBy', 'text', column => column.notNull())
    .addColumn('updatedAt', 'bigint', column => column.notNull())
    .addColumn('updatedBy', 'text', column => column.notNull())
    .addColumn('tags', 'text', column => column.notNull())

/** `view` comes last in a table: a walk that needs only what stands before it reads no further. */
const work = (table: Table) =>
  table
    .addColumn('step', 'text')
    .addColumn('attempts', 'integer', column => column.notNull().defaultTo(0))
    .addColumn('givenUp', 'integer', column => column.notNull().defaultTo(0))
    .addColumn('dueAt', 'bigint')
    .addColumn('leaseUntil', 'bigint', column => column.notNull().defaultTo(0))
    .addColumn('deadline', 'bigint')
    .addColumn('view', 'text', column => column.notNull())

const inStudio = (table: Table) =>
  table.addColumn('studioId', 'text', column => column.notNull().references('studio.id').onDelete('cascade'))

export const first = {
  async up(db: Kysely<unknown>): Promise<void> {
    const make = (name: string, ...parts: ((table: Table) => Table)[]) =>
      parts.reduce((table, part) => part(table), db.schema.createTable(name) as Table).execute()
    const texts =
      (...names: string[]) =>
      (table: Table) =>
        names.reduce((all, name) => all.addColumn(name, 'text', column => column.notNull()), table)
    const optional =
      (type: 'text' | 'bigint', ...names: string[]) =>
      (table: Table) =>
        names.reduce((all, name) => all.addColumn(name, type), table)
    const numbers =
      (type: 'integer' | 'bigint', ...names: string[]) =>
      (table: Table) =>
        names.reduce((all, name) => all.addColumn(name, type, column => column.notNull()), table)
    const flags =
      (...names: string[]) =>
      (table: Table) =>
        names.reduce((all, name) => all.addColumn(name, 'integer', column => column.notNull().defaultTo(0)), table)

    await make(
      'studio',
      resource,
      texts('studioName', 'displayName', 'adminRoleArn', 'userRoleArn', 'studioUrl', 'encryption', 'ssoClientId'),
      work,
    )
    await make('studioComponent', resource, inStudio, texts('name', 'type', 'details'), work)
    await make('streamingImage', resource, inStudio, texts('name', 'ec2ImageId'), optional('text', 'description'), work)
    await make(
      'launchProfile',
      resource,
      inStudio,
      texts('name', 'ec2SubnetIds', 'protocolVersions', 'studioComponentIds', 'streamConfiguration'),
      optional('text', 'description'),
      work,
    )
    await make(
      'session',
      resource,
      inStudio,
      texts('launchProfileId', 'ownedBy', 'instanceType', 'streamingImageId', 'ec2ImageId'),
      numbers('integer', 'vcpus', 'memoryMiB', 'gpus'),
      texts('clipboardMode', 'sessionPersistenceMode', 'automaticTerminationMode', 'backupMode'),
      numbers('integer', 'maxBackupsToRetain'),
      numbers('bigint', 'maxSessionMs', 'maxStoppedMs'),
      numbers('integer', 'volumeSizeGiB', 'volumeIops', 'volumeThroughputMiBs'),
      optional('text', 'volumeRetentionMode', 'startedBy', 'startedFromBackupId', 'stoppedBy', 'restoreFrom'),
      flags('volumeNumber'),
      optional('bigint', 'startedAt', 'stoppedAt', 'stopAt', 'terminateAt'),
      work,
    )
    await make(
      'backup',
      resource,
      inStudio,
      texts('sessionId', 'launchProfileId', 'ownedBy'),
      optional('bigint', 'expiresAt'),
      work,
    )
    await make(
      'stream',
      table => table.addColumn('id', 'text', column => column.primaryKey()),
      table =>
        table.addColumn('sessionId', 'text', column => column.notNull().references('session.id').onDelete('cascade')),
      texts('studioId', 'state', 'createdBy', 'ownedBy'),
      numbers('bigint', 'createdAt', 'expiresAt'),
      optional('text', 'keyHash'),
    )

    await make(
      'principal',
      table => table.addColumn('id', 'text', column => column.primaryKey()),
      texts('kind', 'userName', 'displayName'),
      optional('text', 'passwordHash'),
      flags('disabled'),
      numbers('bigint', 'createdAt'),
    )
    const ofPrincipal = (table: Table) =>
      table.addColumn('principalId', 'text', column => column.notNull().references('principal.id').onDelete('cascade'))
    await make(
      'accessKey',
      table => table.addColumn('id', 'text', column => column.primaryKey()),
      ofPrincipal,
      texts('sealedSecret'),
      flags('disabled'),
      numbers('bigint', 'createdAt'),
    )
    await make(
      'signIn',
      table => table.addColumn('id', 'text', column => column.primaryKey()),
      ofPrincipal,
      numbers('bigint', 'createdAt', 'expiresAt'),
    )
    await make(
      'welcome',
      table => table.addColumn('id', 'text', column => column.primaryKey()),
      numbers('bigint', 'expiresAt'),
    )
    await make('studioMember', inStudio, ofPrincipal, texts('identityStoreId', 'persona'), table =>
      table.addPrimaryKeyConstraint('studioMemberKey', ['studioId', 'principalId']),
    )
    await make(
      'launchProfileMember',
      inStudio,
      ofPrincipal,
      texts('launchProfileId', 'identityStoreId', 'persona'),
      table => table.addPrimaryKeyConstraint('launchProfileMemberKey', ['studioId', 'launchProfileId', 'principalId']),
    )
    await make(
      'clientToken',
      ofPrincipal,
      texts('operation', 'token', 'parameters'),
      optional('text', 'resource'),
      numbers('bigint', 'createdAt'),
      table => table.addPrimaryKeyConstraint('clientTokenKey', ['principalId', 'operation', 'token']),
    )

    const index = (table: string, ...columns: string[]) =>
      db.schema
        .createIndex(`${table}By_${columns.join('_')}`)
        .on(table)
        .columns(columns)
        .execute()
    for (const table of ['studioComponent', 'streamingImage', 'launchProfile', 'session', 'backup'])
      await index(table, 'studioId', 'id')
    for (const column of ['ownedBy', 'createdBy']) await index('session', 'studioId', column, 'id')
    await index('backup', 'studioId', 'ownedBy', 'id')
    await index('backup', 'sessionId', 'id')
    await index('stream', 'sessionId')
    await index('stream', 'expiresAt')
    await index('session', 'state')
    await index('accessKey', 'principalId')
    await index('clientToken', 'createdAt')
    await index('signIn', 'expiresAt')
    await db.schema.createIndex('principalByUserName').on('principal').column('userName').unique().execute()
    await db.schema.createIndex('studioByName').on('studio').column('studioName').execute()
    for (const table of ['studio', 'studioComponent', 'streamingImage', 'launchProfile', 'session', 'backup'])
      await sql`create index ${sql.id(`${table}Due`)} on ${sql.table(table)} (${sql.id('dueAt')}) where ${sql.id('dueAt')} is not null`.execute(
        db,
      )
  },
}
