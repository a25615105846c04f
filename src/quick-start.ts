/**
 * What a new installation begins with: a studio with one launch profile that works on this very machine. It is made
 * through the API, as a script would make it. Every call carries a client token, so that one that a crash cut off is
 * finished at the next start and nothing is made twice.
 */
import type { Client } from './contract/client.ts'
import type { StreamingInstanceType } from './contract/types.ts'

const studioName = 'atelier'

/** Atelier's own instance types; the contract's type knows only the cloud's. */
const instanceTypes = ['local.medium', 'local.small', 'local.large'] as string[] as StreamingInstanceType[]

/** States of a studio that exists, or will. */
const usable = ['CREATE_IN_PROGRESS', 'READY', 'UPDATE_IN_PROGRESS']

/** A studio whose workstations run this machine's own programs: nothing has to be built first. */
export const makeFirstStudio = async (client: Client, accountId: string): Promise<void> => {
  const { studios } = await client.listStudios({})
  if (studios.some(studio => studio.studioName !== studioName || !usable.includes(studio.state ?? ''))) return
  const role = `arn:aws:iam::${accountId}:role/atelier`
  const studioId = required(
    studios[0]?.studioId ??
      (
        await client.createStudio({
          clientToken: 'quick-start-studio',
          studioName,
          displayName: 'My studio',
          adminRoleArn: role,
          userRoleArn: role,
        })
      ).studio?.studioId,
  )
  const { launchProfiles = [] } = await client.listLaunchProfiles({ studioId })
  if (launchProfiles.length > 0) return
  const { studioComponent } = await client.createStudioComponent({
    clientToken: 'quick-start-component',
    studioId,
    name: 'Workstation',
    description: 'What every workstation of the quick start has',
    type: 'CUSTOM',
  })
  const { streamingImage } = await client.createStreamingImage({
    clientToken: 'quick-start-image',
    studioId,
    name: 'This machine',
    description: 'The programs installed on this machine, read-only',
    ec2ImageId: 'ami-host',
  })
  const streamingImageId = required(streamingImage?.streamingImageId)
  await untilReady(async () => (await client.getStreamingImage({ studioId, streamingImageId })).streamingImage?.state)
  await client.createLaunchProfile({
    clientToken: 'quick-start-profile',
    studioId,
    name: 'Linux workstation',
    description: 'A desktop with the programs of this machine and a volume of its own',
    ec2SubnetIds: [],
    launchProfileProtocolVersions: ['2021-03-31'],
    studioComponentIds: [required(studioComponent?.studioComponentId)],
    streamConfiguration: {
      clipboardMode: 'ENABLED',
      ec2InstanceTypes: instanceTypes,
      streamingImageIds: [streamingImageId],
      sessionPersistenceMode: 'ACTIVATED',
      automaticTerminationMode: 'DEACTIVATED',
      sessionBackup: { mode: 'AUTOMATIC', maxBackupsToRetain: 3 },
    },
  })
}

const patienceMs = 30_000
const pauseMs = 20

const untilReady = async (state: () => Promise<string | undefined>): Promise<void> => {
  const end = Date.now() + patienceMs
  while ((await state()) !== 'READY') {
    if (Date.now() > end) throw new Error('the quick start waits in vain: see the log of the server')
    await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
}

const required = (id: string | undefined): string => {
  if (id === undefined) throw new Error('the API answered without an id')
  return id
}
