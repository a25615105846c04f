import type { Db } from './database.ts'

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
