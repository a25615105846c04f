import type { Db } from '../store/database.ts'
import { administeredStudios, memberships, type PrincipalRow } from '../store/principals.ts'
import { policiesOfAccount } from './attached.ts'
import type { Policy } from './policies.ts'

/** Whoever calls, and what he is in which studio. */
export interface Caller {
  principalId: string
  userName: string
  displayName: string
  /** `account`: a key with policies. `user`: a person, by the portal or by a key of his own. */
  kind: 'account' | 'user'
  /** Of an account: what is attached to it. A person has none; what he may do follows from his studios. */
  policies: readonly Policy[]
  administers: ReadonlySet<string>
  memberOf: readonly { studioId: string; launchProfileId: string }[]
}

export type Tier = 'account' | 'admin' | 'user' | 'stranger'

export const toCaller = async (db: Db, principal: PrincipalRow): Promise<Caller> => ({
  principalId: principal.id,
  userName: principal.userName,
  displayName: principal.displayName,
  kind: principal.kind,
  policies: principal.kind === 'account' ? await policiesOfAccount(db, principal.id) : [],
  administers: new Set(await administeredStudios(db, principal.id)),
  memberOf: await memberships(db, principal.id),
})

/** What the caller is in a studio (decision 22). A stranger has no part in it. */
export const tierIn = (caller: Caller, studioId: string | undefined): Tier => {
  if (caller.kind === 'account') return 'account'
  // EULAs belong to no studio: whoever has a part in one has that part there.
  if (studioId === undefined)
    return caller.administers.size > 0 ? 'admin' : caller.memberOf.length > 0 ? 'user' : 'stranger'
  if (caller.administers.has(studioId)) return 'admin'
  return caller.memberOf.some(member => member.studioId === studioId) ? 'user' : 'stranger'
}
