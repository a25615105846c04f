/**
 * A life of a studio in calls that have every member set that the contract has. What was given last is what is answered
 * from then on, but for members that say something to the operation and nothing of the resource. A new operation adds its row.
 */
import type { OperationName, StudioComponentType } from '../../src/contract/types.ts'
import { ownIdentityStore } from '../../src/store/members.ts'
import { theEula } from '../calls.ts'
import { component, componentTypes, role, streamConfiguration, tags } from './values.ts'

/** What the calls before have made, and what has to be there. */
export interface Made {
  studioId: string
  studioComponentIds: string[]
  streamingImageId: string
  launchProfileId: string
  sessionId: string
  sessionArn: string
  backupId: string
  streamId: string
  /** Users of the installation, and who calls. */
  users: string[]
  caller: string
  /** Of the client that calls: makes names and tokens its own. */
  client: string
}

export interface RoundTrip {
  operation: OperationName
  /** Without the ids in the path that `Made` has under the same name. */
  input: (made: Made) => object
  /** Members that the answer need not repeat. */
  unsaid?: readonly string[]
  /** What the answer has to hold beside, by the path in it. */
  holds?: (made: Made) => object
  /** Notes what was made. */
  keep?: (made: Made, answer: Answered) => void
  /** The exception that is right here. */
  refused?: string
}

// biome-ignore lint/suspicious/noExplicitAny: an answer of any operation, read where its row knows what is in it
type Answered = any

const on = (
  operation: OperationName,
  input: RoundTrip['input'],
  rest: Omit<RoundTrip, 'operation' | 'input'> = {},
): RoundTrip => ({ operation, input, ...rest })

const token = (name: string) => (made: Made) => ({ clientToken: `${made.client}-${name}` })

/** Ids that a path takes, of what was made before. */
const labels = ['studioId', 'sessionId', 'launchProfileId', 'streamingImageId', 'studioComponentId', 'principalId']
const [admin, artist] = [0, 1]

