// Written from the models by `npm run generate`. Do not edit.

export interface AccessDeniedException {
  code?: string | undefined
  context?: Record<string, string> | undefined
  message?: string | undefined
}

export interface AccessKey {
  accessKeyId?: string | undefined
  createdAt?: Date | undefined
  disabled?: boolean | undefined
  lastUsedAt?: Date | undefined
  principalId?: string | undefined
}

export interface AttachPolicyRequest {
  policyName: string
  principalId: string
}

export type AttachPolicyResponse = Record<string, never>

export interface BackupCopy {
  backupId?: string | undefined
  copiedAt?: Date | undefined
  createdAt?: Date | undefined
  ownedBy?: string | undefined
  sessionId?: string | undefined
  sizeInMiB?: number | undefined
  snapshotId?: string | undefined
  state?: BackupCopyState | undefined
  statusMessage?: string | undefined
}

export type BackupCopyState =
  | 'NONE'
  | 'PENDING'
  | 'COPIED'
  | 'FAILED'

export interface ConflictException {
  code?: string | undefined
  context?: Record<string, string> | undefined
  message?: string | undefined
}

export interface CreateAccessKeyRequest {
  principalId: string
}

export interface CreateAccessKeyResponse {
  accessKey?: NewAccessKey | undefined
}

export interface CreateStreamingSessionViewRequest {
  clientToken?: string | undefined
  expirationInSeconds?: number | undefined
  sessionId: string
  studioId: string
}

export interface CreateStreamingSessionViewResponse {
  stream?: StreamingSessionStream | undefined
}

export interface CreateUserRequest {
  displayName?: string | undefined
  kind: PrincipalKind
  password?: string | undefined
  userName: string
}

export interface CreateUserResponse {
  user?: User | undefined
}

export interface DeleteAccessKeyRequest {
  accessKeyId: string
  principalId: string
}

export type DeleteAccessKeyResponse = Record<string, never>

export interface DeletePolicyRequest {
  policyName: string
}

export type DeletePolicyResponse = Record<string, never>

export interface DeleteStreamingSessionViewsRequest {
  clientToken?: string | undefined
  sessionId: string
  studioId: string
}

export type DeleteStreamingSessionViewsResponse = Record<string, never>

export interface DeleteUserRequest {
  principalId: string
}

export type DeleteUserResponse = Record<string, never>

export interface DetachPolicyRequest {
  policyName: string
  principalId: string
}

export type DetachPolicyResponse = Record<string, never>

export interface ExtendStreamingSessionRequest {
  clientToken?: string | undefined
  extendByInMinutes?: number | undefined
  sessionId: string
  studioId: string
}

export interface ExtendStreamingSessionResponse {
  streamingSessionEnd?: StreamingSessionEnd | undefined
}

export interface GetPolicyRequest {
  policyName: string
}

export interface GetPolicyResponse {
  policy?: Policy | undefined
}

export interface GetSessionPolicyRequest {
  launchProfileId: string
  studioId: string
}

export interface GetSessionPolicyResponse {
  sessionPolicy?: SessionPolicy | undefined
}

export interface GetStreamingSessionEndRequest {
  sessionId: string
  studioId: string
}

export interface GetStreamingSessionEndResponse {
  streamingSessionEnd?: StreamingSessionEnd | undefined
}

export interface GetStreamingSessionLogRequest {
  sessionId: string
  studioId: string
}

export interface GetStreamingSessionLogResponse {
  streamingSessionLog?: StreamingSessionLog | undefined
}

export interface GetStreamingSessionStatisticsRequest {
  lastMinutes?: number | undefined
  sessionId: string
  studioId: string
}

export interface GetStreamingSessionStatisticsResponse {
  streamingSessionStatistics: StreamingSessionStatistics[]
}

export interface GetUserRequest {
  principalId: string
}

export interface GetUserResponse {
  user?: User | undefined
}

export interface InternalServerErrorException {
  code?: string | undefined
  context?: Record<string, string> | undefined
  message?: string | undefined
}

export interface ListAccessKeysRequest {
  maxResults?: number | undefined
  nextToken?: string | undefined
  principalId: string
}

export interface ListAccessKeysResponse {
  accessKeys: AccessKey[]
  nextToken?: string | undefined
}

export interface ListBackupCopiesRequest {
  maxResults?: number | undefined
  nextToken?: string | undefined
  studioId: string
}

export interface ListBackupCopiesResponse {
  backupCopies: BackupCopy[]
  nextToken?: string | undefined
}

export interface ListPoliciesRequest {
  maxResults?: number | undefined
  nextToken?: string | undefined
}

export interface ListPoliciesResponse {
  nextToken?: string | undefined
  policies: PolicySummary[]
}

export interface ListUsersRequest {
  kind?: PrincipalKind | undefined
  maxResults?: number | undefined
  nextToken?: string | undefined
  userName?: string | undefined
}

export interface ListUsersResponse {
  nextToken?: string | undefined
  users: User[]
}

export interface NewAccessKey {
  accessKeyId?: string | undefined
  createdAt?: Date | undefined
  disabled?: boolean | undefined
  principalId?: string | undefined
  secretAccessKey?: string | undefined
}

export interface Policy {
  arn?: string | undefined
  createdAt?: Date | undefined
  createdBy?: string | undefined
  description?: string | undefined
  document?: string | undefined
  managed?: boolean | undefined
  policyName?: string | undefined
  updatedAt?: Date | undefined
  updatedBy?: string | undefined
}

export interface PolicySummary {
  arn?: string | undefined
  createdAt?: Date | undefined
  description?: string | undefined
  managed?: boolean | undefined
  policyName?: string | undefined
  updatedAt?: Date | undefined
}

export type PrincipalKind =
  | 'account'
  | 'user'

export interface PutPolicyRequest {
  description?: string | undefined
  document: string
  policyName: string
}

export interface PutPolicyResponse {
  policy?: Policy | undefined
}

export interface PutSessionPolicyRequest {
  idleCpuThresholdInPercent?: number | undefined
  idleStopInMinutes?: number | undefined
  launchProfileId: string
  maxExtensionInMinutes?: number | undefined
  studioId: string
}

export interface PutSessionPolicyResponse {
  sessionPolicy?: SessionPolicy | undefined
}

export interface ResourceNotFoundException {
  code?: string | undefined
  context?: Record<string, string> | undefined
  message?: string | undefined
}

export interface RestoreBackupCopyRequest {
  clientToken?: string | undefined
  ownedBy: string
  snapshotId: string
  studioId: string
}

