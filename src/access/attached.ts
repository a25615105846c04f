/** The policies that are attached to a principal, ready to be asked. */
import type { Db } from '../store/database.ts'
import { attachedPolicies, isHeldByAnyone } from '../store/policies.ts'
import { type ManagedName, managedPolicies } from './managed.ts'
import { compilePolicy, type Policy, readPolicy } from './policies.ts'

/** By its text, so that a policy that has been changed is never taken for what it was. */
const compiled = new Map<string, Policy>()
const keptPolicies = 1000

/** Throws a PolicyError where a stored document cannot be read any more: half of its policies allow a caller too much. */
export const policiesOfAccount = async (db: Db, principalId: string): Promise<Policy[]> =>
  (await attachedPolicies(db, principalId)).map(({ policyName, document }) => {
    if (document === null) return managed[policyName as ManagedName] ?? nothing
    const known = compiled.get(document)
    if (known) return known
    if (compiled.size >= keptPolicies) compiled.clear()
    const policy = readPolicy(document)
    compiled.set(document, policy)
    return policy
  })

export const isManaged = (policyName: string): policyName is ManagedName => Object.hasOwn(managedPolicies, policyName)

const managed = Object.fromEntries(
  Object.entries(managedPolicies).map(([name, { document }]) => [name, compilePolicy(document)]),
) as Readonly<Partial<Record<string, Policy>>>

/** A policy that is neither stored nor managed. There should be none; it says nothing. */
const nothing: Policy = { statements: [], asks: { tags: false, owner: false, studio: false } }

/** Whether anyone is left who may do everything: an account with AdministratorAccess and a key that works. */
export const hasAdministrator = (db: Db): Promise<boolean> => isHeldByAnyone(db, administratorAccess)

export const administratorAccess: ManagedName = 'AdministratorAccess'
