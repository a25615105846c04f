import type { Selectable } from 'kysely'
import type { Db } from './database.ts'
import { atMost, type PageQuery, readPlace } from './resources.ts'
import type { AccessKeyTable, PrincipalTable, SignInTable } from './schema-access.ts'

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

/** In order of creation, one more than the page holds. */
export const principalsAfter = (
  db: Db,
  { userName, kind }: { userName?: string | undefined; kind?: PrincipalRow['kind'] | undefined },
  { after = '', limit }: PageQuery,
): Promise<PrincipalRow[]> =>
  db
    .selectFrom('principal')
    .selectAll()
    .where(({ eb, refTuple, tuple }) => eb(refTuple('createdAt', 'id'), '>', tuple(...readPlace(after))))
    .$if(userName !== undefined, query => query.where('userName', '=', userName ?? ''))
    .$if(kind !== undefined, query => query.where('kind', '=', kind ?? 'user'))
    .orderBy('createdAt')
    .orderBy('id')
    .limit(atMost(limit + 1))
    .execute()

export const changePrincipal = (
  db: Db,
  id: string,
  change: Partial<Pick<PrincipalRow, 'displayName' | 'disabled' | 'passwordHash'>>,
): Promise<PrincipalRow | undefined> =>
  db
    .updateTable('principal')
    .set({ ...change, id })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()

/** With its keys, memberships, policies and sign-ins. */
export const deletePrincipal = async (db: Db, id: string): Promise<void> => {
  await db.deleteFrom('principal').where('id', '=', id).execute()
}

/** Whether anybody can sign in by a password yet. */
export const hasUsers = async (db: Db): Promise<boolean> =>
  (await db.selectFrom('principal').select('id').where('kind', '=', 'user').limit(1).executeTakeFirst()) !== undefined

export const insertAccessKey = async (db: Db, row: Omit<AccessKeyRow, 'disabled' | 'lastUsedAt'>): Promise<void> => {
  await db.insertInto('accessKey').values(row).execute()
}

export const accessKeyById = (db: Db, id: string): Promise<AccessKeyRow | undefined> =>
  db.selectFrom('accessKey').selectAll().where('id', '=', id).executeTakeFirst()

/** In order of creation, one more than the page holds. */
export const accessKeysAfter = (
  db: Db,
  principalId: string,
  { after = '', limit }: PageQuery,
): Promise<AccessKeyRow[]> =>
  db
    .selectFrom('accessKey')
    .selectAll()
    .where('principalId', '=', principalId)
    .where(({ eb, refTuple, tuple }) => eb(refTuple('createdAt', 'id'), '>', tuple(...readPlace(after))))
    .orderBy('createdAt')
    .orderBy('id')
    .limit(atMost(limit + 1))
    .execute()

export const changeAccessKey = (db: Db, id: string, disabled: boolean): Promise<AccessKeyRow | undefined> =>
  db
    .updateTable('accessKey')
    .set({ disabled: Number(disabled) })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()

export const deleteAccessKey = async (db: Db, id: string): Promise<void> => {
  await db.deleteFrom('accessKey').where('id', '=', id).execute()
}

export const noteUse = async (db: Db, id: string, lastUsedAt: number): Promise<void> => {
  await db.updateTable('accessKey').set({ lastUsedAt }).where('id', '=', id).execute()
}

export const deleteSignInsOf = async (db: Db, principalId: string): Promise<void> => {
  await db.deleteFrom('signIn').where('principalId', '=', principalId).execute()
}

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

export const isWelcome = async (db: Db, id: string, now: number): Promise<boolean> =>
  (await db.selectFrom('welcome').select('id').where('id', '=', id).where('expiresAt', '>', now).executeTakeFirst()) !==
  undefined

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
