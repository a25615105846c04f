import { accessDenied, notFound } from '../contract/errors.ts'
import { serviceOf, traits } from '../contract/model.ts'
import type { Input, OperationName } from '../contract/types.ts'
import { type ResourceTable, resourceById } from '../store/resources.ts'
import { arnOf, type Call } from './call.ts'
import { type Caller, tierIn } from './caller.ts'
import { LaunchProfileMember, OwnAccount, StudioAdmin, StudioUser } from './managed.ts'
import { compilePolicy, decide, type Policy, type Question } from './policies.ts'
import { type SubjectKind, subjects } from './subjects.ts'
import { resourceByArn } from './tagged.ts'

const studioAdmin = compilePolicy(StudioAdmin)
const studioUser = compilePolicy(StudioUser)
const ownAccount = compilePolicy(OwnAccount)

/** An input, read for the ids and facts in it. */
type Asked = Readonly<Record<string, string | undefined>>

/**
 * Refuses what the caller's policies do not allow. To a studio user "not yours" and "not there" are the same answer,
 * so a session that he may not see is one that does not exist (decision 22). Of an account it is asked as well whether
 * it may do what the operation does on the way (decision 10 in `docs/decisions`).
 */
export const authorize = async <Name extends OperationName>(
  call: Call,
  operation: Name,
  input: Input<Name>,
): Promise<void> => {
  const asked = input as Asked
  const { on, also } = subjects[operation]
  const policies = policiesOf(call, operation, asked.studioId)
  const refuse = (on: SubjectKind) => {
    if (names[on].owned && tierIn(call.caller, asked.studioId) === 'user') throw notFound(...named(on, asked))
    throw accessDenied(operation)
  }
  if (!(await allows(call, policies, operation, on, asked))) refuse(on)
  if (also && asked[names[also].label] !== undefined && !(await allows(call, policies, operation, also, asked)))
    refuse(also)
  if (call.caller.kind !== 'account') return
  const needed = dependents[operation]
  if (!needed) return
  const whole = await withLaunchProfile(call, asked)
  for (const other of needed)
    if (!(await allows(call, policies, other, subjects[other].on, whole))) throw accessDenied(operation, other)
}

/** Whether an account's policies allow an action that is no operation of the models; never for a person. */
export const mayAct = ({ principalId, policies }: Caller, action: string, resource: string): boolean =>
  decide(policies, { action, resource, facts: { 'nimble:requesterPrincipalId': principalId } }) === 'allow'

/** The policies that speak for the caller in that studio; none for a stranger. */
const policiesOf = (call: Call, operation: OperationName, studioId: string | undefined): readonly Policy[] => {
  // Of our own model: what is in no studio is a person's own affairs, or an administrator's of the installation.
  if (call.caller.kind === 'user' && serviceOf(operation).signingName === 'atelier' && studioId === undefined)
    return [ownAccount]
  switch (tierIn(call.caller, studioId)) {
    case 'account':
      return call.caller.policies
    case 'admin':
      return [studioAdmin]
    case 'user':
      return [studioUser, ...memberPolicies(call, call.caller, studioId)]
    case 'stranger':
      return []
  }
}

const memberPolicies = (call: Call, caller: Caller, studioId: string | undefined): Policy[] =>
  caller.memberOf
    .filter(member => member.studioId === studioId)
    .map(member => memberPolicy(arnOf(call.installation, 'launch-profile', member.launchProfileId)))

const compiledMembers = new Map<string, Policy>()
const keptMembers = 10_000

const memberPolicy = (arn: string): Policy => {
  const known = compiledMembers.get(arn)
  if (known) return known
  if (compiledMembers.size >= keptMembers) compiledMembers.clear()
  const policy = compilePolicy(LaunchProfileMember(arn))
  compiledMembers.set(arn, policy)
  return policy
}

const allows = async (
  call: Call,
  policies: readonly Policy[],
  operation: OperationName,
  on: SubjectKind,
  asked: Asked,
): Promise<boolean> => {
  const facts = await factsOf(call, policies, operation, on, asked)
  const action = `${serviceOf(operation).signingName}:${operation}`
  return resourcesOf(call, on, asked).every(resource => decide(policies, { action, resource, facts }) === 'allow')
}

/** What the request states, and, of the stored resource, what a policy asks about: nothing else is looked up. */
const factsOf = async (
  call: Call,
  policies: readonly Policy[],
  operation: OperationName,
  on: SubjectKind,
  asked: Asked,
): Promise<Question['facts']> => {
  const stored = await storedResource(call, policies, on, asked)
  const facts: Record<string, string | readonly string[] | undefined> = {
    'nimble:requesterPrincipalId': call.caller.principalId,
    'nimble:studioId': asked.studioId ?? stored?.studioId,
  }
  for (const fact of subjects[operation].asked ?? []) facts[`nimble:${fact}`] = asked[fact]
  const { tags, tagKeys } = asked as { tags?: Record<string, string>; tagKeys?: readonly string[] }
  if (tags) for (const key in tags) facts[`aws:RequestTag/${key}`] = tags[key]
  if (tags || tagKeys) facts['aws:TagKeys'] = tagKeys ?? Object.keys(tags ?? {})
  if (!stored) return facts
  if (stored.ownedBy !== undefined) facts['nimble:ownedBy'] = stored.ownedBy
  if (stored.isSession) facts['nimble:createdBy'] = stored.createdBy
  for (const [key, value] of Object.entries(JSON.parse(stored.tags) as Record<string, string>))
    facts[`aws:ResourceTag/${key}`] = value
  return facts
}

