/** What the API shows of each row, in the contract's names. Written beside the row with every change of it. */
import type { Selectable } from 'kysely'
import { toJson } from '../contract/encode.ts'
import type {
  LaunchProfile,
  StreamingImage,
  StreamingSession,
  StreamingSessionBackup,
  Studio,
  StudioComponent,
} from '../contract/types.ts'
import type {
  BackupTable,
  LaunchProfileTable,
  SessionTable,
  StreamingImageTable,
  StudioComponentTable,
  StudioTable,
} from './schema.ts'

type Shown<Table> = Omit<Selectable<Table>, 'view'>

// A row that is about to be inserted lacks the columns that begin as null.
const time = (ms: number | null | undefined) => (typeof ms === 'number' ? new Date(ms) : undefined)
const text = (value: string | null | undefined) => value ?? undefined

const studio = (row: Shown<StudioTable>): Studio => ({
  studioId: row.id,
  arn: row.arn,
  studioName: row.studioName,
  displayName: row.displayName,
  adminRoleArn: row.adminRoleArn,
  userRoleArn: row.userRoleArn,
  homeRegion: row.id.split(':')[0],
  ssoClientId: row.ssoClientId,
  studioEncryptionConfiguration: JSON.parse(row.encryption),
  studioUrl: row.studioUrl,
  state: row.state,
  statusCode: row.statusCode,
  statusMessage: text(row.statusMessage),
  createdAt: time(row.createdAt),
  updatedAt: time(row.updatedAt),
  tags: JSON.parse(row.tags),
})

const studioComponent = (row: Shown<StudioComponentTable>): StudioComponent => ({
  ...JSON.parse(row.details),
  studioComponentId: row.id,
  arn: row.arn,
  name: row.name,
  type: row.type,
  state: row.state,
  statusCode: row.statusCode,
  statusMessage: text(row.statusMessage),
  createdAt: time(row.createdAt),
  createdBy: row.createdBy,
  updatedAt: time(row.updatedAt),
  updatedBy: row.updatedBy,
  tags: JSON.parse(row.tags),
})

const streamingImage = (row: Shown<StreamingImageTable>): StreamingImage => ({
  streamingImageId: row.id,
  arn: row.arn,
  name: row.name,
  description: text(row.description),
  ec2ImageId: row.ec2ImageId,
  owner: row.studioId,
  platform: 'LINUX',
  // A row that is about to be inserted may leave it to the default.
  eulaIds: JSON.parse(row.eulaIds ?? '[]'),
  state: row.state,
  statusCode: row.statusCode,
  statusMessage: text(row.statusMessage),
  tags: JSON.parse(row.tags),
})

const launchProfile = (row: Shown<LaunchProfileTable>): LaunchProfile => ({
  launchProfileId: row.id,
  arn: row.arn,
  name: row.name,
  description: text(row.description),
  ec2SubnetIds: JSON.parse(row.ec2SubnetIds),
  launchProfileProtocolVersions: JSON.parse(row.protocolVersions),
  studioComponentIds: JSON.parse(row.studioComponentIds),
  streamConfiguration: JSON.parse(row.streamConfiguration),
  validationResults: JSON.parse(row.validationResults),
  state: row.state,
  statusCode: row.statusCode,
  statusMessage: text(row.statusMessage),
  createdAt: time(row.createdAt),
  createdBy: row.createdBy,
  updatedAt: time(row.updatedAt),
  updatedBy: row.updatedBy,
  tags: JSON.parse(row.tags),
})

const session = (row: Shown<SessionTable>): StreamingSession => ({
  sessionId: row.id,
  arn: row.arn,
  launchProfileId: row.launchProfileId,
  ec2InstanceType: row.instanceType,
  streamingImageId: row.streamingImageId,
  ownedBy: row.ownedBy,
  state: row.state,
  statusCode: row.statusCode,
  statusMessage: text(row.statusMessage),
  createdAt: time(row.createdAt),
  createdBy: row.createdBy,
  updatedAt: time(row.updatedAt),
  updatedBy: row.updatedBy,
  startedAt: time(row.startedAt),
  startedBy: text(row.startedBy),
  startedFromBackupId: text(row.startedFromBackupId),
  stoppedAt: time(row.stoppedAt),
  stoppedBy: text(row.stoppedBy),
  stopAt: time(row.stopAt),
  terminateAt: time(row.terminateAt),
  sessionPersistenceMode: row.sessionPersistenceMode,
  automaticTerminationMode: row.automaticTerminationMode,
  backupMode: row.backupMode,
  maxBackupsToRetain: row.maxBackupsToRetain,
  volumeRetentionMode: row.volumeRetentionMode ?? undefined,
  volumeConfiguration:
    row.sessionPersistenceMode === 'ACTIVATED'
      ? { size: row.volumeSizeGiB, iops: row.volumeIops, throughput: row.volumeThroughputMiBs }
      : undefined,
  tags: JSON.parse(row.tags),
})

const backup = (row: Shown<BackupTable>): StreamingSessionBackup => ({
  backupId: row.id,
  arn: row.arn,
  sessionId: row.sessionId,
  launchProfileId: row.launchProfileId,
  ownedBy: row.ownedBy,
  state: row.state,
  statusCode: row.statusCode,
  statusMessage: text(row.statusMessage),
  createdAt: time(row.createdAt),
  tags: JSON.parse(row.tags),
})

/** JSON text of the view of a row, by table. */
export const views = {
  studio: row => toJson(studio(row), 'Studio'),
  studioComponent: row => toJson(studioComponent(row), 'StudioComponent'),
  streamingImage: row => toJson(streamingImage(row), 'StreamingImage'),
  launchProfile: row => toJson(launchProfile(row), 'LaunchProfile'),
  session: row => toJson(session(row), 'StreamingSession'),
  backup: row => toJson(backup(row), 'StreamingSessionBackup'),
} satisfies {
  studio: (row: Shown<StudioTable>) => string
  studioComponent: (row: Shown<StudioComponentTable>) => string
  streamingImage: (row: Shown<StreamingImageTable>) => string
  launchProfile: (row: Shown<LaunchProfileTable>) => string
  session: (row: Shown<SessionTable>) => string
  backup: (row: Shown<BackupTable>) => string
}
