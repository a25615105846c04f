import type { OperationName } from '../contract/types.ts'
import { getStreamingSessionBackup, listStreamingSessionBackups } from './backups.ts'
import type { Handler } from './handler.ts'
import {
  createLaunchProfile,
  getLaunchProfile,
  getLaunchProfileDetails,
  listLaunchProfiles,
} from './launch-profiles.ts'
import { createStreamingImage, getStreamingImage, listStreamingImages } from './streaming-images.ts'
import {
  createStreamingSession,
  deleteStreamingSession,
  getStreamingSession,
  listStreamingSessions,
  startStreamingSession,
  stopStreamingSession,
} from './streaming-sessions.ts'
import { createStreamingSessionStream, getStreamingSessionStream } from './streams.ts'
import { createStudioComponent, getStudioComponent } from './studio-components.ts'
import { createStudio, getStudio, listStudios } from './studios.ts'
import { listTagsForResource, tagResource, untagResource } from './tags.ts'

/** Operations of the contract that Atelier does not carry out yet. They answer so, with reason NOT_IMPLEMENTED. */
export const notImplemented = [
  'AcceptEulas',
  'DeleteLaunchProfile',
  'DeleteLaunchProfileMember',
  'DeleteStreamingImage',
  'DeleteStudio',
  'DeleteStudioComponent',
  'DeleteStudioMember',
  'GetEula',
  'GetLaunchProfileInitialization',
  'GetLaunchProfileMember',
  'GetStudioMember',
  'ListEulaAcceptances',
  'ListEulas',
  'ListLaunchProfileMembers',
  'ListStudioComponents',
  'ListStudioMembers',
  'PutLaunchProfileMembers',
  'PutStudioMembers',
  'StartStudioSSOConfigurationRepair',
  'UpdateLaunchProfile',
  'UpdateLaunchProfileMember',
  'UpdateStreamingImage',
  'UpdateStudio',
  'UpdateStudioComponent',
  'AttachPolicy',
  'CreateAccessKey',
  'CreateUser',
  'DeleteAccessKey',
  'DeletePolicy',
  'DeleteUser',
  'DetachPolicy',
  'GetPolicy',
  'GetUser',
  'ListAccessKeys',
  'ListPolicies',
  'ListUsers',
  'PutPolicy',
  'UpdateAccessKey',
  'UpdateUser',
] as const satisfies readonly OperationName[]

type Missing = (typeof notImplemented)[number]

/** The compiler names an operation that stands neither here nor above. */
export const handlers = {
  CreateLaunchProfile: createLaunchProfile,
  CreateStreamingImage: createStreamingImage,
  CreateStreamingSession: createStreamingSession,
  CreateStreamingSessionStream: createStreamingSessionStream,
  CreateStudio: createStudio,
  CreateStudioComponent: createStudioComponent,
  DeleteStreamingSession: deleteStreamingSession,
  GetLaunchProfile: getLaunchProfile,
  GetLaunchProfileDetails: getLaunchProfileDetails,
  GetStreamingImage: getStreamingImage,
  GetStreamingSession: getStreamingSession,
  GetStreamingSessionBackup: getStreamingSessionBackup,
  GetStreamingSessionStream: getStreamingSessionStream,
  GetStudio: getStudio,
  GetStudioComponent: getStudioComponent,
  ListLaunchProfiles: listLaunchProfiles,
  ListStreamingImages: listStreamingImages,
  ListStreamingSessionBackups: listStreamingSessionBackups,
  ListStreamingSessions: listStreamingSessions,
  ListStudios: listStudios,
  ListTagsForResource: listTagsForResource,
  StartStreamingSession: startStreamingSession,
  StopStreamingSession: stopStreamingSession,
  TagResource: tagResource,
  UntagResource: untagResource,
} satisfies { [Name in Exclude<OperationName, Missing>]: Handler<Name> }
