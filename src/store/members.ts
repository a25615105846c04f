/** Who administers a studio, and who may launch from a launch profile. */
import type { Selectable } from 'kysely'
import { toJson } from '../contract/encode.ts'
import type { LaunchProfileMembership, StudioMembership } from '../contract/types.ts'
import type { Db } from './database.ts'
import { atMost, inPortions, type PageQuery, toViewPage, type ViewPage } from './resources.ts'
import type { LaunchProfileMemberTable, StudioMemberTable } from './schema-access.ts'

/** The identity store that is this installation's own: its local users. */
export const ownIdentityStore = 'd-atelier000'

export interface Membership {
  principalId: string
  identityStoreId: string
}

/** Makes the principal an administrator of the studio, or leaves him one. */
export const putStudioMember = async (db: Db, studioId: string, member: Membership): Promise<void> => {
  await db
    .insertInto('studioMember')
    .values({ studioId, ...member, persona: 'ADMINISTRATOR' })
    .onConflict(conflict =>
      conflict.columns(['studioId', 'principalId']).doUpdateSet({ identityStoreId: member.identityStoreId }),
    )
    .execute()
}

export const studioMember = async (
  db: Db,
  studioId: string,
  principalId: string,
): Promise<StudioMembership | undefined> => {
  const row = await db
    .selectFrom('studioMember')
    .selectAll()
    .where('studioId', '=', studioId)
    .where('principalId', '=', principalId)
    .executeTakeFirst()
  return row && toMembership(row)
}

/** A page of administrators, in the order in which their principals were made. */
export const listStudioMemberViews = async (db: Db, studioId: string, page: PageQuery): Promise<ViewPage> => {
  const rows = await db
    .selectFrom('studioMember')
    .selectAll()
    .where('studioId', '=', studioId)
    .where('principalId', '>', page.after ?? '')
    .orderBy('principalId')
    .limit(atMost(page.limit + 1))
    .execute()
  return toMemberPage(rows, 'StudioMembership', page.limit)
}

/** False when there was none. */
export const deleteStudioMember = async (db: Db, studioId: string, principalId: string): Promise<boolean> => {
  const { numDeletedRows } = await db
    .deleteFrom('studioMember')
    .where('studioId', '=', studioId)
    .where('principalId', '=', principalId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** The place of a launch profile's members. */
export interface MembersOf {
  studioId: string
  launchProfileId: string
}

/** Lets the principal launch from the profile. */
export const putLaunchProfileMember = async (
  db: Db,
  studioId: string,
  launchProfileId: string,
  member: Membership,
): Promise<void> => {
  await db
    .insertInto('launchProfileMember')
    .values({ studioId, launchProfileId, ...member, persona: 'USER' })
    .onConflict(conflict =>
      conflict
        .columns(['studioId', 'launchProfileId', 'principalId'])
        .doUpdateSet({ identityStoreId: member.identityStoreId }),
    )
    .execute()
}

export const launchProfileMember = async (
  db: Db,
  { studioId, launchProfileId }: MembersOf,
  principalId: string,
): Promise<LaunchProfileMembership | undefined> => {
  const row = await db
    .selectFrom('launchProfileMember')
    .selectAll()
    .where('studioId', '=', studioId)
    .where('launchProfileId', '=', launchProfileId)
    .where('principalId', '=', principalId)
    .executeTakeFirst()
  return row && toMembership(row)
}

/** Gives a member that persona. The member, or undefined when there is none. */
export const changeLaunchProfileMember = async (
  db: Db,
  { studioId, launchProfileId }: MembersOf,
  principalId: string,
  persona: LaunchProfileMemberTable['persona'],
): Promise<LaunchProfileMembership | undefined> => {
  const row = await db
    .updateTable('launchProfileMember')
    .set({ persona })
    .where('studioId', '=', studioId)
    .where('launchProfileId', '=', launchProfileId)
    .where('principalId', '=', principalId)
    .returningAll()
    .executeTakeFirst()
  return row && toMembership(row)
}

/** A page of members, in the order in which their principals were made. */
export const listLaunchProfileMemberViews = async (
  db: Db,
  { studioId, launchProfileId }: MembersOf,
  page: PageQuery,
): Promise<ViewPage> => {
  const rows = await db
    .selectFrom('launchProfileMember')
    .selectAll()
    .where('studioId', '=', studioId)
    .where('launchProfileId', '=', launchProfileId)
    .where('principalId', '>', page.after ?? '')
    .orderBy('principalId')
    .limit(atMost(page.limit + 1))
    .execute()
  return toMemberPage(rows, 'LaunchProfileMembership', page.limit)
}

/** False when there was none. */
export const deleteLaunchProfileMember = async (
  db: Db,
  { studioId, launchProfileId }: MembersOf,
  principalId: string,
): Promise<boolean> => {
  const { numDeletedRows } = await db
    .deleteFrom('launchProfileMember')
    .where('studioId', '=', studioId)
    .where('launchProfileId', '=', launchProfileId)
    .where('principalId', '=', principalId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Those of the ids that are users: who signs in, and may be a member. */
export const usersAmong = async (db: Db, ids: readonly string[]): Promise<string[]> =>
  (
    await inPortions(ids, some =>
      db.selectFrom('principal').select('id').where('kind', '=', 'user').where('id', 'in', some).execute(),
    )
  ).map(row => row.id)

type Member = Selectable<StudioMemberTable> | Selectable<LaunchProfileMemberTable>

/** What the API shows of a member; where he is one, the request has said. */
const toMembership = <Row extends Member>({ principalId, identityStoreId, persona }: Row) => ({
  principalId,
  identityStoreId,
  persona: persona as Row['persona'],
})

const toMemberPage = (
  rows: readonly Member[],
  shape: 'StudioMembership' | 'LaunchProfileMembership',
  limit: number,
): ViewPage =>
  toViewPage(
    rows.map(row => ({ id: row.principalId, view: toJson(toMembership(row), shape) })),
    limit,
  )

/** Nobody is a member of a studio that is gone, nor of its launch profiles. */
export const dropStudioMembers = async (db: Db, studioId: string): Promise<void> => {
  await db.deleteFrom('studioMember').where('studioId', '=', studioId).execute()
  await db.deleteFrom('launchProfileMember').where('studioId', '=', studioId).execute()
}

/** Nobody is a member of a launch profile that is gone. */
export const dropLaunchProfileMembers = async (db: Db, launchProfileId: string): Promise<void> => {
  await db.deleteFrom('launchProfileMember').where('launchProfileId', '=', launchProfileId).execute()
}
