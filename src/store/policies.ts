import type { Selectable } from 'kysely'
import type { Db } from './database.ts'
import { atMost, inPortions, type PageQuery, readPlace } from './resources.ts'
import type { PolicyTable } from './schema-access.ts'

export type PolicyRow = Selectable<PolicyTable>

export const policyByName = (db: Db, name: string): Promise<PolicyRow | undefined> =>
  db.selectFrom('policy').selectAll().where('name', '=', name).executeTakeFirst()

/** Makes the policy, or changes the one with this name, which keeps when and by whom it was made. */
export const putPolicy = (db: Db, row: PolicyRow): Promise<PolicyRow> => {
  const { name: _, createdAt: __, createdBy: ___, ...change } = row
  return db
    .insertInto('policy')
    .values(row)
    .onConflict(conflict => conflict.column('name').doUpdateSet(change))
    .returningAll()
    .executeTakeFirstOrThrow()
}

export const deletePolicy = async (db: Db, name: string): Promise<void> => {
  await db.deleteFrom('policy').where('name', '=', name).execute()
}

/** In order of creation, one more than the page holds. */
export const policiesAfter = (db: Db, { after = '', limit }: PageQuery): Promise<PolicyRow[]> =>
  db
    .selectFrom('policy')
    .selectAll()
    .where(({ eb, refTuple, tuple }) => eb(refTuple('createdAt', 'name'), '>', tuple(...readPlace(after))))
    .orderBy('createdAt')
    .orderBy('name')
    .limit(atMost(limit + 1))
    .execute()

export const attachPolicy = async (db: Db, principalId: string, policyName: string): Promise<void> => {
  await db
    .insertInto('policyAttachment')
    .values({ principalId, policyName })
    .onConflict(conflict => conflict.columns(['principalId', 'policyName']).doNothing())
    .execute()
}

/** False where it was not attached. */
export const detachPolicy = async (db: Db, principalId: string, policyName: string): Promise<boolean> => {
  const { numDeletedRows } = await db
    .deleteFrom('policyAttachment')
    .where('principalId', '=', principalId)
    .where('policyName', '=', policyName)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export const isAttached = async (db: Db, policyName: string): Promise<boolean> =>
  (await db
    .selectFrom('policyAttachment')
    .select('policyName')
    .where('policyName', '=', policyName)
    .limit(1)
    .executeTakeFirst()) !== undefined

/** What is attached to a principal: the documents of those that are stored, null for those that come with Atelier. */
export const attachedPolicies = (
  db: Db,
  principalId: string,
): Promise<{ policyName: string; document: string | null }[]> =>
  db
    .selectFrom('policyAttachment')
    .leftJoin('policy', 'policy.name', 'policyAttachment.policyName')
    .select(['policyName', 'document'])
    .where('principalId', '=', principalId)
    .orderBy('policyName')
    .execute()

/** Names of what is attached, by principal. */
export const attachedNames = async (db: Db, principalIds: readonly string[]): Promise<Map<string, string[]>> => {
  const names = new Map<string, string[]>()
  const rows = await inPortions(principalIds, some =>
    db.selectFrom('policyAttachment').selectAll().where('principalId', 'in', some).orderBy('policyName').execute(),
  )
  for (const { principalId, policyName } of rows)
    names.set(principalId, [...(names.get(principalId) ?? []), policyName])
  return names
}

/** Whether an account that has the policy can be used: neither it nor all its keys are disabled. */
export const isHeldByAnyone = async (db: Db, policyName: string): Promise<boolean> =>
  (await db
    .selectFrom('policyAttachment')
    .innerJoin('principal', 'principal.id', 'policyAttachment.principalId')
    .innerJoin('accessKey', 'accessKey.principalId', 'principal.id')
    .select('principal.id')
    .where('policyName', '=', policyName)
    .where('kind', '=', 'account')
    .where('principal.disabled', '=', 0)
    .where('accessKey.disabled', '=', 0)
    .limit(1)
    .executeTakeFirst()) !== undefined
