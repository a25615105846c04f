/** Values with every member set that the contract has, and with characters that are lost where something is careless. */
import type { StudioComponentConfiguration, StudioComponentType } from '../../src/contract/types.ts'

export const role = (name: string) => `arn:aws:iam::000000000000:role/${name}`
export const tags = { show: 'Ödland', 'cost center': 'a/b=c+d @ 7' }

const configurations: Record<StudioComponentType, StudioComponentConfiguration | undefined> = {
  ACTIVE_DIRECTORY: {
    activeDirectoryConfiguration: {
      computerAttributes: [{ name: 'location', value: 'Wien' }],
      directoryId: 'd-1234567890',
      organizationalUnitDistinguishedName: 'OU=Artists,DC=studio,DC=example',
    },
  },
  COMPUTE_FARM: { computeFarmConfiguration: { activeDirectoryUser: 'farm', endpoint: 'farm.example:17000' } },
  LICENSE_SERVICE: { licenseServiceConfiguration: { endpoint: '5053@licenses.example' } },
  SHARED_FILE_SYSTEM: {
    sharedFileSystemConfiguration: {
      endpoint: 'files.example',
      fileSystemId: 'fs-1',
      linuxMountPoint: '/mnt/show',
      shareName: 'show',
      windowsMountDrive: 'Z',
    },
  },
  CUSTOM: undefined,
}
export const componentTypes = Object.keys(configurations) as StudioComponentType[]

export const component = (type: StudioComponentType, name: string) => ({
  name,
  description: `${name}, "quoted" & <marked>\nin two lines`,
  type,
  subtype: 'CUSTOM',
  ...(configurations[type] ? { configuration: configurations[type] } : {}),
  ec2SecurityGroupIds: ['sg-1', 'sg-2'],
  initializationScripts: [
    {
      launchProfileProtocolVersion: '2021-03-31',
      platform: 'LINUX',
      runContext: 'SYSTEM_INITIALIZATION',
      script: '#!/bin/sh\necho "$SHOW" \'ö\' \\ %s\n',
    },
    {
      launchProfileProtocolVersion: '2021-03-31',
      platform: 'LINUX',
      runContext: 'USER_INITIALIZATION',
      script: 'true',
    },
  ],
  runtimeRoleArn: role('runtime'),
  secureInitializationRoleArn: role('secure'),
  scriptParameters: [{ key: 'SHOW', value: 'odland' }],
})

export const streamConfiguration = (streamingImageId: string, clipboardMode: 'ENABLED' | 'DISABLED') => ({
  automaticTerminationMode: 'ACTIVATED',
  clipboardMode,
  ec2InstanceTypes: ['g5.xlarge', 'local.small'],
  maxSessionLengthInMinutes: 690,
  maxStoppedSessionLengthInMinutes: 5760,
  sessionBackup: { maxBackupsToRetain: 2, mode: 'AUTOMATIC' },
  sessionPersistenceMode: 'ACTIVATED',
  sessionStorage: {
    mode: ['UPLOAD'],
    root: { linux: '$HOME/Downloads', windows: '%HOMEPATH%\\Downloads' },
  },
  streamingImageIds: [streamingImageId],
  volumeConfiguration: { iops: 4000, size: 120, throughput: 250 },
})
