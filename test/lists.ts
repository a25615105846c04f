/** Every list that has pages: where its items are kept, and how to make and take away some. */
import { newId, newStudioId } from '../src/contract/ids.ts'
import type { Db } from '../src/store/database.ts'
import type { ResourceTable } from '../src/store/resources.ts'
import { type Implemented, type Things, theEula } from './calls.ts'
import { accountCaller } from './studio.ts'

export type Table =
  | ResourceTable
  | 'eula'
  | 'eulaAcceptance'
  | 'studioMember'
  | 'launchProfileMember'
  | 'principal'
  | 'accessKey'
  | 'policy'

export interface List {
  table: Table
  /** The member of the answer that holds the items, and the member of an item that is its id. */
  items: string
  id: string
  /** Filters that a walk without them is not bound to. */
  others: (things: Things) => object[]
}

export const lists: Partial<Record<Implemented, List>> = {
  ListAccessKeys: { table: 'accessKey', items: 'accessKeys', id: 'accessKeyId', others: () => [] },
  ListBackupCopies: { table: 'backup', items: 'backupCopies', id: 'backupId', others: () => [] },
  ListPolicies: { table: 'policy', items: 'policies', id: 'policyName', others: () => [] },
  ListUsers: {
    table: 'principal',
    items: 'users',
    id: 'principalId',
    others: () => [{ kind: 'account' }, { userName: 'scripts' }],
  },
  ListEulaAcceptances: {
    table: 'eulaAcceptance',
    items: 'eulaAcceptances',
    id: 'eulaAcceptanceId',
    others: () => [{ eulaIds: [theEula] }],
  },
  ListEulas: { table: 'eula', items: 'eulas', id: 'eulaId', others: () => [{ eulaIds: [theEula] }] },
  ListLaunchProfileMembers: { table: 'launchProfileMember', items: 'members', id: 'principalId', others: () => [] },
  ListStudioComponents: {
    table: 'studioComponent',
    items: 'studioComponents',
    id: 'studioComponentId',
    others: () => [{ types: ['CUSTOM'] }, { states: ['READY'] }],
  },
  ListStudioMembers: { table: 'studioMember', items: 'members', id: 'principalId', others: () => [] },
  ListStudios: { table: 'studio', items: 'studios', id: 'studioId', others: () => [] },
  ListLaunchProfiles: {
    table: 'launchProfile',
    items: 'launchProfiles',
    id: 'launchProfileId',
    others: ({ ownedBy }) => [{ principalId: ownedBy }, { states: ['READY'] }],
  },
  ListStreamingImages: {
    table: 'streamingImage',
    items: 'streamingImages',
    id: 'streamingImageId',
    others: ({ studioId }) => [{ owner: studioId }],
  },
  ListStreamingSessionBackups: {
    table: 'backup',
    items: 'streamingSessionBackups',
    id: 'backupId',
    others: ({ ownedBy }) => [{ ownedBy }],
  },
  ListStreamingSessions: {
    table: 'session',
    items: 'sessions',
    id: 'sessionId',
    others: ({ ownedBy, sessionId }) => [{ ownedBy }, { createdBy: ownedBy }, { sessionIds: sessionId }],
  },
}

/** Rows like the one that is there, made one millisecond after the other from that moment on. Their ids, in order. */
export const addCopies = async (db: Db, table: Table, count: number, from: number): Promise<string[]> => {
  const model = await db
    .selectFrom(table as 'session')
    .selectAll()
    .executeTakeFirstOrThrow()
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    const createdAt = from + i
    const id = table === 'studio' ? newStudioId('us-west-2') : newId(createdAt)
    await db
      .insertInto(table as 'session')
      .values({ ...model, ...(await newIn(db, table, model, id, createdAt)) })
      .execute()
    ids.push(id)
  }
  return ids
}

/** What a copy has of its own. */
const newIn = async (db: Db, table: Table, model: { id: string; view: string }, id: string, createdAt: number) => {
  switch (table) {
    case 'studioMember':
    case 'launchProfileMember': {
      const user = { kind: 'user' as const, userName: id, displayName: id, passwordHash: null }
      await db
        .insertInto('principal')
        .values({ id, ...user, createdAt })
        .execute()
      return { principalId: id }
    }
    case 'eulaAcceptance':
      await addEula(db, id, createdAt)
      return { id, eulaId: id }
    case 'principal':
      return { id, createdAt, userName: id }
    case 'accessKey':
      return { id, createdAt, principalId: accountCaller.principalId }
    case 'policy':
      return { name: id, createdAt }
    case 'eula':
      return { id, createdAt }
    default:
      return { id, createdAt, view: model.view.replaceAll(model.id, id) }
  }
}

const addEula = (db: Db, id: string, createdAt: number) =>
  db.insertInto('eula').values({ id, name: id, content: 'Text.', createdAt, updatedAt: createdAt }).execute()

export const remove = async (db: Db, table: Table, ids: readonly string[]) => {
  for (const id of ids)
    await db
      .deleteFrom(table as 'session')
      .where((table.endsWith('Member') ? 'principalId' : table === 'policy' ? 'name' : 'id') as 'id', '=', id)
      .execute()
}