export const roundTrips: readonly RoundTrip[] = [
  on(
    'CreateStudio',
    made => ({
      ...token('studio')(made),
      studioName: made.client,
      displayName: `Stüdio of ${made.client}`,
      adminRoleArn: role('admin'),
      userRoleArn: role('user'),
      studioEncryptionConfiguration: { keyType: 'CUSTOMER_MANAGED_KEY', keyArn: 'arn:aws:kms:us-west-2:0:key/1' },
      tags,
    }),
    {
      keep: (made, { studio }) => {
        made.studioId = studio.studioId
      },
    },
  ),
  on('GetStudio', () => ({}), { holds: () => ({ studio: { state: 'READY' } }) }),
  on('UpdateStudio', made => ({
    ...token('studio-2')(made),
    displayName: 'Another name',
    adminRoleArn: role('admin-2'),
    userRoleArn: role('user-2'),
  })),
  on('GetStudio', () => ({}), { holds: () => ({ studio: { state: 'READY' } }) }),
  // There is nothing to mend.
  on('StartStudioSSOConfigurationRepair', token('repair'), { refused: 'ValidationException' }),
  on('ListStudios', () => ({})),

  on('PutStudioMembers', made => ({
    ...token('members')(made),
    identityStoreId: ownIdentityStore,
    members: [{ principalId: made.users[admin] ?? '', persona: 'ADMINISTRATOR' }],
  })),
  on('GetStudioMember', made => ({ principalId: made.users[admin] ?? '' }), {
    holds: made => ({
      member: { principalId: made.users[admin], persona: 'ADMINISTRATOR', identityStoreId: ownIdentityStore },
    }),
  }),
  on('ListStudioMembers', () => ({ maxResults: 20 }), {
    holds: made => ({ members: [{ principalId: made.users[admin] }] }),
  }),
  on('DeleteStudioMember', made => ({ ...token('member')(made), principalId: made.users[admin] ?? '' })),

  ...componentTypes.flatMap((type, i) => [
    on('CreateStudioComponent', made => ({ ...token(type)(made), ...component(type, `The ${type}`), tags }), {
      keep: (made, { studioComponent }) => {
        made.studioComponentIds[i] = studioComponent.studioComponentId
      },
    }),
    on('UpdateStudioComponent', made => ({
      ...token(`${type}-2`)(made),
      ...component(type, `Another ${type}`),
      studioComponentId: made.studioComponentIds[i] ?? '',
    })),
    on('GetStudioComponent', made => ({ studioComponentId: made.studioComponentIds[i] ?? '' }), {
      holds: () => ({ studioComponent: { state: 'READY' } }),
    }),
  ]),
  on('ListStudioComponents', () => ({ maxResults: 50, states: ['READY'], types: ['CUSTOM', 'COMPUTE_FARM'] }), {
    holds: made => ({
      studioComponents: ['COMPUTE_FARM', 'CUSTOM'].map(type => ({
        type,
        studioComponentId: made.studioComponentIds[componentTypes.indexOf(type as StudioComponentType)],
      })),
    }),
    unsaid: ['states', 'types'],
  }),

  on(
    'CreateStreamingImage',
    made => ({
      ...token('image')(made),
      name: 'An image',
      description: 'of this machine',
      ec2ImageId: 'ami-host',
      tags,
    }),
    {
      keep: (made, { streamingImage }) => {
        made.streamingImageId = streamingImage.streamingImageId
      },
    },
  ),
  on('UpdateStreamingImage', made => ({ ...token('image-2')(made), name: 'The image', description: 'still this one' })),
  on('GetStreamingImage', () => ({}), {
    holds: made => ({ streamingImage: { owner: made.studioId, state: 'READY' } }),
  }),
  on('ListStreamingImages', made => ({ owner: made.studioId }), {
    holds: made => ({ streamingImages: [{ streamingImageId: made.streamingImageId }] }),
  }),

  on(
    'CreateLaunchProfile',
    made => ({
      ...token('profile')(made),
      name: 'A profile',
      description: 'of everything',
      ec2SubnetIds: ['subnet-1', 'subnet-2'],
      launchProfileProtocolVersions: ['2021-03-31'],
      streamConfiguration: streamConfiguration(made.streamingImageId, 'ENABLED'),
      studioComponentIds: made.studioComponentIds,
      tags,
    }),
    {
      keep: (made, { launchProfile }) => {
        made.launchProfileId = launchProfile.launchProfileId
      },
    },
  ),
  on('UpdateLaunchProfile', made => ({
    ...token('profile-2')(made),
    name: 'The profile',
    description: 'of almost everything',
    launchProfileProtocolVersions: ['2021-03-31'],
    streamConfiguration: streamConfiguration(made.streamingImageId, 'DISABLED'),
    studioComponentIds: made.studioComponentIds.slice(1),
  })),
  on('GetLaunchProfile', () => ({}), {
    holds: () => ({ launchProfile: { state: 'READY' } }),
  }),
  on('GetLaunchProfileDetails', () => ({}), {
    holds: made => ({
      launchProfile: { launchProfileId: made.launchProfileId },
      streamingImages: [{ streamingImageId: made.streamingImageId }],
    }),
  }),
  on(
    'GetLaunchProfileInitialization',
    () => ({ launchProfileProtocolVersions: ['2021-03-31'], launchPurpose: 'WORKSTATION', platform: 'LINUX' }),
    {
      unsaid: ['launchProfileProtocolVersions'],
      holds: () => ({ launchProfileInitialization: { launchProfileProtocolVersion: '2021-03-31' } }),
    },
  ),
  on('PutLaunchProfileMembers', made => ({
    ...token('profile-members')(made),
    identityStoreId: ownIdentityStore,
    members: [{ principalId: made.users[artist] ?? '', persona: 'USER' }],
  })),
  on('UpdateLaunchProfileMember', made => ({
    ...token('persona')(made),
    principalId: made.users[artist] ?? '',
    persona: 'USER',
  })),
  on('GetLaunchProfileMember', made => ({ principalId: made.users[artist] ?? '' }), {
    holds: () => ({ member: { persona: 'USER', identityStoreId: ownIdentityStore } }),
  }),
  on('ListLaunchProfileMembers', () => ({ maxResults: 20 }), {
    holds: made => ({ members: [{ principalId: made.users[artist] }] }),
  }),
  on('ListLaunchProfiles', made => ({ maxResults: 100, principalId: made.users[artist] ?? '', states: ['READY'] }), {
    unsaid: ['states'],
    holds: made => ({ launchProfiles: [{ launchProfileId: made.launchProfileId }] }),
  }),

  on('GetEula', () => ({ eulaId: theEula })),
  on('ListEulas', () => ({ eulaIds: [theEula] }), { holds: () => ({ eulas: [{ eulaId: theEula }] }) }),
  on('AcceptEulas', made => ({ ...token('eulas')(made), eulaIds: [theEula] }), {
    holds: made => ({ eulaAcceptances: [{ eulaId: theEula, accepteeId: made.studioId, acceptedBy: made.caller }] }),
  }),
  on('ListEulaAcceptances', () => ({ eulaIds: [theEula] }), {
    holds: () => ({ eulaAcceptances: [{ eulaId: theEula }] }),
  }),

  on(
    'CreateStreamingSession',
    made => ({
      ...token('session')(made),
      ec2InstanceType: 'local.small',
      launchProfileId: made.launchProfileId,
      ownedBy: made.users[artist] ?? '',
      streamingImageId: made.streamingImageId,
      tags,
    }),
    {
      keep: (made, { session }) => {
        made.sessionId = session.sessionId
        made.sessionArn = session.arn
      },
    },
  ),
  on('GetStreamingSession', () => ({}), {
    holds: made => ({
      session: {
        createdBy: made.caller,
        state: 'READY',
        sessionPersistenceMode: 'ACTIVATED',
        automaticTerminationMode: 'ACTIVATED',
        backupMode: 'AUTOMATIC',
        maxBackupsToRetain: 2,
        volumeConfiguration: { iops: 4000, size: 120, throughput: 250 },
      },
    }),
  }),
  on(
    'ListStreamingSessions',
    made => ({ createdBy: made.caller, ownedBy: made.users[artist] ?? '', sessionIds: made.sessionId }),
    { unsaid: ['sessionIds'], holds: made => ({ sessions: [{ sessionId: made.sessionId }] }) },
  ),
  on('CreateStreamingSessionStream', made => ({ ...token('stream')(made), expirationInSeconds: 600 }), {
    holds: made => ({ stream: { createdBy: made.caller, ownedBy: made.users[artist], state: 'READY' } }),
    keep: (made, { stream }) => {
      made.streamId = stream.streamId
    },
  }),
  on('GetStreamingSessionStream', made => ({ streamId: made.streamId }), {
    holds: () => ({ stream: { state: 'READY', statusCode: 'STREAM_READY' } }),
  }),
  on('StopStreamingSession', made => ({ ...token('stop')(made), volumeRetentionMode: 'RETAIN' })),
  on('ListStreamingSessionBackups', made => ({ ownedBy: made.users[artist] ?? '' }), {
    holds: made => ({ streamingSessionBackups: [{ sessionId: made.sessionId, state: 'READY' }] }),
    keep: (made, { streamingSessionBackups }) => {
      made.backupId = streamingSessionBackups[0].backupId
    },
  }),
  on('GetStreamingSessionBackup', made => ({ backupId: made.backupId }), {
    holds: made => ({ streamingSessionBackup: { sessionId: made.sessionId, launchProfileId: made.launchProfileId } }),
  }),
  on('StartStreamingSession', made => ({ ...token('start')(made), backupId: made.backupId })),
  on('GetStreamingSession', () => ({}), {
    holds: made => ({ session: { state: 'READY', startedBy: made.caller, startedFromBackupId: made.backupId } }),
  }),

  on('TagResource', made => ({ resourceArn: made.sessionArn, tags: { 'left & right': '<b>' } })),
  on('ListTagsForResource', made => ({ resourceArn: made.sessionArn }), {
    holds: () => ({ tags: { ...tags, 'left & right': '<b>' } }),
  }),
  on('UntagResource', made => ({ resourceArn: made.sessionArn, tagKeys: ['left & right', 'never there'] })),
  on('ListTagsForResource', made => ({ resourceArn: made.sessionArn }), {
    holds: () => ({ tags: { ...tags, 'left & right': undefined } }),
  }),

  on('DeleteStreamingSession', token('delete-session')),
  on('GetStreamingSession', () => ({}), { holds: () => ({ session: { state: 'DELETED' } }) }),
  on('DeleteLaunchProfileMember', made => ({ ...token('delete-member')(made), principalId: made.users[artist] ?? '' })),
  on('DeleteLaunchProfile', token('delete-profile')),
  on('GetLaunchProfile', () => ({}), { holds: () => ({ launchProfile: { state: 'DELETED' } }) }),
  on('DeleteStreamingImage', token('delete-image')),
  on('GetStreamingImage', () => ({}), { holds: () => ({ streamingImage: { state: 'DELETED' } }) }),
  ...componentTypes.flatMap((type, i) => [
    on('DeleteStudioComponent', made => ({
      ...token(`delete-${type}`)(made),
      studioComponentId: made.studioComponentIds[i] ?? '',
    })),
    on('GetStudioComponent', made => ({ studioComponentId: made.studioComponentIds[i] ?? '' }), {
      holds: () => ({ studioComponent: { state: 'DELETED' } }),
    }),
  ]),
  on('DeleteStudio', token('delete-studio')),
  on('GetStudio', () => ({}), { holds: () => ({ studio: { state: 'DELETED' } }) }),
]

/** The whole input: with the ids that its path needs. */
export const inputOf = ({ input }: RoundTrip, made: Made, members: readonly string[]): Record<string, unknown> => ({
  ...Object.fromEntries(
    Object.entries(made).filter(([name, value]) => members.includes(name) && labels.includes(name) && value !== ''),
  ),
  ...input(made),
})
