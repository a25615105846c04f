import { isManaged } from '../access/attached.ts'
import { arnOf, type Call } from '../access/call.ts'
import { managedPolicies } from '../access/managed.ts'
import { PolicyError, readPolicy } from '../access/policies.ts'
import { toJson } from '../contract/encode.ts'
import { conflict, invalid, notFound, refusal } from '../contract/errors.ts'
import type { Policy, PolicySummary } from '../contract/types.ts'
import {
  attachPolicy as attach,
  attachedNames,
  deletePolicy as deleteRow,
  detachPolicy as detach,
  isAttached,
  type PolicyRow,
  policiesAfter,
  policyByName,
  putPolicy as putRow,
} from '../store/policies.ts'
import { placeOf, toViewPage } from '../store/resources.ts'
import { keepingAnAdministrator } from './administrators.ts'
import { existingPrincipal } from './existing.ts'
import type { Handler } from './handler.ts'
import { page } from './pages.ts'

/** What cannot be understood to the last word is not stored. */
export const putPolicy: Handler<'PutPolicy'> = async (call, { policyName, description = null, document }) => {
  refuseManaged(policyName)
  try {
    readPolicy(document)
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    throw invalid('INVALID_POLICY', `The policy is refused: ${error.message}.`, error.path ? { path: error.path } : {})
  }
  const { now, caller } = call
  const by = { createdAt: now, createdBy: caller.principalId, updatedAt: now, updatedBy: caller.principalId }
  return { policy: toPolicy(call, await putRow(call.db, { name: policyName, description, document, ...by })) }
}

export const getPolicy: Handler<'GetPolicy'> = async (call, { policyName }) => ({
  policy: await existingPolicy(call, policyName),
})

/** In order of creation: what comes with Atelier was there before everything. */
export const listPolicies: Handler<'ListPolicies'> = async (call, { nextToken, maxResults }) => {
  const walk = { operation: 'ListPolicies' as const, filters: {}, nextToken, maxResults }
  const { items, ...rest } = await page<PolicySummary>(call, walk, async query => {
    const managed = Object.keys(managedPolicies).filter(isManaged).sort()
    const all = [
      ...managed.filter(name => `0 ${name}` > (query.after ?? '')).map(name => managedPolicy(call, name)),
      ...(await policiesAfter(call.db, query)).map(row => toPolicy(call, row)),
    ].map(policy => ({
      id: policy.policyName ?? '',
      createdAt: policy.createdAt?.getTime() ?? 0,
      view: toJson(policy, 'PolicySummary'),
    }))
    return toViewPage(all, query.limit, placeOf)
  })
  return { policies: items, ...rest }
}

export const deletePolicy: Handler<'DeletePolicy'> = async (call, { policyName }) => {
  refuseManaged(policyName)
  await existingPolicy(call, policyName)
  if (await isAttached(call.db, policyName))
    throw conflict('POLICY_IS_ATTACHED', 'The policy is attached to accounts: detach it first.')
  await deleteRow(call.db, policyName)
  return {}
}

/** What one decision has to look through. */
const mostAttached = 20

export const attachPolicy: Handler<'AttachPolicy'> = async (call, { principalId, policyName }) => {
  const principal = await existingPrincipal(call, principalId)
  await existingPolicy(call, policyName)
  if (principal.kind !== 'account')
    throw invalid('POLICY_OF_USER', 'What a user may do follows from his studios; policies are attached to accounts.')
  const attached = (await attachedNames(call.db, [principalId])).get(principalId) ?? []
  if (attached.length >= mostAttached && !attached.includes(policyName))
    throw refusal(
      'ServiceQuotaExceededException',
      'QUOTA_EXCEEDED',
      `An account has at most ${mostAttached} policies.`,
      { quota: 'policies of an account' },
    )
  await attach(call.db, principalId, policyName)
  return {}
}

export const detachPolicy: Handler<'DetachPolicy'> = async (call, { principalId, policyName }) => {
  await existingPrincipal(call, principalId)
  const detached = await keepingAnAdministrator(call.db, () => detach(call.db, principalId, policyName))
  if (!detached) throw notFound('policy attached', policyName)
  return {}
}

const refuseManaged = (policyName: string) => {
  if (isManaged(policyName))
    throw conflict('POLICY_IS_MANAGED', 'This policy comes with Atelier and cannot be changed. Put one of your own.')
}

const existingPolicy = async (call: Call, policyName: string): Promise<Policy> => {
  if (isManaged(policyName)) return managedPolicy(call, policyName)
  const row = await policyByName(call.db, policyName)
  if (!row) throw notFound('policy', policyName)
  return toPolicy(call, row)
}

const managedPolicy = (call: Call, policyName: keyof typeof managedPolicies): Policy => ({
  policyName,
  arn: arnOf(call.installation, 'policy', policyName, 'atelier'),
  description: managedPolicies[policyName].description,
  managed: true,
  document: JSON.stringify(managedPolicies[policyName].document, null, 2),
})

const toPolicy = (call: Call, row: PolicyRow): Policy => ({
  policyName: row.name,
  arn: arnOf(call.installation, 'policy', row.name, 'atelier'),
  description: row.description ?? undefined,
  managed: false,
  document: row.document,
  createdAt: new Date(row.createdAt),
  createdBy: row.createdBy,
  updatedAt: new Date(row.updatedAt),
  updatedBy: row.updatedBy,
})
