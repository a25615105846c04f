import type { Generated } from 'kysely'
import type {
  LaunchProfileState,
  LaunchProfileStatusCode,
  StreamingImageState,
  StreamingImageStatusCode,
  StreamingSessionState,
  StreamingSessionStatusCode,
  StudioComponentState,
  StudioComponentStatusCode,
  StudioState,
  StudioStatusCode,
} from '../contract/types.ts'
import type {
  AccessKeyTable,
  LaunchProfileMemberTable,
  PolicyAttachmentTable,
  PolicyTable,
  PrincipalTable,
  SignInTable,
  StudioMemberTable,
  WelcomeTable,
} from './schema-access.ts'

/**
 * Every table. Times are milliseconds since 1970, UTC. `json` columns hold JSON text. Ids sort by creation, so a list
 * in order of creation is a walk over (studioId, id).
 */
export interface Schema {
  studio: StudioTable
  studioComponent: StudioComponentTable
  streamingImage: StreamingImageTable
  launchProfile: LaunchProfileTable
  session: SessionTable
  sessionLog: SessionLogTable
  sessionStatistics: SessionStatisticsTable
  stream: StreamTable
  backup: BackupTable
  backupCopy: BackupCopyTable
  principal: PrincipalTable
  accessKey: AccessKeyTable
  policy: PolicyTable
  policyAttachment: PolicyAttachmentTable
  signIn: SignInTable
  welcome: WelcomeTable
  studioMember: StudioMemberTable
  launchProfileMember: LaunchProfileMemberTable
  clientToken: ClientTokenTable
  eula: EulaTable
  imageEula: ImageEulaTable
  eulaAcceptance: EulaAcceptanceTable
  clock: ClockTable
}

/** What the API shows of a resource, rendered once with each change, and who changed it when. */
export interface ResourceColumns {
  id: string
  arn: string
  /** Text for a person: what happened and what to do. */
  statusMessage: string | null
  createdAt: number
  createdBy: string
  updatedAt: number
  updatedBy: string
  /** json: Record<string, string> */
  tags: string
  /** json: the resource as the API shows it. */
  view: Generated<string>
}

/** What the reconciler knows of a row. Nothing about work in progress is kept anywhere else. */
export interface WorkColumns {
  /** The step that is to be done next; null at the first, and where nothing is to be done. */
  step: string | null
  /** How often that step has failed. */
  attempts: Generated<number>
  /** 1 while the steps of giving up are done. */
  givenUp: Generated<number>
  /** When the row has work; null: never by itself. */
  dueAt: number | null
  /** The row is being worked on until then; 0: by nobody. */
  leaseUntil: Generated<number>
  /** When the state the row is in must have ended. */
  deadline: number | null
}

/** Of resources whose updates may fail. */
export interface UpdateColumns {
  /** json: the columns that an update in progress has changed, as they were; they come back when it fails. */
  before: Generated<string | null>
}

export interface StudioTable extends ResourceColumns, WorkColumns, UpdateColumns {
  state: StudioState
  statusCode: StudioStatusCode
  studioName: string
  displayName: string
  adminRoleArn: string
  userRoleArn: string
  /** The portal's address of it, from the configured public URL (decision 7). */
  studioUrl: string
  /** json: StudioEncryptionConfiguration */
  encryption: string
  /** Empty: there is no sign-in configuration, and it has to be repaired. */
  ssoClientId: string
}

export interface StudioComponentTable extends ResourceColumns, WorkColumns, UpdateColumns {
  studioId: string
  state: StudioComponentState
  statusCode: StudioComponentStatusCode
  name: string
  type: string
  /** json: the rest of what was given at creation, in the API's names. */
  details: string
}

export interface StreamingImageTable extends ResourceColumns, WorkColumns {
  studioId: string
  state: StreamingImageState
  statusCode: StreamingImageStatusCode
  name: string
  description: string | null
  ec2ImageId: string
  /** json: ids of the EULAs that it asks for, as `imageEula` has them. */
  eulaIds: Generated<string>
}

export interface LaunchProfileTable extends ResourceColumns, WorkColumns, UpdateColumns {
  studioId: string
  state: LaunchProfileState
  statusCode: LaunchProfileStatusCode
  name: string
  description: string | null
  /** json: string[] */
  ec2SubnetIds: string
  /** json: string[] */
  protocolVersions: string
  /** json: string[] */
  studioComponentIds: string
  /** json: StreamConfiguration, its defaults filled in */
  streamConfiguration: string
  /** json: ValidationResult[] */
  validationResults: Generated<string>
  /** json: SessionPolicy, as it was put; what is absent is off */
  sessionPolicy: Generated<string>
}

