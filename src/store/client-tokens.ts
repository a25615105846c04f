import type { Selectable } from 'kysely'
import type { Db } from './database.ts'
import type { ClientTokenTable } from './schema.ts'

export type ClientTokenRow = Selectable<ClientTokenTable>

export const clientToken = (
  db: Db,
  key: Pick<ClientTokenRow, 'principalId' | 'operation' | 'token'>,
): Promise<ClientTokenRow | undefined> =>
  db
    .selectFrom('clientToken')
    .selectAll()
    .where('principalId', '=', key.principalId)
    .where('operation', '=', key.operation)
    .where('token', '=', key.token)
    .executeTakeFirst()

export const insertClientToken = async (db: Db, row: ClientTokenRow): Promise<void> => {
  await db.insertInto('clientToken').values(row).execute()
}

export const purgeClientTokens = async (db: Db, before: number): Promise<void> => {
  await db.deleteFrom('clientToken').where('createdAt', '<', before).execute()
}
