/** A studio as one has it after some years, made through the API: whatever there is to read. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '../src/contract/client.ts'
import { ownIdentityStore } from '../src/store/members.ts'

export const sessions = 1000
const profiles = 50
const images = 20
const components = 100
const componentsOfProfile = 10
const people = 50
const eulas = 5

const lookEveryMs = 10
const patienceMs = 60_000

export interface Studio {
  studioId: string
  launchProfileId: string
  streamingImageId: string
  studioComponentId: string
  /** READY, with a stream and a backup. */
  sessionId: string
  sessionArn: string
  streamId: string
  backupId: string
  /** A person who is a member of studio and profile. */
  principalId: string
  eulaId: string
}

/** What a server reads when it starts. No image has one, so that nothing has to be accepted before a session. */
export const writeEulas = (home: string): void => {
  const folder = join(home, 'eulas')
  mkdirSync(folder, { mode: 0o700 })
  for (let i = 1; i <= eulas; i++) writeFileSync(join(folder, `Program ${i}.txt`), 'You may use it.\n'.repeat(100))
}

/** `studioId`: the one of the quick start, as it is at first. */
export const makeStudio = async (client: Client, studioId: string, interrupted: AbortSignal): Promise<Studio> => {
  const made = async <Made>(count: number, make: (i: number) => Promise<Made>): Promise<Made[]> => {
    const all: Made[] = []
    for (let i = 1; i <= count; i++) all.push(await make(i))
    interrupted.throwIfAborted()
    return all
  }
  const principals = await made(people, async i => {
    const { user } = await client.createUser({ kind: 'user', userName: `artist${i}`, displayName: `Artist ${i}` })
    const principalId = user?.principalId ?? ''
    const member = { principalId, persona: 'ADMINISTRATOR' as const }
    await client.putStudioMembers({ studioId, identityStoreId: ownIdentityStore, members: [member] })
    return principalId
  })
  const streamingImageIds = await made(images, async i => {
    const { streamingImage } = await client.createStreamingImage({
      ...{ studioId, name: `Image ${i}`, description: 'Programs of a show', ec2ImageId: 'ami-host' },
    })
    return streamingImage?.streamingImageId ?? ''
  })
  const studioComponentIds = await made(components, async i => {
    const { studioComponent } = await client.createStudioComponent({
      ...{ studioId, name: `Component ${i}`, description: 'Sets up a program', type: 'CUSTOM' },
      scriptParameters: [{ key: 'SHOW', value: `show-${i % 7}` }],
      initializationScripts: (['SYSTEM_INITIALIZATION', 'USER_INITIALIZATION'] as const).map(runContext => ({
        ...{ launchProfileProtocolVersion: '2021-03-31', platform: 'LINUX', runContext },
        script: '#!/bin/sh\necho "$SHOW"\n'.repeat(20),
      })),
    })
    return studioComponent?.studioComponentId ?? ''
  })
  const [streamingImageId = '', studioComponentId = ''] = [streamingImageIds[0], studioComponentIds[0]]
  const ready = (look: () => Promise<string | undefined>) => until('READY', look, interrupted)
  await ready(async () => (await client.getStreamingImage({ studioId, streamingImageId })).streamingImage?.state)
  const launchProfileIds = await made(profiles, async i => {
    const { launchProfile } = await client.createLaunchProfile({
      ...{ studioId, name: `Profile ${i}`, description: 'For a show', ec2SubnetIds: [] },
      launchProfileProtocolVersions: ['2021-03-31'],
      studioComponentIds: studioComponentIds.slice(0, componentsOfProfile),
      streamConfiguration: {
        ...{ clipboardMode: 'ENABLED', ec2InstanceTypes: ['g5.xlarge'], streamingImageIds: [streamingImageId] },
        ...{ sessionPersistenceMode: 'ACTIVATED', automaticTerminationMode: 'DEACTIVATED' },
        sessionBackup: { mode: 'AUTOMATIC', maxBackupsToRetain: 5 },
      },
    })
    return launchProfile?.launchProfileId ?? ''
  })
  const [launchProfileId = ''] = launchProfileIds
  const members = principals.map(principalId => ({ principalId, persona: 'USER' as const }))
  for (let i = 0; i < members.length; i += membersAtOnce)
    await client.putLaunchProfileMembers({
      ...{ studioId, launchProfileId, identityStoreId: ownIdentityStore, members: members.slice(i, i + membersAtOnce) },
    })
  await ready(async () => (await client.getLaunchProfile({ studioId, launchProfileId })).launchProfile?.state)

  const { session } = await client.createStreamingSession({ studioId, launchProfileId })
  const one = { studioId, sessionId: session?.sessionId ?? '' }
  const state = async () => (await client.getStreamingSession(one)).session?.state
  await ready(state)
  await client.stopStreamingSession(one)
  await until('STOPPED', state, interrupted)
  await client.startStreamingSession(one)
  await ready(state)
  const { stream } = await client.createStreamingSessionStream({ ...one, expirationInSeconds: 3600 })
  const { streamingSessionBackups: [backup] = [] } = await client.listStreamingSessionBackups({ studioId })
  const { eulas: [eula] = [] } = await client.listEulas({})
  await client.acceptEulas({ studioId, eulaIds: [eula?.eulaId ?? ''] })
  return {
    ...{ ...one, launchProfileId, streamingImageId, studioComponentId, sessionArn: session?.arn ?? '' },
    ...{ streamId: stream?.streamId ?? '', backupId: backup?.backupId ?? '' },
    ...{ principalId: principals[0] ?? '', eulaId: eula?.eulaId ?? '' },
  }
}

/** As many as the contract takes in one call. */
const membersAtOnce = 20

const until = async (wanted: string, look: () => Promise<string | undefined>, interrupted: AbortSignal) => {
  const end = performance.now() + patienceMs
  for (;;) {
    const state = await look()
    if (state === wanted) return
    if (state?.endsWith('FAILED')) throw new Error(`it is ${state}, not ${wanted}`)
    if (performance.now() > end) throw new Error(`waited in vain until it is ${wanted}`)
    interrupted.throwIfAborted()
    await pause(lookEveryMs)
  }
}
