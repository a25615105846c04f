import type { OperationName } from '../contract/types.ts'

/** Conditions that a policy may put on an operation, out of the request. What the resource holds is looked up. */
type Fact = 'ownedBy' | 'createdBy' | 'principalId'

/** What a policy is asked about: the resource, and the facts its conditions may use. */
export interface Subject {
  on: SubjectKind
  /** A second resource: where the request names it, the caller must be allowed the operation on it as well. */
  also?: SubjectKind
  /** Facts that the request itself states. */
  asked?: readonly Fact[]
  /** It may change what callers are allowed: nothing that is remembered of them outlives it. */
  changesAccess?: true
}

export type SubjectKind =
  | 'anything'
  | 'studio'
  | 'launchProfile'
  | 'streamingImage'
  | 'studioComponent'
  | 'session'
  | 'backup'
  | 'eula'
  | 'eulas'
  | 'eulaAcceptance'
  | 'tagged'
  | 'user'
  | 'policy'

const studio: Subject = { on: 'studio' }
const launchProfile: Subject = { on: 'launchProfile' }
const streamingImage: Subject = { on: 'streamingImage' }
const studioComponent: Subject = { on: 'studioComponent' }
const session: Subject = { on: 'session' }
const tagged: Subject = { on: 'tagged' }
const user: Subject = { on: 'user', asked: ['principalId'] }
const changed: Pick<Subject, 'changesAccess'> = { changesAccess: true }

export const subjects: Readonly<Record<OperationName, Subject>> = {
  AcceptEulas: { on: 'eulas' },
  CreateLaunchProfile: studio,
  CreateStreamingImage: studio,
  CreateStreamingSession: { on: 'launchProfile', asked: ['ownedBy'] },
  CreateStreamingSessionStream: session,
  CreateStudio: studio,
  CreateStudioComponent: studio,
  DeleteLaunchProfile: { ...launchProfile, ...changed },
  DeleteLaunchProfileMember: { ...launchProfile, ...changed },
  DeleteStreamingImage: streamingImage,
  DeleteStreamingSession: session,
  DeleteStudio: { ...studio, ...changed },
  DeleteStudioComponent: studioComponent,
  DeleteStudioMember: { ...studio, ...changed },
  GetEula: { on: 'eula' },
  GetLaunchProfile: launchProfile,
  GetLaunchProfileDetails: launchProfile,
  GetLaunchProfileInitialization: launchProfile,
  GetLaunchProfileMember: launchProfile,
  GetStreamingImage: streamingImage,
  GetStreamingSession: session,
  GetStreamingSessionBackup: { on: 'backup' },
  GetStreamingSessionStream: session,
  GetStudio: studio,
  GetStudioComponent: studioComponent,
  GetStudioMember: studio,
  ListEulaAcceptances: { on: 'eulaAcceptance' },
  ListEulas: { on: 'eula' },
  ListLaunchProfileMembers: launchProfile,
  ListLaunchProfiles: { on: 'studio', asked: ['principalId'] },
  ListStreamingImages: studio,
  ListStreamingSessionBackups: { on: 'studio', asked: ['ownedBy'] },
  ListStreamingSessions: { on: 'studio', asked: ['ownedBy', 'createdBy'] },
  ListStudioComponents: studio,
  ListStudioMembers: studio,
  ListStudios: { on: 'anything' },
  ListTagsForResource: tagged,
  PutLaunchProfileMembers: { ...launchProfile, ...changed },
  PutStudioMembers: { ...studio, ...changed },
  StartStreamingSession: { ...session, also: 'backup' },
  StartStudioSSOConfigurationRepair: studio,
  StopStreamingSession: session,
  TagResource: tagged,
  UntagResource: tagged,
  UpdateLaunchProfile: launchProfile,
  UpdateLaunchProfileMember: { ...launchProfile, ...changed },
  UpdateStreamingImage: streamingImage,
  UpdateStudio: studio,
  UpdateStudioComponent: studioComponent,

  AttachPolicy: { ...user, also: 'policy', ...changed },
  CreateAccessKey: { ...user, ...changed },
  CreateStreamingSessionView: session,
  CreateUser: { on: 'user' },
  DeleteAccessKey: { ...user, ...changed },
  DeletePolicy: { on: 'policy', ...changed },
  DeleteStreamingSessionViews: session,
  DeleteUser: { ...user, ...changed },
  DetachPolicy: { ...user, also: 'policy', ...changed },
  ExtendStreamingSession: session,
  GetPolicy: { on: 'policy' },
  GetSessionPolicy: launchProfile,
  GetStreamingSessionEnd: session,
  GetStreamingSessionLog: session,
  GetStreamingSessionStatistics: session,
  GetUser: user,
  ListAccessKeys: user,
  ListBackupCopies: studio,
  ListPolicies: { on: 'policy' },
  ListUsers: { on: 'user' },
  PutPolicy: { on: 'policy', ...changed },
  PutSessionPolicy: launchProfile,
  RestoreBackupCopy: studio,
  UpdateAccessKey: { ...user, ...changed },
  UpdateUser: { ...user, ...changed },
}