export interface RestoreBackupCopyResponse {
  streamingSessionBackup?: StreamingSessionBackup | undefined
}

export interface ServiceQuotaExceededException {
  code?: string | undefined
  context?: Record<string, string> | undefined
  message?: string | undefined
}

export interface SessionPolicy {
  idleCpuThresholdInPercent?: number | undefined
  idleStopInMinutes?: number | undefined
  launchProfileId?: string | undefined
  maxExtensionInMinutes?: number | undefined
}

export interface StreamingSessionBackup {
  arn?: string | undefined
  backupId?: string | undefined
  createdAt?: Date | undefined
  launchProfileId?: string | undefined
  ownedBy?: string | undefined
  sessionId?: string | undefined
  state?: StreamingSessionState | undefined
  statusCode?: StreamingSessionStatusCode | undefined
  statusMessage?: string | undefined
  tags?: Record<string, string> | undefined
}

export interface StreamingSessionEnd {
  action?: StreamingSessionEndAction | undefined
  endsAt?: Date | undefined
  extendableTo?: Date | undefined
  reason?: StreamingSessionEndReason | undefined
  sessionId?: string | undefined
}

export type StreamingSessionEndAction =
  | 'STOP'
  | 'DELETE'

export type StreamingSessionEndReason =
  | 'MAX_SESSION_LENGTH'
  | 'MAX_STOPPED_SESSION_LENGTH'
  | 'IDLE'

export interface StreamingSessionLog {
  sessionId?: string | undefined
  text?: string | undefined
  updatedAt?: Date | undefined
}

export type StreamingSessionState =
  | 'CREATE_IN_PROGRESS'
  | 'DELETE_IN_PROGRESS'
  | 'READY'
  | 'DELETED'
  | 'CREATE_FAILED'
  | 'DELETE_FAILED'
  | 'STOP_IN_PROGRESS'
  | 'START_IN_PROGRESS'
  | 'STOPPED'
  | 'STOP_FAILED'
  | 'START_FAILED'

export interface StreamingSessionStatistics {
  decoder?: string | undefined
  encoder?: string | undefined
  framesPerSecond?: number | undefined
  height?: number | undefined
  kilobitsPerSecond?: number | undefined
  latencyP50InMilliseconds?: number | undefined
  latencyP95InMilliseconds?: number | undefined
  measuredAt?: Date | undefined
  roundTripInMilliseconds?: number | undefined
  streamId?: string | undefined
  width?: number | undefined
}

export type StreamingSessionStatusCode =
  | 'STREAMING_SESSION_READY'
  | 'STREAMING_SESSION_DELETED'
  | 'STREAMING_SESSION_CREATE_IN_PROGRESS'
  | 'STREAMING_SESSION_DELETE_IN_PROGRESS'
  | 'INTERNAL_ERROR'
  | 'INSUFFICIENT_CAPACITY'
  | 'ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR'
  | 'NETWORK_CONNECTION_ERROR'
  | 'INITIALIZATION_SCRIPT_ERROR'
  | 'DECRYPT_STREAMING_IMAGE_ERROR'
  | 'NETWORK_INTERFACE_ERROR'
  | 'STREAMING_SESSION_STOPPED'
  | 'STREAMING_SESSION_STARTED'
  | 'STREAMING_SESSION_STOP_IN_PROGRESS'
  | 'STREAMING_SESSION_START_IN_PROGRESS'
  | 'AMI_VALIDATION_ERROR'

export interface StreamingSessionStream {
  createdAt?: Date | undefined
  createdBy?: string | undefined
  expiresAt?: Date | undefined
  ownedBy?: string | undefined
  state?: StreamingSessionStreamState | undefined
  statusCode?: StreamingSessionStreamStatusCode | undefined
  streamId?: string | undefined
  url?: string | undefined
}

export type StreamingSessionStreamState =
  | 'READY'
  | 'CREATE_IN_PROGRESS'
  | 'DELETE_IN_PROGRESS'
  | 'DELETED'
  | 'CREATE_FAILED'
  | 'DELETE_FAILED'

export type StreamingSessionStreamStatusCode =
  | 'STREAM_CREATE_IN_PROGRESS'
  | 'STREAM_READY'
  | 'STREAM_DELETE_IN_PROGRESS'
  | 'STREAM_DELETED'
  | 'INTERNAL_ERROR'
  | 'NETWORK_CONNECTION_ERROR'

export interface ThrottlingException {
  code?: string | undefined
  context?: Record<string, string> | undefined
  message?: string | undefined
}

export interface UpdateAccessKeyRequest {
  accessKeyId: string
  disabled: boolean
  principalId: string
}

export interface UpdateAccessKeyResponse {
  accessKey?: AccessKey | undefined
}

export interface UpdateUserRequest {
  currentPassword?: string | undefined
  disabled?: boolean | undefined
  displayName?: string | undefined
  password?: string | undefined
  principalId: string
}

export interface UpdateUserResponse {
  user?: User | undefined
}

export interface User {
  arn?: string | undefined
  createdAt?: Date | undefined
  disabled?: boolean | undefined
  displayName?: string | undefined
  hasPassword?: boolean | undefined
  kind?: PrincipalKind | undefined
  policies?: string[] | undefined
  principalId?: string | undefined
  userName?: string | undefined
}

export interface ValidationException {
  code?: string | undefined
  context?: Record<string, string> | undefined
  message?: string | undefined
}

export interface AcceptEulasRequest {
  clientToken?: string | undefined
  eulaIds?: string[] | undefined
  studioId: string
}

export interface AcceptEulasResponse {
  eulaAcceptances?: EulaAcceptance[] | undefined
}

export interface ActiveDirectoryComputerAttribute {
  name?: string | undefined
  value?: string | undefined
}

export interface ActiveDirectoryConfiguration {
  computerAttributes?: ActiveDirectoryComputerAttribute[] | undefined
  directoryId?: string | undefined
  organizationalUnitDistinguishedName?: string | undefined
}

export type AutomaticTerminationMode =
  | 'DEACTIVATED'
  | 'ACTIVATED'

export interface ComputeFarmConfiguration {
  activeDirectoryUser?: string | undefined
  endpoint?: string | undefined
}

export interface CreateLaunchProfileRequest {
  clientToken?: string | undefined
  description?: string | undefined
  ec2SubnetIds: string[]
  launchProfileProtocolVersions: string[]
  name: string
  streamConfiguration: StreamConfigurationCreate
  studioComponentIds: string[]
  studioId: string
  tags?: Record<string, string> | undefined
}

