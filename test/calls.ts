/** An input for each operation that Atelier carries out, on the resources of a studio. A new operation adds its row. */

import type { Caller } from '../src/access/caller.ts'
import { StudioUser } from '../src/access/managed.ts'
import type { Input, LaunchProfilePersona, StudioPersona } from '../src/contract/types.ts'
import type { handlers } from '../src/operations/handlers.ts'
import {
  createStreamingSession,
  startStreamingSession,
  stopStreamingSession,
} from '../src/operations/streaming-sessions.ts'
import { createStreamingSessionStream } from '../src/operations/streams.ts'
import { readyBackups } from '../src/store/backups.ts'
import type { Db } from '../src/store/database.ts'
import { ownIdentityStore, putLaunchProfileMember, putStudioMember } from '../src/store/members.ts'
import { attachPolicy, putPolicy } from '../src/store/policies.ts'
import { accessKeyById, insertAccessKey, insertPrincipal, principalById } from '../src/store/principals.ts'
import type { TestStudio } from './studio.ts'
import { ensureTheMember, read, settle, theMember } from './studio.ts'

export type Implemented = keyof typeof handlers

/** The ids that a call names. */
export interface Things {
  studioId: string
  launchProfileId: string
  streamingImageId: string
  studioComponentId: string
  sessionId: string
  streamId: string
  backupId: string
  /** Of the session. */
  resourceArn: string
  /** Who owns session, stream and backup. */
  ownedBy: string
  /** A key of his that nobody signs with. */
  accessKeyId: string
  /** An account, and the policy that it has. */
  accountId: string
  policyName: string
}

const roles = { adminRoleArn: 'arn:aws:iam::000000000000:role/a', userRoleArn: 'arn:aws:iam::000000000000:role/u' }

/** An agreement that no image asks for. */
export const theEula = 'theEula'

const identityStoreId = ownIdentityStore
const administrator: StudioPersona = 'ADMINISTRATOR'
const user: LaunchProfilePersona = 'USER'

