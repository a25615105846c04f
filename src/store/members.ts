import type { Db } from './database.ts'
import { atMost, type PageOf, type PageQuery, toPage } from './resources.ts'

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

export const studioMember = (db: Db, studioId: string, principalId: string): Promise<Membership | undefined> =>
  db
    .selectFrom('studioMember')
    .select(['principalId', 'identityStoreId'])
    .where('studioId', '=', studioId)
    .where('principalId', '=', principalId)
    .executeTakeFirst()

export const listStudioMembers = async (
  db: Db,
  studioId: string,
  { after = '', limit }: PageQuery,
): Promise<PageOf<Membership>> => {
  const rows = await db
    .selectFrom('studioMember')
    .select(['principalId as id', 'identityStoreId'])
    .where('studioId', '=', studioId)
    .where('principalId', '>', after)
    .orderBy('principalId')
    .limit(atMost(limit + 1))
    .execute()
  return toPage(rows, limit, ({ id, identityStoreId }) => ({ principalId: id, identityStoreId }))
}

/** True when there was such a member. */
export const deleteStudioMember = async (db: Db, studioId: string, principalId: string): Promise<boolean> => {
  const { numDeletedRows } = await db
    .deleteFrom('studioMember')
    .where('studioId', '=', studioId)
    .where('principalId', '=', principalId)
    .executeTakeFirst()
  return numDeletedRows > 0n
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

export const launchProfileMember = (
  db: Db,
  launchProfileId: string,
  principalId: string,
): Promise<Membership | undefined> =>
  db
    .selectFrom('launchProfileMember')
    .select(['principalId', 'identityStoreId'])
    .where('launchProfileId', '=', launchProfileId)
    .where('principalId', '=', principalId)
    .executeTakeFirst()

export const listLaunchProfileMembers = async (
  db: Db,
  launchProfileId: string,
  { after = '', limit }: PageQuery,
): Promise<PageOf<Membership>> => {
  const rows = await db
    .selectFrom('launchProfileMember')
    .select(['principalId as id', 'identityStoreId'])
    .where('launchProfileId', '=', launchProfileId)
    .where('principalId', '>', after)
    .orderBy('principalId')
    .limit(atMost(limit + 1))
    .execute()
  return toPage(rows, limit, ({ id, identityStoreId }) => ({ principalId: id, identityStoreId }))
}

export const deleteLaunchProfileMember = async (
  db: Db,
  launchProfileId: string,
  principalId: string,
): Promise<boolean> => {
  const { numDeletedRows } = await db
    .deleteFrom('launchProfileMember')
    .where('launchProfileId', '=', launchProfileId)
    .where('principalId', '=', principalId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}
