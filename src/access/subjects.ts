import type { OperationName } from '../contract/types.ts'

/** Conditions that a policy may put on an operation: out of the request, or out of the stored resource. */
type Fact = 'ownedBy' | 'createdBy' | 'principalId'

/** What a policy is asked about: the resource, and the facts its conditions may use. */
export interface Subject {
  on: SubjectKind
  /** Facts that the request itself states. */
  asked?: readonly Fact[]
  /** Facts that the stored resource holds; where it is not there, they are absent. */
  stored?: readonly Fact[]
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
  | 'tagged'

const studio: Subject = { on: 'studio' }
const launchProfile: Subject = { on: 'launchProfile' }
const streamingImage: Subject = { on: 'streamingImage' }
const studioComponent: Subject = { on: 'studioComponent' }
const session: Subject = { on: 'session', stored: ['ownedBy', 'createdBy'] }
const tagged: Subject = { on: 'tagged' }

export const subjects: Readonly<Record<OperationName, Subject>> = {
  AcceptEulas: { on: 'eula' },
  CreateLaunchProfile: studio,
  CreateStreamingImage: studio,
  CreateStreamingSession: { on: 'launchProfile', asked: ['ownedBy'] },
  CreateStreamingSessionStream: session,
  CreateStudio: { on: 'anything' },
  CreateStudioComponent: studio,
  DeleteLaunchProfile: launchProfile,
  DeleteLaunchProfileMember: launchProfile,
  DeleteStreamingImage: streamingImage,
  DeleteStreamingSession: session,
  DeleteStudio: studio,
  DeleteStudioComponent: studioComponent,
  DeleteStudioMember: studio,
  GetEula: { on: 'eula' },
  GetLaunchProfile: launchProfile,
  GetLaunchProfileDetails: launchProfile,
  GetLaunchProfileInitialization: launchProfile,
  GetLaunchProfileMember: launchProfile,
  GetStreamingImage: streamingImage,
  GetStreamingSession: session,
  GetStreamingSessionBackup: { on: 'backup', stored: ['ownedBy'] },
  GetStreamingSessionStream: session,
  GetStudio: studio,
  GetStudioComponent: studioComponent,
  GetStudioMember: studio,
  ListEulaAcceptances: studio,
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
  PutLaunchProfileMembers: launchProfile,
  PutStudioMembers: studio,
  StartStreamingSession: session,
  StartStudioSSOConfigurationRepair: studio,
  StopStreamingSession: session,
  TagResource: tagged,
  UntagResource: tagged,
  UpdateLaunchProfile: launchProfile,
  UpdateLaunchProfileMember: launchProfile,
  UpdateStreamingImage: streamingImage,
  UpdateStudio: studio,
  UpdateStudioComponent: studioComponent,

  AttachPolicy: { on: 'anything' },
  CreateAccessKey: { on: 'anything' },
  CreateUser: { on: 'anything' },
  DeleteAccessKey: { on: 'anything' },
  DeletePolicy: { on: 'anything' },
  DeleteUser: { on: 'anything' },
  DetachPolicy: { on: 'anything' },
  GetPolicy: { on: 'anything' },
  GetUser: { on: 'anything' },
  ListAccessKeys: { on: 'anything' },
  ListPolicies: { on: 'anything' },
  ListUsers: { on: 'anything' },
  PutPolicy: { on: 'anything' },
  UpdateAccessKey: { on: 'anything' },
  UpdateUser: { on: 'anything' },
}