export const calls: { [Name in Implemented]: (things: Things) => Input<Name> } = {
  AcceptEulas: ({ studioId }) => ({ studioId, eulaIds: [theEula] }),
  CreateLaunchProfile: ({ studioId, streamingImageId, studioComponentId }) => ({
    studioId,
    name: 'another',
    ec2SubnetIds: [],
    launchProfileProtocolVersions: ['2021-03-31'],
    studioComponentIds: [studioComponentId],
    streamConfiguration: {
      clipboardMode: 'ENABLED',
      ec2InstanceTypes: ['g5.xlarge'],
      streamingImageIds: [streamingImageId],
    },
  }),
  CreateStreamingImage: ({ studioId }) => ({ studioId, name: 'another', ec2ImageId: 'ami-host' }),
  CreateStreamingSession: ({ studioId, launchProfileId }) => ({ studioId, launchProfileId }),
  CreateStreamingSessionStream: ({ studioId, sessionId }) => ({ studioId, sessionId }),
  CreateStudio: () => ({ studioName: 'another', displayName: 'Another', ...roles }),
  CreateStudioComponent: ({ studioId }) => ({ studioId, name: 'another', type: 'CUSTOM' }),
  DeleteLaunchProfile: ({ studioId, launchProfileId }) => ({ studioId, launchProfileId }),
  DeleteLaunchProfileMember: ({ studioId, launchProfileId }) => ({ studioId, launchProfileId, principalId: theMember }),
  DeleteStreamingImage: ({ studioId, streamingImageId }) => ({ studioId, streamingImageId }),
  DeleteStudio: ({ studioId }) => ({ studioId }),
  DeleteStudioComponent: ({ studioId, studioComponentId }) => ({ studioId, studioComponentId }),
  DeleteStudioMember: ({ studioId }) => ({ studioId, principalId: theMember }),
  DeleteStreamingSession: ({ studioId, sessionId }) => ({ studioId, sessionId }),
  GetEula: () => ({ eulaId: theEula }),
  GetLaunchProfileInitialization: ({ studioId, launchProfileId }) => ({
    studioId,
    launchProfileId,
    launchProfileProtocolVersions: ['2021-03-31'],
    launchPurpose: 'WORKSTATION',
    platform: 'linux',
  }),
  GetLaunchProfileMember: ({ studioId, launchProfileId }) => ({ studioId, launchProfileId, principalId: theMember }),
  GetStudioMember: ({ studioId }) => ({ studioId, principalId: theMember }),
  GetLaunchProfile: ({ studioId, launchProfileId }) => ({ studioId, launchProfileId }),
  GetLaunchProfileDetails: ({ studioId, launchProfileId }) => ({ studioId, launchProfileId }),
  GetStreamingImage: ({ studioId, streamingImageId }) => ({ studioId, streamingImageId }),
  GetStreamingSession: ({ studioId, sessionId }) => ({ studioId, sessionId }),
  GetStreamingSessionBackup: ({ studioId, backupId }) => ({ studioId, backupId }),
  GetStreamingSessionStream: ({ studioId, sessionId, streamId }) => ({ studioId, sessionId, streamId }),
  GetStudio: ({ studioId }) => ({ studioId }),
  GetStudioComponent: ({ studioId, studioComponentId }) => ({ studioId, studioComponentId }),
  ListEulaAcceptances: ({ studioId }) => ({ studioId }),
  ListEulas: () => ({}),
  ListLaunchProfileMembers: ({ studioId, launchProfileId }) => ({ studioId, launchProfileId }),
  ListStudioComponents: ({ studioId }) => ({ studioId }),
  ListStudioMembers: ({ studioId }) => ({ studioId }),
  ListLaunchProfiles: ({ studioId, ownedBy }) => ({ studioId, principalId: ownedBy }),
  ListStreamingImages: ({ studioId }) => ({ studioId }),
  ListStreamingSessionBackups: ({ studioId, ownedBy }) => ({ studioId, ownedBy }),
  ListStreamingSessions: ({ studioId, ownedBy }) => ({ studioId, ownedBy }),
  ListStudios: () => ({}),
  ListTagsForResource: ({ resourceArn }) => ({ resourceArn }),
  PutLaunchProfileMembers: ({ studioId, launchProfileId }) => ({
    studioId,
    launchProfileId,
    identityStoreId,
    members: [{ principalId: theMember, persona: user }],
  }),
  PutStudioMembers: ({ studioId }) => ({
    studioId,
    identityStoreId,
    members: [{ principalId: theMember, persona: administrator }],
  }),
  StartStudioSSOConfigurationRepair: ({ studioId }) => ({ studioId }),
  UpdateLaunchProfile: ({ studioId, launchProfileId }) => ({ studioId, launchProfileId, name: 'renamed' }),
  UpdateStreamingImage: ({ studioId, streamingImageId }) => ({ studioId, streamingImageId, name: 'renamed' }),
  UpdateStudio: ({ studioId }) => ({ studioId, displayName: 'Renamed' }),
  UpdateStudioComponent: ({ studioId, studioComponentId }) => ({ studioId, studioComponentId, name: 'renamed' }),
  UpdateLaunchProfileMember: ({ studioId, launchProfileId }) => ({
    studioId,
    launchProfileId,
    principalId: theMember,
    persona: user,
  }),
  StartStreamingSession: ({ studioId, sessionId }) => ({ studioId, sessionId }),
  StopStreamingSession: ({ studioId, sessionId }) => ({ studioId, sessionId }),
  TagResource: ({ resourceArn }) => ({ resourceArn, tags: { show: 'one' } }),
  UntagResource: ({ resourceArn }) => ({ resourceArn, tagKeys: ['show'] }),

  AttachPolicy: ({ accountId: principalId, policyName }) => ({ principalId, policyName }),
  CreateAccessKey: ({ ownedBy: principalId }) => ({ principalId }),
  CreateStreamingSessionView: ({ studioId, sessionId }) => ({ studioId, sessionId }),
  CreateUser: () => ({ userName: 'another', kind: 'user' }),
  DeleteAccessKey: ({ ownedBy: principalId, accessKeyId }) => ({ principalId, accessKeyId }),
  DeletePolicy: ({ policyName }) => ({ policyName }),
  DeleteStreamingSessionViews: ({ studioId, sessionId }) => ({ studioId, sessionId }),
  DeleteUser: ({ ownedBy: principalId }) => ({ principalId }),
  DetachPolicy: ({ accountId: principalId, policyName }) => ({ principalId, policyName }),
  ExtendStreamingSession: ({ studioId, sessionId }) => ({ studioId, sessionId }),
  GetPolicy: ({ policyName }) => ({ policyName }),
  GetSessionPolicy: ({ studioId, launchProfileId }) => ({ studioId, launchProfileId }),
  GetStreamingSessionEnd: ({ studioId, sessionId }) => ({ studioId, sessionId }),
  GetStreamingSessionLog: ({ studioId, sessionId }) => ({ studioId, sessionId }),
  GetStreamingSessionStatistics: ({ studioId, sessionId }) => ({ studioId, sessionId }),
  GetUser: ({ ownedBy: principalId }) => ({ principalId }),
  ListAccessKeys: ({ ownedBy: principalId }) => ({ principalId }),
  ListBackupCopies: ({ studioId }) => ({ studioId }),
  ListPolicies: () => ({}),
  ListUsers: () => ({}),
  PutPolicy: () => ({ policyName: 'another', document: JSON.stringify(StudioUser) }),
  PutSessionPolicy: ({ studioId, launchProfileId }) => ({ studioId, launchProfileId, maxExtensionInMinutes: 60 }),
  RestoreBackupCopy: ({ studioId }) => ({ studioId, ownedBy: theMember, snapshotId: '0'.repeat(64) }),
  UpdateAccessKey: ({ ownedBy: principalId, accessKeyId }) => ({ principalId, accessKeyId, disabled: true }),
  UpdateUser: ({ ownedBy: principalId }) => ({ principalId, displayName: 'Another' }),
}

