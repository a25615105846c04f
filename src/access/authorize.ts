import { accessDenied, notFound } from '../contract/errors.ts'
import type { Input, OperationName } from '../contract/types.ts'
import { resourceById } from '../store/resources.ts'
import { arnOf, type Call } from './call.ts'
import { type Caller, tierIn } from './caller.ts'
import { AdministratorAccess, LaunchProfileMember, StudioAdmin, StudioUser } from './managed.ts'
import { compilePolicy, decide, type Policy } from './policies.ts'
import { type SubjectKind, subjects } from './subjects.ts'

const administratorAccess = compilePolicy(AdministratorAccess)
const studioAdmin = compilePolicy(StudioAdmin)
const studioUser = compilePolicy(StudioUser)

/**
 * Refuses what the caller's policies do not allow. To a studio user "not yours" and "not there" are the same answer,
 * so a session that he may not see is one that does not exist (decision 22).
 */
export const authorize = async <Name extends OperationName>(
  call: Call,
  operation: Name,
  input: Input<Name>,
): Promise<void> => {
  const subject = subjects[operation]
  const asked = input as Readonly<Record<string, string | undefined>>
  const facts: Record<string, string | undefined> = {
    'nimble:requesterPrincipalId': call.caller.principalId,
    'nimble:studioId': asked.studioId,
  }
  for (const fact of subject.asked ?? []) facts[`nimble:${fact}`] = asked[fact]
  const stored = subject.stored && (await storedFacts(call, subject.on, asked))
  for (const fact of subject.stored ?? []) facts[`nimble:${fact}`] = stored?.[fact as 'ownedBy']

  const question = { action: `nimble:${operation}`, resource: resourceOf(call, subject.on, asked), facts }
  if (decide(policiesOf(call, asked.studioId), question) === 'allow') return
  if (subject.stored && tierIn(call.caller, asked.studioId) === 'user') throw notFound(...named(subject.on, asked))
  throw accessDenied(operation)
}

/** The policies that speak for the caller in that studio; none for a stranger. */
const policiesOf = (call: Call, studioId: string | undefined): Policy[] => {
  switch (tierIn(call.caller, studioId)) {
    case 'account':
      return [administratorAccess]
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

const storedFacts = async (call: Call, on: SubjectKind, asked: Readonly<Record<string, string | undefined>>) => {
  const [, id] = named(on, asked)
  const row = await resourceById(call.db, on === 'backup' ? 'backup' : 'session', id)
  return row && row.studioId === asked.studioId ? row : undefined
}

/** The resource's noun and the id that the request names it by. */
const named = (on: SubjectKind, asked: Readonly<Record<string, string | undefined>>): [noun: string, id: string] => {
  const { noun, label } = names[on]
  return [noun, asked[label] ?? '']
}

const names: Readonly<Record<SubjectKind, { noun: string; label: string; arn: string }>> = {
  anything: { noun: 'resource', label: '', arn: '' },
  studio: { noun: 'studio', label: 'studioId', arn: 'studio' },
  launchProfile: { noun: 'launch profile', label: 'launchProfileId', arn: 'launch-profile' },
  streamingImage: { noun: 'streaming image', label: 'streamingImageId', arn: 'streaming-image' },
  studioComponent: { noun: 'studio component', label: 'studioComponentId', arn: 'studio-component' },
  session: { noun: 'streaming session', label: 'sessionId', arn: 'streaming-session' },
  backup: { noun: 'streaming session backup', label: 'backupId', arn: 'streaming-session-backup' },
  eula: { noun: 'EULA', label: 'eulaId', arn: 'eula' },
  tagged: { noun: 'resource', label: 'resourceArn', arn: '' },
}

const resourceOf = (call: Call, on: SubjectKind, asked: Readonly<Record<string, string | undefined>>): string => {
  if (on === 'tagged') return asked.resourceArn ?? '*'
  const { arn } = names[on]
  const [, id] = named(on, asked)
  return arn === '' || id === '' ? '*' : arnOf(call.installation, arn, id)
}