export interface SessionTable extends ResourceColumns, WorkColumns {
  studioId: string
  launchProfileId: string
  state: StreamingSessionState
  statusCode: StreamingSessionStatusCode
  ownedBy: string
  instanceType: string
  streamingImageId: string
  /** `ec2ImageId` of that image: the driver's name of it. */
  ec2ImageId: string
  vcpus: number
  memoryMiB: number
  gpus: number
  /** 1: those are set aside for it on the host. */
  reserved: Generated<number>
  /** Copied from the profile at creation, and never changed by it afterwards (decision 16). */
  clipboardMode: 'ENABLED' | 'DISABLED'
  sessionPersistenceMode: 'ACTIVATED' | 'DEACTIVATED'
  automaticTerminationMode: 'ACTIVATED' | 'DEACTIVATED'
  backupMode: 'AUTOMATIC' | 'DEACTIVATED'
  maxBackupsToRetain: number
  maxSessionMs: number
  maxStoppedMs: number
  /** How much longer than `maxSessionMs` a run can be made. */
  maxExtensionMs: Generated<number>
  /** A run that nobody uses for so long is stopped; null: never. */
  idleAfterMs: number | null
  /** Of one processor: what the artist's programs take at least while they count as at work. */
  idleCpuPercent: number | null
  volumeSizeGiB: number
  volumeIops: number
  volumeThroughputMiBs: number
  volumeRetentionMode: 'RETAIN' | 'DELETE' | null
  /** A restore makes a new volume under the next number; the old one goes when the start has succeeded. */
  volumeNumber: Generated<number>
  /** The backup that the start in progress restores. */
  restoreFrom: string | null
  startedAt: number | null
  startedBy: string | null
  startedFromBackupId: string | null
  stoppedAt: number | null
  stoppedBy: string | null
  stopAt: number | null
  terminateAt: number | null
  /** When its next backup is begun; null: none. */
  backupAt: Generated<number | null>
  /** How far the end of this run can be put off; null: not at all. */
  extendableTo: number | null
  /** While nobody uses it, and the end of that is near: when it is stopped. */
  idleAt: number | null
}

/** What the initialization scripts of a session have printed. */
export interface SessionLogTable {
  sessionId: string
  /** The end of it, at most 64 KiB, without control characters. */
  text: string
  updatedAt: number
}

/** How one minute of a stream went, as its viewer measured it at the end of that minute. */
export interface SessionStatisticsTable {
  sessionId: string
  streamId: string
  /** When the minute began. */
  minute: number
  measuredAt: number
  /** json: StreamingSessionStatistics, without what stands in the other columns */
  measured: string
}

export interface StreamTable {
  id: string
  studioId: string
  sessionId: string
  state: 'READY' | 'DELETED'
  createdAt: number
  createdBy: string
  ownedBy: string
  expiresAt: number
  /** 1 where it may be watched only. */
  viewOnly: Generated<number>
  /** Hash of the key that the viewer got when it opened the stream; null until then. */
  keyHash: string | null
}

export interface BackupTable extends ResourceColumns, WorkColumns {
  studioId: string
  sessionId: string
  launchProfileId: string
  state: StreamingSessionState
  statusCode: StreamingSessionStatusCode
  ownedBy: string
  /** When it goes by itself; null: never. */
  expiresAt: number | null
  /** When older ones are to make room for it; null: they have. */
  pruneAt: Generated<number | null>
  /** Of the volume that it shows; null: not known. */
  volumeSizeGiB: Generated<number | null>
  ec2ImageId: Generated<string | null>
  /** The snapshot of a repository that it came from; null: it was made here. */
  restoredFrom: Generated<string | null>
}

/** The copy of a backup in a repository, or what came of trying. It stays until the repository has forgotten it. */
export interface BackupCopyTable {
  backupId: string
  /** Begun so far. Counted before anything is made. */
  attempts: Generated<number>
  /** When there is something to do for it, at the earliest. */
  dueAt: number
  /** What went wrong last, for a person; null: nothing. */
  failure: string | null
  repositoryId: string | null
  snapshotId: string | null
  copiedAt: number | null
  bytes: number | null
  /** When the repository was told to forget it; its space comes back with the next prune. */
  forgottenAt: number | null
}

/** A client token that has had its effect (decision 12). */
export interface ClientTokenTable {
  principalId: string
  operation: string
  token: string
  /** Hash of the parameters. */
  parameters: string
  /** json: input of the operation that reads the resource as it is now; null: the operation answers nothing. */
  resource: string | null
  createdAt: number
}

/** A licence agreement of the whole installation. Its id follows from name and text, which never change. */
export interface EulaTable {
  id: string
  name: string
  /** 1: the operator asks for it no more. */
  retired: Generated<number>
  createdAt: number
  updatedAt: number
  content: string
}

/** Which EULAs an image of the driver asks for. */
export interface ImageEulaTable {
  ec2ImageId: string
  eulaId: string
}

/** A studio has accepted a EULA: once, and for good. */
export interface EulaAcceptanceTable {
  id: string
  studioId: string
  eulaId: string
  acceptedBy: string
  acceptedAt: number
}

/** One row: how the moments in this database relate to the clocks of the host. */
export interface ClockTable {
  id: 1
  /** Which run of the host's uptime `bootedAt` goes with. */
  boot: string
  /** When that run began, as the wall clock tells it that the moments were written by. */
  bootedAt: number
  /** The wall clock when it was last looked at; to the minute. */
  seenAt: number
}