export interface CreateLaunchProfileResponse {
  launchProfile?: LaunchProfile | undefined
}

export interface CreateStreamingImageRequest {
  clientToken?: string | undefined
  description?: string | undefined
  ec2ImageId: string
  name: string
  studioId: string
  tags?: Record<string, string> | undefined
}

export interface CreateStreamingImageResponse {
  streamingImage?: StreamingImage | undefined
}

export interface CreateStreamingSessionRequest {
  clientToken?: string | undefined
  ec2InstanceType?: StreamingInstanceType | undefined
  launchProfileId: string
  ownedBy?: string | undefined
  streamingImageId?: string | undefined
  studioId: string
  tags?: Record<string, string> | undefined
}

export interface CreateStreamingSessionResponse {
  session?: StreamingSession | undefined
}

export interface CreateStreamingSessionStreamRequest {
  clientToken?: string | undefined
  expirationInSeconds?: number | undefined
  sessionId: string
  studioId: string
}

export interface CreateStreamingSessionStreamResponse {
  stream?: StreamingSessionStream | undefined
}

export interface CreateStudioComponentRequest {
  clientToken?: string | undefined
  configuration?: StudioComponentConfiguration | undefined
  description?: string | undefined
  ec2SecurityGroupIds?: string[] | undefined
  initializationScripts?: StudioComponentInitializationScript[] | undefined
  name: string
  runtimeRoleArn?: string | undefined
  scriptParameters?: ScriptParameterKeyValue[] | undefined
  secureInitializationRoleArn?: string | undefined
  studioId: string
  subtype?: StudioComponentSubtype | undefined
  tags?: Record<string, string> | undefined
  type: StudioComponentType
}

export interface CreateStudioComponentResponse {
  studioComponent?: StudioComponent | undefined
}

export interface CreateStudioRequest {
  adminRoleArn: string
  clientToken?: string | undefined
  displayName: string
  studioEncryptionConfiguration?: StudioEncryptionConfiguration | undefined
  studioName: string
  tags?: Record<string, string> | undefined
  userRoleArn: string
}

export interface CreateStudioResponse {
  studio?: Studio | undefined
}

export interface DeleteLaunchProfileMemberRequest {
  clientToken?: string | undefined
  launchProfileId: string
  principalId: string
  studioId: string
}

export type DeleteLaunchProfileMemberResponse = Record<string, never>

export interface DeleteLaunchProfileRequest {
  clientToken?: string | undefined
  launchProfileId: string
  studioId: string
}

export interface DeleteLaunchProfileResponse {
  launchProfile?: LaunchProfile | undefined
}

export interface DeleteStreamingImageRequest {
  clientToken?: string | undefined
  streamingImageId: string
  studioId: string
}

export interface DeleteStreamingImageResponse {
  streamingImage?: StreamingImage | undefined
}

export interface DeleteStreamingSessionRequest {
  clientToken?: string | undefined
  sessionId: string
  studioId: string
}

export interface DeleteStreamingSessionResponse {
  session?: StreamingSession | undefined
}

export interface DeleteStudioComponentRequest {
  clientToken?: string | undefined
  studioComponentId: string
  studioId: string
}

export interface DeleteStudioComponentResponse {
  studioComponent?: StudioComponent | undefined
}

export interface DeleteStudioMemberRequest {
  clientToken?: string | undefined
  principalId: string
  studioId: string
}

export type DeleteStudioMemberResponse = Record<string, never>

export interface DeleteStudioRequest {
  clientToken?: string | undefined
  studioId: string
}

export interface DeleteStudioResponse {
  studio: Studio
}

export interface Eula {
  content?: string | undefined
  createdAt?: Date | undefined
  eulaId?: string | undefined
  name?: string | undefined
  updatedAt?: Date | undefined
}

export interface EulaAcceptance {
  acceptedAt?: Date | undefined
  acceptedBy?: string | undefined
  accepteeId?: string | undefined
  eulaAcceptanceId?: string | undefined
  eulaId?: string | undefined
}

export interface GetEulaRequest {
  eulaId: string
}

export interface GetEulaResponse {
  eula?: Eula | undefined
}

export interface GetLaunchProfileDetailsRequest {
  launchProfileId: string
  studioId: string
}

export interface GetLaunchProfileDetailsResponse {
  launchProfile?: LaunchProfile | undefined
  streamingImages?: StreamingImage[] | undefined
  studioComponentSummaries?: StudioComponentSummary[] | undefined
}

export interface GetLaunchProfileInitializationRequest {
  launchProfileId: string
  launchProfileProtocolVersions: string[]
  launchPurpose: string
  platform: string
  studioId: string
}

export interface GetLaunchProfileInitializationResponse {
  launchProfileInitialization?: LaunchProfileInitialization | undefined
}

export interface GetLaunchProfileMemberRequest {
  launchProfileId: string
  principalId: string
  studioId: string
}

export interface GetLaunchProfileMemberResponse {
  member?: LaunchProfileMembership | undefined
}

export interface GetLaunchProfileRequest {
  launchProfileId: string
  studioId: string
}

export interface GetLaunchProfileResponse {
  launchProfile?: LaunchProfile | undefined
}

export interface GetStreamingImageRequest {
  streamingImageId: string
  studioId: string
}

export interface GetStreamingImageResponse {
  streamingImage?: StreamingImage | undefined
}

export interface GetStreamingSessionBackupRequest {
  backupId: string
  studioId: string
}

export interface GetStreamingSessionBackupResponse {
  streamingSessionBackup?: StreamingSessionBackup | undefined
}

export interface GetStreamingSessionRequest {
  sessionId: string
  studioId: string
}

export interface GetStreamingSessionResponse {
  session?: StreamingSession | undefined
}

export interface GetStreamingSessionStreamRequest {
  sessionId: string
  streamId: string
  studioId: string
}

export interface GetStreamingSessionStreamResponse {
  stream?: StreamingSessionStream | undefined
}

export interface GetStudioComponentRequest {
  studioComponentId: string
  studioId: string
}

export interface GetStudioComponentResponse {
  studioComponent?: StudioComponent | undefined
}

export interface GetStudioMemberRequest {
  principalId: string
  studioId: string
}

export interface GetStudioMemberResponse {
  member?: StudioMembership | undefined
}

export interface GetStudioRequest {
  studioId: string
}

export interface GetStudioResponse {
  studio: Studio
}