interface Stored {
  studioId: string
  tags: string
  createdBy: string
  ownedBy?: string
  isSession: boolean
}

/** The resource that an operation is on, if a policy asks what it holds; undefined where it is not there either. */
const storedResource = async (
  call: Call,
  policies: readonly Policy[],
  on: SubjectKind,
  asked: Asked,
): Promise<Stored | undefined> => {
  const { owned, table } = names[on]
  const isAsked = policies.some(
    ({ asks }) => asks.tags || (owned && asks.owner) || (on === 'tagged' && (asks.owner || asks.studio)),
  )
  if (!isAsked || (!table && on !== 'tagged')) return undefined
  const found = table
    ? { table, row: await resourceById(call.db, table, named(on, asked)[1]) }
    : await resourceByArn(call, asked.resourceArn ?? '')
  if (!found?.row) return undefined
  const row = found.row as Omit<Stored, 'isSession' | 'studioId'> & { id: string; studioId?: string }
  const studioId = row.studioId ?? row.id
  if (table && studioId !== asked.studioId) return undefined
  return { ...row, studioId, isSession: found.table === 'session' }
}

/** Operations of the contract that are part of another (semantics §7): an account has to be allowed these as well. */
const dependents: Readonly<Partial<Record<OperationName, readonly OperationName[]>>> = Object.fromEntries(
  Object.entries(traits).flatMap(([operation, { dependentActions }]) => {
    const needed = dependentActions.flatMap(action => (action.startsWith('nimble:') ? [action.slice(7)] : []))
    return needed.length > 0 ? [[operation, needed as OperationName[]]] : []
  }),
)

/** With the launch profile of the session, where the request names the session only. */
const withLaunchProfile = async (call: Call, asked: Asked): Promise<Asked> => {
  if (asked.launchProfileId !== undefined || asked.sessionId === undefined) return asked
  const session = await resourceById(call.db, 'session', asked.sessionId)
  // Of no such session it is the operation that says so: any launch profile will do.
  return { ...asked, launchProfileId: session?.studioId === asked.studioId ? session?.launchProfileId : undefined }
}

/** The resource's noun and the id that the request names it by. */
const named = (on: SubjectKind, asked: Asked): [noun: string, id: string] => {
  const { noun, label } = names[on]
  return [noun, asked[label] ?? '']
}

interface Name {
  noun: string
  /** The member of an input that names it. */
  label: string
  /** Its kind in an ARN; empty where it has none. */
  arn: string
  table?: ResourceTable
  /** It is somebody's: what is not his is not there, to a studio user. */
  owned?: true
  service?: 'atelier'
}

const names: Readonly<Record<SubjectKind, Name>> = {
  anything: { noun: 'resource', label: '', arn: '' },
  studio: { noun: 'studio', label: 'studioId', arn: 'studio', table: 'studio' },
  launchProfile: { noun: 'launch profile', label: 'launchProfileId', arn: 'launch-profile', table: 'launchProfile' },
  streamingImage: {
    ...{ noun: 'streaming image', label: 'streamingImageId', arn: 'streaming-image', table: 'streamingImage' },
  },
  studioComponent: {
    ...{ noun: 'studio component', label: 'studioComponentId', arn: 'studio-component', table: 'studioComponent' },
  },
  session: { noun: 'streaming session', label: 'sessionId', arn: 'streaming-session', table: 'session', owned: true },
  backup: {
    ...{ noun: 'streaming session backup', label: 'backupId', arn: 'streaming-session-backup', table: 'backup' },
    owned: true,
  },
  eula: { noun: 'EULA', label: 'eulaId', arn: 'eula' },
  eulas: { noun: 'EULA', label: 'eulaIds', arn: 'eula' },
  eulaAcceptance: { noun: 'EULA acceptance', label: '', arn: 'eula-acceptance' },
  tagged: { noun: 'resource', label: 'resourceArn', arn: '' },
  user: { noun: 'user', label: 'principalId', arn: 'user', service: 'atelier' },
  policy: { noun: 'policy', label: 'policyName', arn: 'policy', service: 'atelier' },
}

/** Their ARNs; `kind/*` where the operation is on none in particular, which policies for all of the kind allow. */
const resourcesOf = (call: Call, on: SubjectKind, asked: Asked): string[] => {
  if (on === 'tagged') return [asked.resourceArn ?? '*']
  const { arn, label, service } = names[on]
  if (arn === '') return ['*']
  const given = asked[label] as string | readonly string[] | undefined
  const ids = typeof given === 'object' ? given : [given]
  return (ids.length > 0 ? ids : [undefined]).map(id => arnOf(call.installation, arn, id || '*', service))
}
