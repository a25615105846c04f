import type { OperationName } from '../contract/types.ts'
import { createAccessKey, deleteAccessKey, listAccessKeys, updateAccessKey } from './access-keys.ts'
import { listBackupCopies, restoreBackupCopy } from './backup-copies.ts'
import { getStreamingSessionBackup, listStreamingSessionBackups } from './backups.ts'
import { acceptEulas, getEula, listEulaAcceptances, listEulas } from './eulas.ts'
import type { Handler } from './handler.ts'
import { getLaunchProfileInitialization } from './launch-profile-initialization.ts'
import {
  createLaunchProfile,
  deleteLaunchProfile,
  getLaunchProfile,
  getLaunchProfileDetails,
  listLaunchProfiles,
  updateLaunchProfile,
} from './launch-profiles.ts'
import {
  deleteLaunchProfileMember,
  deleteStudioMember,
  getLaunchProfileMember,
  getStudioMember,
  listLaunchProfileMembers,
  listStudioMembers,
  putLaunchProfileMembers,
  putStudioMembers,
  updateLaunchProfileMember,
} from './members.ts'
import { attachPolicy, deletePolicy, detachPolicy, getPolicy, listPolicies, putPolicy } from './policies.ts'
import { extendStreamingSession, getStreamingSessionEnd } from './session-ends.ts'
import { getStreamingSessionLog } from './session-logs.ts'
import { getSessionPolicy, putSessionPolicy } from './session-policies.ts'
import { getStreamingSessionStatistics } from './session-statistics.ts'
import {
  createStreamingImage,
  deleteStreamingImage,
  getStreamingImage,
  listStreamingImages,
  updateStreamingImage,
} from './streaming-images.ts'
import {
  createStreamingSession,
  deleteStreamingSession,
  getStreamingSession,
  listStreamingSessions,
  startStreamingSession,
  stopStreamingSession,
} from './streaming-sessions.ts'
import {
  createStreamingSessionStream,
  createStreamingSessionView,
  deleteStreamingSessionViews,
  getStreamingSessionStream,
} from './streams.ts'
import {
  createStudioComponent,
  deleteStudioComponent,
  getStudioComponent,
  listStudioComponents,
  updateStudioComponent,
} from './studio-components.ts'
import {
  createStudio,
  deleteStudio,
  getStudio,
  listStudios,
  startStudioSSOConfigurationRepair,
  updateStudio,
} from './studios.ts'
import { listTagsForResource, tagResource, untagResource } from './tags.ts'
import { createUser, deleteUser, getUser, listUsers, updateUser } from './users.ts'

/** Every operation of the contract; the compiler names one that is missing. */
export const handlers = {
  AcceptEulas: acceptEulas,
  CreateLaunchProfile: createLaunchProfile,
  CreateStreamingImage: createStreamingImage,
  CreateStreamingSession: createStreamingSession,
  CreateStreamingSessionStream: createStreamingSessionStream,
  CreateStudio: createStudio,
  CreateStudioComponent: createStudioComponent,
  DeleteLaunchProfile: deleteLaunchProfile,
  DeleteLaunchProfileMember: deleteLaunchProfileMember,
  DeleteStreamingImage: deleteStreamingImage,
  DeleteStreamingSession: deleteStreamingSession,
  DeleteStudio: deleteStudio,
  DeleteStudioComponent: deleteStudioComponent,
  DeleteStudioMember: deleteStudioMember,
  GetEula: getEula,
  GetLaunchProfile: getLaunchProfile,
  GetLaunchProfileDetails: getLaunchProfileDetails,
  GetLaunchProfileInitialization: getLaunchProfileInitialization,
  GetLaunchProfileMember: getLaunchProfileMember,
  GetStreamingImage: getStreamingImage,
  GetStreamingSession: getStreamingSession,
  GetStreamingSessionBackup: getStreamingSessionBackup,
  GetStreamingSessionStream: getStreamingSessionStream,
  GetStudio: getStudio,
  GetStudioComponent: getStudioComponent,
  GetStudioMember: getStudioMember,
  ListEulaAcceptances: listEulaAcceptances,
  ListEulas: listEulas,
  ListLaunchProfileMembers: listLaunchProfileMembers,
  ListLaunchProfiles: listLaunchProfiles,
  ListStreamingImages: listStreamingImages,
  ListStreamingSessionBackups: listStreamingSessionBackups,
  ListStreamingSessions: listStreamingSessions,
  ListStudioComponents: listStudioComponents,
  ListStudioMembers: listStudioMembers,
  ListStudios: listStudios,
  ListTagsForResource: listTagsForResource,
  PutLaunchProfileMembers: putLaunchProfileMembers,
  PutStudioMembers: putStudioMembers,
  StartStreamingSession: startStreamingSession,
  StartStudioSSOConfigurationRepair: startStudioSSOConfigurationRepair,
  StopStreamingSession: stopStreamingSession,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateLaunchProfile: updateLaunchProfile,
  UpdateLaunchProfileMember: updateLaunchProfileMember,
  UpdateStreamingImage: updateStreamingImage,
  UpdateStudio: updateStudio,
  UpdateStudioComponent: updateStudioComponent,

  AttachPolicy: attachPolicy,
  CreateAccessKey: createAccessKey,
  CreateStreamingSessionView: createStreamingSessionView,
  CreateUser: createUser,
  DeleteAccessKey: deleteAccessKey,
  DeletePolicy: deletePolicy,
  DeleteStreamingSessionViews: deleteStreamingSessionViews,
  DeleteUser: deleteUser,
  DetachPolicy: detachPolicy,
  ExtendStreamingSession: extendStreamingSession,
  GetPolicy: getPolicy,
  GetSessionPolicy: getSessionPolicy,
  GetStreamingSessionEnd: getStreamingSessionEnd,
  GetStreamingSessionLog: getStreamingSessionLog,
  GetStreamingSessionStatistics: getStreamingSessionStatistics,
  GetUser: getUser,
  ListAccessKeys: listAccessKeys,
  ListBackupCopies: listBackupCopies,
  ListPolicies: listPolicies,
  ListUsers: listUsers,
  PutPolicy: putPolicy,
  PutSessionPolicy: putSessionPolicy,
  RestoreBackupCopy: restoreBackupCopy,
  UpdateAccessKey: updateAccessKey,
  UpdateUser: updateUser,
} satisfies { [Name in OperationName]: Handler<Name> }