export interface LaunchProfile {
  arn?: string | undefined
  createdAt?: Date | undefined
  createdBy?: string | undefined
  description?: string | undefined
  ec2SubnetIds?: string[] | undefined
  launchProfileId?: string | undefined
  launchProfileProtocolVersions?: string[] | undefined
  name?: string | undefined
  state?: LaunchProfileState | undefined
  statusCode?: LaunchProfileStatusCode | undefined
  statusMessage?: string | undefined
  streamConfiguration?: StreamConfiguration | undefined
  studioComponentIds?: string[] | undefined
  tags?: Record<string, string> | undefined
  updatedAt?: Date | undefined
  updatedBy?: string | undefined
  validationResults?: ValidationResult[] | undefined
}

export interface LaunchProfileInitialization {
  activeDirectory?: LaunchProfileInitializationActiveDirectory | undefined
  ec2SecurityGroupIds?: string[] | undefined
  launchProfileId?: string | undefined
  launchProfileProtocolVersion?: string | undefined
  launchPurpose?: string | undefined
  name?: string | undefined
  platform?: LaunchProfilePlatform | undefined
  systemInitializationScripts?: LaunchProfileInitializationScript[] | undefined
  userInitializationScripts?: LaunchProfileInitializationScript[] | undefined
}

export interface LaunchProfileInitializationActiveDirectory {
  computerAttributes?: ActiveDirectoryComputerAttribute[] | undefined
  directoryId?: string | undefined
  directoryName?: string | undefined
  dnsIpAddresses?: string[] | undefined
  organizationalUnitDistinguishedName?: string | undefined
  studioComponentId?: string | undefined
  studioComponentName?: string | undefined
}

export interface LaunchProfileInitializationScript {
  runtimeRoleArn?: string | undefined
  script?: string | undefined
  secureInitializationRoleArn?: string | undefined
  studioComponentId?: string | undefined
  studioComponentName?: string | undefined
}

export interface LaunchProfileMembership {
  identityStoreId?: string | undefined
  persona?: LaunchProfilePersona | undefined
  principalId?: string | undefined
  sid?: string | undefined
}

export type LaunchProfilePersona =
  | 'USER'

export type LaunchProfilePlatform =
  | 'LINUX'
  | 'WINDOWS'

export type LaunchProfileState =
  | 'CREATE_IN_PROGRESS'
  | 'READY'
  | 'UPDATE_IN_PROGRESS'
  | 'DELETE_IN_PROGRESS'
  | 'DELETED'
  | 'DELETE_FAILED'
  | 'CREATE_FAILED'
  | 'UPDATE_FAILED'

export type LaunchProfileStatusCode =
  | 'LAUNCH_PROFILE_CREATED'
  | 'LAUNCH_PROFILE_UPDATED'
  | 'LAUNCH_PROFILE_DELETED'
  | 'LAUNCH_PROFILE_CREATE_IN_PROGRESS'
  | 'LAUNCH_PROFILE_UPDATE_IN_PROGRESS'
  | 'LAUNCH_PROFILE_DELETE_IN_PROGRESS'
  | 'INTERNAL_ERROR'
  | 'STREAMING_IMAGE_NOT_FOUND'
  | 'STREAMING_IMAGE_NOT_READY'
  | 'LAUNCH_PROFILE_WITH_STREAM_SESSIONS_NOT_DELETED'
  | 'ENCRYPTION_KEY_ACCESS_DENIED'
  | 'ENCRYPTION_KEY_NOT_FOUND'
  | 'INVALID_SUBNETS_PROVIDED'
  | 'INVALID_INSTANCE_TYPES_PROVIDED'
  | 'INVALID_SUBNETS_COMBINATION'

export type LaunchProfileValidationState =
  | 'VALIDATION_NOT_STARTED'
  | 'VALIDATION_IN_PROGRESS'
  | 'VALIDATION_SUCCESS'
  | 'VALIDATION_FAILED'
  | 'VALIDATION_FAILED_INTERNAL_SERVER_ERROR'

export type LaunchProfileValidationStatusCode =
  | 'VALIDATION_NOT_STARTED'
  | 'VALIDATION_IN_PROGRESS'
  | 'VALIDATION_SUCCESS'
  | 'VALIDATION_FAILED_INVALID_SUBNET_ROUTE_TABLE_ASSOCIATION'
  | 'VALIDATION_FAILED_SUBNET_NOT_FOUND'
  | 'VALIDATION_FAILED_INVALID_SECURITY_GROUP_ASSOCIATION'
  | 'VALIDATION_FAILED_INVALID_ACTIVE_DIRECTORY'
  | 'VALIDATION_FAILED_UNAUTHORIZED'
  | 'VALIDATION_FAILED_INTERNAL_SERVER_ERROR'

export type LaunchProfileValidationType =
  | 'VALIDATE_ACTIVE_DIRECTORY_STUDIO_COMPONENT'
  | 'VALIDATE_SUBNET_ASSOCIATION'
  | 'VALIDATE_NETWORK_ACL_ASSOCIATION'
  | 'VALIDATE_SECURITY_GROUP_ASSOCIATION'

export interface LicenseServiceConfiguration {
  endpoint?: string | undefined
}

export interface ListEulaAcceptancesRequest {
  eulaIds?: string[] | undefined
  nextToken?: string | undefined
  studioId: string
}

export interface ListEulaAcceptancesResponse {
  eulaAcceptances?: EulaAcceptance[] | undefined
  nextToken?: string | undefined
}

export interface ListEulasRequest {
  eulaIds?: string[] | undefined
  nextToken?: string | undefined
}

export interface ListEulasResponse {
  eulas?: Eula[] | undefined
  nextToken?: string | undefined
}

export interface ListLaunchProfileMembersRequest {
  launchProfileId: string
  maxResults?: number | undefined
  nextToken?: string | undefined
  studioId: string
}

export interface ListLaunchProfileMembersResponse {
  members?: LaunchProfileMembership[] | undefined
  nextToken?: string | undefined
}

export interface ListLaunchProfilesRequest {
  maxResults?: number | undefined
  nextToken?: string | undefined
  principalId?: string | undefined
  states?: LaunchProfileState[] | undefined
  studioId: string
}

export interface ListLaunchProfilesResponse {
  launchProfiles?: LaunchProfile[] | undefined
  nextToken?: string | undefined
}

export interface ListStreamingImagesRequest {
  nextToken?: string | undefined
  owner?: string | undefined
  studioId: string
}

