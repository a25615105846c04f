import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createTestStudio, persistent, read, settle } from '../../test/studio.ts'
import type { VolumeOptions } from '../compute/driver.ts'
import { updateLaunchProfile } from './launch-profiles.ts'
import { createStreamingSession, getStreamingSession } from './streaming-sessions.ts'

it('a session keeps the volume configuration that its launch profile had when it was created', async () => {
  const studio = await createTestStudio()
  try {
    const { studioId } = studio
    const volumeConfiguration = { size: 200, iops: 4000, throughput: 250 }
    const launchProfileId = await studio.profile({ ...persistent, volumeConfiguration })
    const asked: VolumeOptions[] = []
    const driver = {
      ...studio.driver,
      ensureVolume: (id: string, options: VolumeOptions) => {
        asked.push(options)
        return studio.driver.ensureVolume(id, options)
      },
    }
    const create = async () => {
      const { session } = await createStreamingSession(studio.call(), { studioId, launchProfileId })
      const reconciler = await studio.reconciler({ driver })
      await reconciler.settle()
      await reconciler.close()
      return read(session).sessionId ?? ''
    }
    const first = await create()
    await updateLaunchProfile(studio.call(), {
      studioId,
      launchProfileId,
      streamConfiguration: {
        ...{ clipboardMode: 'ENABLED', ec2InstanceTypes: ['local.small'] as never[] },
        streamingImageIds: [studio.streamingImageId],
        ...persistent,
        volumeConfiguration: { size: 100 },
      },
    })
    await settle(studio)
    const second = await create()
    const shown = async (sessionId: string) =>
      read((await getStreamingSession(studio.call(), { studioId, sessionId })).session)?.volumeConfiguration
    assert.deepEqual(await shown(first), volumeConfiguration)
    assert.deepEqual(await shown(second), { size: 100, iops: 3000, throughput: 125 })
    const limits = asked.map(({ sizeGiB, iops, throughputMiBs }) => ({ sizeGiB, iops, throughputMiBs }))
    assert.deepEqual(limits, [
      { sizeGiB: 200, iops: 4000, throughputMiBs: 250 },
      { sizeGiB: 100, iops: 3000, throughputMiBs: 125 },
    ])
  } finally {
    await studio.close()
  }
})
