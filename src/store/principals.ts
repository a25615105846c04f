import type { Selectable } from 'kysely'
import type { Db } from './database.ts'
import type { AccessKeyTable, PrincipalTable, SignInTable } from './schema.ts'

export type PrincipalRow = Selectable<PrincipalTable>
export type AccessKeyRow = Selectable<AccessKeyTable>
export type SignInRow = Selectable<SignInTable>

export const insertPrincipal = async (db: Db, row: Omit<PrincipalRow, 'disabled'>): Promise<void> => {
  await db.insertInto('principal').values(row).execute()
}

export const principalById = (db: Db, id: string): Promise<PrincipalRow | undefined> =>
  db.selectFrom('principal').selectAll().where('id', '=', id).executeTakeFirst()

export const principalByUserName = (db: Db, userName: string): Promise<PrincipalRow | undefined> =>
  db.selectFrom('principal').selectAll().where('userName', '=', userName).executeTakeFirst()

/** Whether anybody can sign in by a password yet. */
export const hasUsers = async (db: Db): Promise<boolean> =>
  (await db.selectFrom('principal').select('id').where('kind', '=', 'user').limit(1).executeTakeFirst()) !== undefined

export const insertAccessKey = async (db: Db, row: Omit<AccessKeyRow, 'disabled'>): Promise<void> => {
  await db.insertInto('accessKey').values(row).execute()
}

export const accessKeyById = (db: Db, id: string): Promise<AccessKeyRow | undefined> =>
  db.selectFrom('accessKey').selectAll().where('id', '=', id).executeTakeFirst()

export const insertSignIn = async (db: Db, row: SignInRow): Promise<void> => {
  await db.insertInto('signIn').values(row).execute()
}

export const signInById = (db: Db, id: string, now: number): Promise<SignInRow | undefined> =>
  db.selectFrom('signIn').selectAll().where('id', '=', id).where('expiresAt', '>', now).executeTakeFirst()

export const deleteSignIn = async (db: Db, id: string): Promise<void> => {
  await db.deleteFrom('signIn').where('id', '=', id).execute()
}

export const purgeSignIns = async (db: Db, now: number): Promise<void> => {
  await db.deleteFrom('signIn').where('expiresAt', '<=', now).execute()
}

/** Makes this the one code that the first sign-in takes. */
export const replaceWelcome = async (db: Db, id: string, expiresAt: number): Promise<void> => {
  await db.deleteFrom('welcome').execute()
  await db.insertInto('welcome').values({ id, expiresAt }).execute()
}

/** Uses the code up: true for the one caller that came first and in time. */
export const redeemWelcome = async (db: Db, id: string, now: number): Promise<boolean> => {
  const { numDeletedRows } = await db
    .deleteFrom('welcome')
    .where('id', '=', id)
    .where('expiresAt', '>', now)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Studios that the principal administers. */
export const administeredStudios = async (db: Db, principalId: string): Promise<string[]> =>
  (await db.selectFrom('studioMember').select('studioId').where('principalId', '=', principalId).execute()).map(
    row => row.studioId,
  )

/** Launch profiles that the principal is a member of, with the studio of each. */
export const memberships = (db: Db, principalId: string) =>
  db
    .selectFrom('launchProfileMember')
    .select(['studioId', 'launchProfileId'])
    .where('principalId', '=', principalId)
    .execute()

/** Keys of a principal that work, the oldest first. */
export const accessKeysOf = (db: Db, principalId: string): Promise<AccessKeyRow[]> =>
  db
    .selectFrom('accessKey')
    .selectAll()
    .where('principalId', '=', principalId)
    .where('disabled', '=', 0)
    .orderBy('createdAt')
    .execute()