export interface ListStreamingImagesResponse {
  nextToken?: string | undefined
  streamingImages?: StreamingImage[] | undefined
}

export interface ListStreamingSessionBackupsRequest {
  nextToken?: string | undefined
  ownedBy?: string | undefined
  studioId: string
}

export interface ListStreamingSessionBackupsResponse {
  nextToken?: string | undefined
  streamingSessionBackups?: StreamingSessionBackup[] | undefined
}

export interface ListStreamingSessionsRequest {
  createdBy?: string | undefined
  nextToken?: string | undefined
  ownedBy?: string | undefined
  sessionIds?: string | undefined
  studioId: string
}

export interface ListStreamingSessionsResponse {
  nextToken?: string | undefined
  sessions?: StreamingSession[] | undefined
}

export interface ListStudioComponentsRequest {
  maxResults?: number | undefined
  nextToken?: string | undefined
  states?: StudioComponentState[] | undefined
  studioId: string
  types?: StudioComponentType[] | undefined
}

export interface ListStudioComponentsResponse {
  nextToken?: string | undefined
  studioComponents?: StudioComponent[] | undefined
}

export interface ListStudioMembersRequest {
  maxResults?: number | undefined
  nextToken?: string | undefined
  studioId: string
}

export interface ListStudioMembersResponse {
  members?: StudioMembership[] | undefined
  nextToken?: string | undefined
}

export interface ListStudiosRequest {
  nextToken?: string | undefined
}

export interface ListStudiosResponse {
  nextToken?: string | undefined
  studios: Studio[]
}

export interface ListTagsForResourceRequest {
  resourceArn: string
}

export interface ListTagsForResourceResponse {
  tags?: Record<string, string> | undefined
}

export interface NewLaunchProfileMember {
  persona: LaunchProfilePersona
  principalId: string
}

export interface NewStudioMember {
  persona: StudioPersona
  principalId: string
}

export interface PutLaunchProfileMembersRequest {
  clientToken?: string | undefined
  identityStoreId: string
  launchProfileId: string
  members: NewLaunchProfileMember[]
  studioId: string
}

export type PutLaunchProfileMembersResponse = Record<string, never>

export interface PutStudioMembersRequest {
  clientToken?: string | undefined
  identityStoreId: string
  members: NewStudioMember[]
  studioId: string
}

export type PutStudioMembersResponse = Record<string, never>

export interface ScriptParameterKeyValue {
  key?: string | undefined
  value?: string | undefined
}

export type SessionBackupMode =
  | 'AUTOMATIC'
  | 'DEACTIVATED'

export type SessionPersistenceMode =
  | 'DEACTIVATED'
  | 'ACTIVATED'

export interface SharedFileSystemConfiguration {
  endpoint?: string | undefined
  fileSystemId?: string | undefined
  linuxMountPoint?: string | undefined
  shareName?: string | undefined
  windowsMountDrive?: string | undefined
}

export interface StartStreamingSessionRequest {
  backupId?: string | undefined
  clientToken?: string | undefined
  sessionId: string
  studioId: string
}

export interface StartStreamingSessionResponse {
  session?: StreamingSession | undefined
}

export interface StartStudioSSOConfigurationRepairRequest {
  clientToken?: string | undefined
  studioId: string
}

export interface StartStudioSSOConfigurationRepairResponse {
  studio: Studio
}

export interface StopStreamingSessionRequest {
  clientToken?: string | undefined
  sessionId: string
  studioId: string
  volumeRetentionMode?: VolumeRetentionMode | undefined
}

export interface StopStreamingSessionResponse {
  session?: StreamingSession | undefined
}

export interface StreamConfiguration {
  automaticTerminationMode?: AutomaticTerminationMode | undefined
  clipboardMode: StreamingClipboardMode
  ec2InstanceTypes: StreamingInstanceType[]
  maxSessionLengthInMinutes?: number | undefined
  maxStoppedSessionLengthInMinutes?: number | undefined
  sessionBackup?: StreamConfigurationSessionBackup | undefined
  sessionPersistenceMode?: SessionPersistenceMode | undefined
  sessionStorage?: StreamConfigurationSessionStorage | undefined
  streamingImageIds: string[]
  volumeConfiguration?: VolumeConfiguration | undefined
}

export interface StreamConfigurationCreate {
  automaticTerminationMode?: AutomaticTerminationMode | undefined
  clipboardMode: StreamingClipboardMode
  ec2InstanceTypes: StreamingInstanceType[]
  maxSessionLengthInMinutes?: number | undefined
  maxStoppedSessionLengthInMinutes?: number | undefined
  sessionBackup?: StreamConfigurationSessionBackup | undefined
  sessionPersistenceMode?: SessionPersistenceMode | undefined
  sessionStorage?: StreamConfigurationSessionStorage | undefined
  streamingImageIds: string[]
  volumeConfiguration?: VolumeConfiguration | undefined
}

export interface StreamConfigurationSessionBackup {
  maxBackupsToRetain?: number | undefined
  mode?: SessionBackupMode | undefined
}

export interface StreamConfigurationSessionStorage {
  mode: StreamingSessionStorageMode[]
  root?: StreamingSessionStorageRoot | undefined
}

export type StreamingClipboardMode =
  | 'ENABLED'
  | 'DISABLED'

export interface StreamingImage {
  arn?: string | undefined
  description?: string | undefined
  ec2ImageId?: string | undefined
  encryptionConfiguration?: StreamingImageEncryptionConfiguration | undefined
  eulaIds?: string[] | undefined
  name?: string | undefined
  owner?: string | undefined
  platform?: string | undefined
  state?: StreamingImageState | undefined
  statusCode?: StreamingImageStatusCode | undefined
  statusMessage?: string | undefined
  streamingImageId?: string | undefined
  tags?: Record<string, string> | undefined
}

export interface StreamingImageEncryptionConfiguration {
  keyArn?: string | undefined
  keyType: StreamingImageEncryptionConfigurationKeyType
}

export type StreamingImageEncryptionConfigurationKeyType =
  | 'CUSTOMER_MANAGED_KEY'

export type StreamingImageState =
  | 'CREATE_IN_PROGRESS'
  | 'READY'
  | 'DELETE_IN_PROGRESS'
  | 'DELETED'
  | 'UPDATE_IN_PROGRESS'
  | 'UPDATE_FAILED'
  | 'CREATE_FAILED'
  | 'DELETE_FAILED'