/** A session that is READY, with a stream and a backup, of that owner. */
export const makeThings = async (
  studio: TestStudio,
  owner: Pick<Caller, 'principalId'>,
  launchProfileId: string,
): Promise<Things> => {
  const { studioId, streamingImageId, studioComponentId } = studio
  const ownedBy = owner.principalId
  const { session } = await createStreamingSession(studio.call(), { studioId, launchProfileId, ownedBy })
  const { sessionId = '', arn: resourceArn = '' } = read(session) ?? {}
  const one = { studioId, sessionId }
  await settle(studio)
  await stopStreamingSession(studio.call(), one)
  await settle(studio)
  await startStreamingSession(studio.call(), one)
  await settle(studio)
  const { stream } = await createStreamingSessionStream(studio.call(), one)
  const [backup] = await readyBackups(studio.db, sessionId)
  await addMember(studio.db, one, launchProfileId)
  const access = { ownedBy, accessKeyId: `AKIA${sessionId}`, accountId: `a${sessionId}`, policyName: `p${sessionId}` }
  await putBackAccess(studio.db, access)
  if (!stream?.streamId || !backup) throw new Error('the session has no stream or no backup')
  return {
    ...{ studioId, launchProfileId, streamingImageId, studioComponentId, sessionId, resourceArn },
    ...access,
    streamId: stream.streamId,
    backupId: backup.id,
  }
}

/** Makes `theMember` what the calls about members expect: they take him away as well. */
export const addMember = async (db: Db, { studioId }: { studioId: string }, launchProfileId: string): Promise<void> => {
  await ensureTheMember(db)
  const member = { principalId: theMember, identityStoreId }
  await putStudioMember(db, studioId, member)
  await putLaunchProfileMember(db, studioId, launchProfileId, member)
}

/** The key, the account and the policy are there, whatever was done to them. */
export const putBackAccess = async (
  db: Db,
  { ownedBy, accessKeyId, accountId, policyName }: Pick<Things, 'ownedBy' | 'accessKeyId' | 'accountId' | 'policyName'>,
): Promise<void> => {
  const createdAt = 1
  if (!(await accessKeyById(db, accessKeyId)))
    await insertAccessKey(db, { id: accessKeyId, principalId: ownedBy, sealedSecret: 'none', createdAt })
  if (!(await principalById(db, accountId))) {
    const names = { userName: accountId, displayName: accountId }
    await insertPrincipal(db, { id: accountId, kind: 'account', ...names, passwordHash: null, createdAt })
  }
  const by = { createdAt, createdBy: 'x', updatedAt: createdAt, updatedBy: 'x' }
  await putPolicy(db, { name: policyName, description: null, document: JSON.stringify(StudioUser), ...by })
  await attachPolicy(db, accountId, policyName)
}

/** Undoes what a call has begun with resources that others use, and gives `StartStudioSSOConfigurationRepair` its work. */
export const putBack = async (db: Db): Promise<void> => {
  for (const table of ['studio', 'studioComponent', 'streamingImage', 'launchProfile'] as const)
    await db
      .updateTable(table as 'studio')
      .set({ state: 'READY', step: null, dueAt: null, deadline: null })
      .where('state', 'in', ['UPDATE_IN_PROGRESS', 'DELETE_IN_PROGRESS'])
      .execute()
  await db.updateTable('studio').set({ ssoClientId: '' }).execute()
}