export type StreamingImageStatusCode =
  | 'STREAMING_IMAGE_CREATE_IN_PROGRESS'
  | 'STREAMING_IMAGE_READY'
  | 'STREAMING_IMAGE_DELETE_IN_PROGRESS'
  | 'STREAMING_IMAGE_DELETED'
  | 'STREAMING_IMAGE_UPDATE_IN_PROGRESS'
  | 'INTERNAL_ERROR'
  | 'ACCESS_DENIED'

export type StreamingInstanceType =
  | 'g4dn.xlarge'
  | 'g4dn.2xlarge'
  | 'g4dn.4xlarge'
  | 'g4dn.8xlarge'
  | 'g4dn.12xlarge'
  | 'g4dn.16xlarge'
  | 'g3.4xlarge'
  | 'g3s.xlarge'
  | 'g5.xlarge'
  | 'g5.2xlarge'
  | 'g5.4xlarge'
  | 'g5.8xlarge'
  | 'g5.16xlarge'

export interface StreamingSession {
  arn?: string | undefined
  automaticTerminationMode?: AutomaticTerminationMode | undefined
  backupMode?: SessionBackupMode | undefined
  createdAt?: Date | undefined
  createdBy?: string | undefined
  ec2InstanceType?: string | undefined
  launchProfileId?: string | undefined
  maxBackupsToRetain?: number | undefined
  ownedBy?: string | undefined
  sessionId?: string | undefined
  sessionPersistenceMode?: SessionPersistenceMode | undefined
  startedAt?: Date | undefined
  startedBy?: string | undefined
  startedFromBackupId?: string | undefined
  state?: StreamingSessionState | undefined
  statusCode?: StreamingSessionStatusCode | undefined
  statusMessage?: string | undefined
  stopAt?: Date | undefined
  stoppedAt?: Date | undefined
  stoppedBy?: string | undefined
  streamingImageId?: string | undefined
  tags?: Record<string, string> | undefined
  terminateAt?: Date | undefined
  updatedAt?: Date | undefined
  updatedBy?: string | undefined
  volumeConfiguration?: VolumeConfiguration | undefined
  volumeRetentionMode?: VolumeRetentionMode | undefined
}

export type StreamingSessionStorageMode =
  | 'UPLOAD'

export interface StreamingSessionStorageRoot {
  linux?: string | undefined
  windows?: string | undefined
}

export interface Studio {
  adminRoleArn?: string | undefined
  arn?: string | undefined
  createdAt?: Date | undefined
  displayName?: string | undefined
  homeRegion?: string | undefined
  ssoClientId?: string | undefined
  state?: StudioState | undefined
  statusCode?: StudioStatusCode | undefined
  statusMessage?: string | undefined
  studioEncryptionConfiguration?: StudioEncryptionConfiguration | undefined
  studioId?: string | undefined
  studioName?: string | undefined
  studioUrl?: string | undefined
  tags?: Record<string, string> | undefined
  updatedAt?: Date | undefined
  userRoleArn?: string | undefined
}

export interface StudioComponent {
  arn?: string | undefined
  configuration?: StudioComponentConfiguration | undefined
  createdAt?: Date | undefined
  createdBy?: string | undefined
  description?: string | undefined
  ec2SecurityGroupIds?: string[] | undefined
  initializationScripts?: StudioComponentInitializationScript[] | undefined
  name?: string | undefined
  runtimeRoleArn?: string | undefined
  scriptParameters?: ScriptParameterKeyValue[] | undefined
  secureInitializationRoleArn?: string | undefined
  state?: StudioComponentState | undefined
  statusCode?: StudioComponentStatusCode | undefined
  statusMessage?: string | undefined
  studioComponentId?: string | undefined
  subtype?: StudioComponentSubtype | undefined
  tags?: Record<string, string> | undefined
  type?: StudioComponentType | undefined
  updatedAt?: Date | undefined
  updatedBy?: string | undefined
}

export interface StudioComponentConfiguration {
  activeDirectoryConfiguration?: ActiveDirectoryConfiguration | undefined
  computeFarmConfiguration?: ComputeFarmConfiguration | undefined
  licenseServiceConfiguration?: LicenseServiceConfiguration | undefined
  sharedFileSystemConfiguration?: SharedFileSystemConfiguration | undefined
}

export interface StudioComponentInitializationScript {
  launchProfileProtocolVersion?: string | undefined
  platform?: LaunchProfilePlatform | undefined
  runContext?: StudioComponentInitializationScriptRunContext | undefined
  script?: string | undefined
}

export type StudioComponentInitializationScriptRunContext =
  | 'SYSTEM_INITIALIZATION'
  | 'USER_INITIALIZATION'

export type StudioComponentState =
  | 'CREATE_IN_PROGRESS'
  | 'READY'
  | 'UPDATE_IN_PROGRESS'
  | 'DELETE_IN_PROGRESS'
  | 'DELETED'
  | 'DELETE_FAILED'
  | 'CREATE_FAILED'
  | 'UPDATE_FAILED'

export type StudioComponentStatusCode =
  | 'ACTIVE_DIRECTORY_ALREADY_EXISTS'
  | 'STUDIO_COMPONENT_CREATED'
  | 'STUDIO_COMPONENT_UPDATED'
  | 'STUDIO_COMPONENT_DELETED'
  | 'ENCRYPTION_KEY_ACCESS_DENIED'
  | 'ENCRYPTION_KEY_NOT_FOUND'
  | 'STUDIO_COMPONENT_CREATE_IN_PROGRESS'
  | 'STUDIO_COMPONENT_UPDATE_IN_PROGRESS'
  | 'STUDIO_COMPONENT_DELETE_IN_PROGRESS'
  | 'INTERNAL_ERROR'

export type StudioComponentSubtype =
  | 'AWS_MANAGED_MICROSOFT_AD'
  | 'AMAZON_FSX_FOR_WINDOWS'
  | 'AMAZON_FSX_FOR_LUSTRE'
  | 'CUSTOM'

export interface StudioComponentSummary {
  createdAt?: Date | undefined
  createdBy?: string | undefined
  description?: string | undefined
  name?: string | undefined
  studioComponentId?: string | undefined
  subtype?: StudioComponentSubtype | undefined
  type?: StudioComponentType | undefined
  updatedAt?: Date | undefined
  updatedBy?: string | undefined
}

export type StudioComponentType =
  | 'ACTIVE_DIRECTORY'
  | 'SHARED_FILE_SYSTEM'
  | 'COMPUTE_FARM'
  | 'LICENSE_SERVICE'
  | 'CUSTOM'

export interface StudioEncryptionConfiguration {
  keyArn?: string | undefined
  keyType: StudioEncryptionConfigurationKeyType
}

export type StudioEncryptionConfigurationKeyType =
  | 'AWS_OWNED_KEY'
  | 'CUSTOMER_MANAGED_KEY'

export interface StudioMembership {
  identityStoreId?: string | undefined
  persona?: StudioPersona | undefined
  principalId?: string | undefined
  sid?: string | undefined
}

export type StudioPersona =
  | 'ADMINISTRATOR'

export type StudioState =
  | 'CREATE_IN_PROGRESS'
  | 'READY'
  | 'UPDATE_IN_PROGRESS'
  | 'DELETE_IN_PROGRESS'
  | 'DELETED'
  | 'DELETE_FAILED'
  | 'CREATE_FAILED'
  | 'UPDATE_FAILED'

export type StudioStatusCode =
  | 'STUDIO_CREATED'
  | 'STUDIO_DELETED'
  | 'STUDIO_UPDATED'
  | 'STUDIO_CREATE_IN_PROGRESS'
  | 'STUDIO_UPDATE_IN_PROGRESS'
  | 'STUDIO_DELETE_IN_PROGRESS'
  | 'STUDIO_WITH_LAUNCH_PROFILES_NOT_DELETED'
  | 'STUDIO_WITH_STUDIO_COMPONENTS_NOT_DELETED'
  | 'STUDIO_WITH_STREAMING_IMAGES_NOT_DELETED'
  | 'AWS_SSO_NOT_ENABLED'
  | 'AWS_SSO_ACCESS_DENIED'
  | 'ROLE_NOT_OWNED_BY_STUDIO_OWNER'
  | 'ROLE_COULD_NOT_BE_ASSUMED'
  | 'INTERNAL_ERROR'
  | 'ENCRYPTION_KEY_NOT_FOUND'
  | 'ENCRYPTION_KEY_ACCESS_DENIED'
  | 'AWS_SSO_CONFIGURATION_REPAIRED'
  | 'AWS_SSO_CONFIGURATION_REPAIR_IN_PROGRESS'
  | 'AWS_STS_REGION_DISABLED'

export interface TagResourceRequest {
  resourceArn: string
  tags?: Record<string, string> | undefined
}

export type TagResourceResponse = Record<string, never>

export interface UntagResourceRequest {
  resourceArn: string
  tagKeys: string[]
}

export type UntagResourceResponse = Record<string, never>

export interface UpdateLaunchProfileMemberRequest {
  clientToken?: string | undefined
  launchProfileId: string
  persona: LaunchProfilePersona
  principalId: string
  studioId: string
}

export interface UpdateLaunchProfileMemberResponse {
  member?: LaunchProfileMembership | undefined
}

export interface UpdateLaunchProfileRequest {
  clientToken?: string | undefined
  description?: string | undefined
  launchProfileId: string
  launchProfileProtocolVersions?: string[] | undefined
  name?: string | undefined
  streamConfiguration?: StreamConfigurationCreate | undefined
  studioComponentIds?: string[] | undefined
  studioId: string
}

export interface UpdateLaunchProfileResponse {
  launchProfile?: LaunchProfile | undefined
}

export interface UpdateStreamingImageRequest {
  clientToken?: string | undefined
  description?: string | undefined
  name?: string | undefined
  streamingImageId: string
  studioId: string
}

export interface UpdateStreamingImageResponse {
  streamingImage?: StreamingImage | undefined
}

export interface UpdateStudioComponentRequest {
  clientToken?: string | undefined
  configuration?: StudioComponentConfiguration | undefined
  description?: string | undefined
  ec2SecurityGroupIds?: string[] | undefined
  initializationScripts?: StudioComponentInitializationScript[] | undefined
  name?: string | undefined
  runtimeRoleArn?: string | undefined
  scriptParameters?: ScriptParameterKeyValue[] | undefined
  secureInitializationRoleArn?: string | undefined
  studioComponentId: string
  studioId: string
  subtype?: StudioComponentSubtype | undefined
  type?: StudioComponentType | undefined
}

export interface UpdateStudioComponentResponse {
  studioComponent?: StudioComponent | undefined
}

export interface UpdateStudioRequest {
  adminRoleArn?: string | undefined
  clientToken?: string | undefined
  displayName?: string | undefined
  studioId: string
  userRoleArn?: string | undefined
}

export interface UpdateStudioResponse {
  studio: Studio
}

export interface ValidationResult {
  state: LaunchProfileValidationState
  statusCode: LaunchProfileValidationStatusCode
  statusMessage: string
  type: LaunchProfileValidationType
}

export interface VolumeConfiguration {
  iops?: number | undefined
  size?: number | undefined
  throughput?: number | undefined
}

export type VolumeRetentionMode =
  | 'RETAIN'
  | 'DELETE'

export interface Operations {
  AcceptEulas: { input: AcceptEulasRequest; output: AcceptEulasResponse }
  CreateLaunchProfile: { input: CreateLaunchProfileRequest; output: CreateLaunchProfileResponse }
  CreateStreamingImage: { input: CreateStreamingImageRequest; output: CreateStreamingImageResponse }
  CreateStreamingSession: { input: CreateStreamingSessionRequest; output: CreateStreamingSessionResponse }
  CreateStreamingSessionStream: { input: CreateStreamingSessionStreamRequest; output: CreateStreamingSessionStreamResponse }
  CreateStudio: { input: CreateStudioRequest; output: CreateStudioResponse }
  CreateStudioComponent: { input: CreateStudioComponentRequest; output: CreateStudioComponentResponse }
  DeleteLaunchProfile: { input: DeleteLaunchProfileRequest; output: DeleteLaunchProfileResponse }
  DeleteLaunchProfileMember: { input: DeleteLaunchProfileMemberRequest; output: DeleteLaunchProfileMemberResponse }
  DeleteStreamingImage: { input: DeleteStreamingImageRequest; output: DeleteStreamingImageResponse }
  DeleteStreamingSession: { input: DeleteStreamingSessionRequest; output: DeleteStreamingSessionResponse }
  DeleteStudio: { input: DeleteStudioRequest; output: DeleteStudioResponse }
  DeleteStudioComponent: { input: DeleteStudioComponentRequest; output: DeleteStudioComponentResponse }
  DeleteStudioMember: { input: DeleteStudioMemberRequest; output: DeleteStudioMemberResponse }
  GetEula: { input: GetEulaRequest; output: GetEulaResponse }
  GetLaunchProfile: { input: GetLaunchProfileRequest; output: GetLaunchProfileResponse }
  GetLaunchProfileDetails: { input: GetLaunchProfileDetailsRequest; output: GetLaunchProfileDetailsResponse }
  GetLaunchProfileInitialization: { input: GetLaunchProfileInitializationRequest; output: GetLaunchProfileInitializationResponse }
  GetLaunchProfileMember: { input: GetLaunchProfileMemberRequest; output: GetLaunchProfileMemberResponse }
  GetStreamingImage: { input: GetStreamingImageRequest; output: GetStreamingImageResponse }
  GetStreamingSession: { input: GetStreamingSessionRequest; output: GetStreamingSessionResponse }
  GetStreamingSessionBackup: { input: GetStreamingSessionBackupRequest; output: GetStreamingSessionBackupResponse }
  GetStreamingSessionStream: { input: GetStreamingSessionStreamRequest; output: GetStreamingSessionStreamResponse }
  GetStudio: { input: GetStudioRequest; output: GetStudioResponse }
  GetStudioComponent: { input: GetStudioComponentRequest; output: GetStudioComponentResponse }
  GetStudioMember: { input: GetStudioMemberRequest; output: GetStudioMemberResponse }
  ListEulaAcceptances: { input: ListEulaAcceptancesRequest; output: ListEulaAcceptancesResponse }
  ListEulas: { input: ListEulasRequest; output: ListEulasResponse }
  ListLaunchProfileMembers: { input: ListLaunchProfileMembersRequest; output: ListLaunchProfileMembersResponse }
  ListLaunchProfiles: { input: ListLaunchProfilesRequest; output: ListLaunchProfilesResponse }
  ListStreamingImages: { input: ListStreamingImagesRequest; output: ListStreamingImagesResponse }
  ListStreamingSessionBackups: { input: ListStreamingSessionBackupsRequest; output: ListStreamingSessionBackupsResponse }
  ListStreamingSessions: { input: ListStreamingSessionsRequest; output: ListStreamingSessionsResponse }
  ListStudioComponents: { input: ListStudioComponentsRequest; output: ListStudioComponentsResponse }
  ListStudioMembers: { input: ListStudioMembersRequest; output: ListStudioMembersResponse }
  ListStudios: { input: ListStudiosRequest; output: ListStudiosResponse }
  ListTagsForResource: { input: ListTagsForResourceRequest; output: ListTagsForResourceResponse }
  PutLaunchProfileMembers: { input: PutLaunchProfileMembersRequest; output: PutLaunchProfileMembersResponse }
  PutStudioMembers: { input: PutStudioMembersRequest; output: PutStudioMembersResponse }
  StartStreamingSession: { input: StartStreamingSessionRequest; output: StartStreamingSessionResponse }
  StartStudioSSOConfigurationRepair: { input: StartStudioSSOConfigurationRepairRequest; output: StartStudioSSOConfigurationRepairResponse }
  StopStreamingSession: { input: StopStreamingSessionRequest; output: StopStreamingSessionResponse }
  TagResource: { input: TagResourceRequest; output: TagResourceResponse }
  UntagResource: { input: UntagResourceRequest; output: UntagResourceResponse }
  UpdateLaunchProfile: { input: UpdateLaunchProfileRequest; output: UpdateLaunchProfileResponse }
  UpdateLaunchProfileMember: { input: UpdateLaunchProfileMemberRequest; output: UpdateLaunchProfileMemberResponse }
  UpdateStreamingImage: { input: UpdateStreamingImageRequest; output: UpdateStreamingImageResponse }
  UpdateStudio: { input: UpdateStudioRequest; output: UpdateStudioResponse }
  UpdateStudioComponent: { input: UpdateStudioComponentRequest; output: UpdateStudioComponentResponse }
  AttachPolicy: { input: AttachPolicyRequest; output: AttachPolicyResponse }
  CreateAccessKey: { input: CreateAccessKeyRequest; output: CreateAccessKeyResponse }
  CreateStreamingSessionView: { input: CreateStreamingSessionViewRequest; output: CreateStreamingSessionViewResponse }
  CreateUser: { input: CreateUserRequest; output: CreateUserResponse }
  DeleteAccessKey: { input: DeleteAccessKeyRequest; output: DeleteAccessKeyResponse }
  DeletePolicy: { input: DeletePolicyRequest; output: DeletePolicyResponse }
  DeleteStreamingSessionViews: { input: DeleteStreamingSessionViewsRequest; output: DeleteStreamingSessionViewsResponse }
  DeleteUser: { input: DeleteUserRequest; output: DeleteUserResponse }
  DetachPolicy: { input: DetachPolicyRequest; output: DetachPolicyResponse }
  ExtendStreamingSession: { input: ExtendStreamingSessionRequest; output: ExtendStreamingSessionResponse }
  GetPolicy: { input: GetPolicyRequest; output: GetPolicyResponse }
  GetSessionPolicy: { input: GetSessionPolicyRequest; output: GetSessionPolicyResponse }
  GetStreamingSessionEnd: { input: GetStreamingSessionEndRequest; output: GetStreamingSessionEndResponse }
  GetStreamingSessionLog: { input: GetStreamingSessionLogRequest; output: GetStreamingSessionLogResponse }
  GetStreamingSessionStatistics: { input: GetStreamingSessionStatisticsRequest; output: GetStreamingSessionStatisticsResponse }
  GetUser: { input: GetUserRequest; output: GetUserResponse }
  ListAccessKeys: { input: ListAccessKeysRequest; output: ListAccessKeysResponse }
  ListBackupCopies: { input: ListBackupCopiesRequest; output: ListBackupCopiesResponse }
  ListPolicies: { input: ListPoliciesRequest; output: ListPoliciesResponse }
  ListUsers: { input: ListUsersRequest; output: ListUsersResponse }
  PutPolicy: { input: PutPolicyRequest; output: PutPolicyResponse }
  PutSessionPolicy: { input: PutSessionPolicyRequest; output: PutSessionPolicyResponse }
  RestoreBackupCopy: { input: RestoreBackupCopyRequest; output: RestoreBackupCopyResponse }
  UpdateAccessKey: { input: UpdateAccessKeyRequest; output: UpdateAccessKeyResponse }
  UpdateUser: { input: UpdateUserRequest; output: UpdateUserResponse }
}

export type OperationName = keyof Operations

export type Input<Name extends OperationName> = Operations[Name]['input']

export type Output<Name extends OperationName> = Operations[Name]['output']
