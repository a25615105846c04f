/** Sessions as a studio has them after a long time, written through the store. */
import { newId } from '../src/contract/ids.ts'
import { openDatabase } from '../src/store/database.ts'
import { insertResource } from '../src/store/resources.ts'

const owners = 20

/** Principal ids look like this. */
export const owner = (number: number) => `owner${String(number % owners).padStart(17, '0')}`

const minute = 60_000

/** So many sessions of each studio, STOPPED, a minute between them. */
export const seedSessions = async (file: string, counts: Readonly<Record<string, number>>): Promise<void> => {
  const db = await openDatabase(file)
  const launchProfileId = newId(Date.now())
  const streamingImageId = newId(Date.now())
  await db.transaction().execute(async transaction => {
    for (const [studioId, count] of Object.entries(counts))
      for (let i = 0; i < count; i++) {
        const createdAt = Date.now() - (count - i) * minute
        const id = newId(createdAt)
        await insertResource(transaction, 'session', {
          id,
          arn: `arn:aws:nimble:us-west-2:000000000000:streaming-session/${id}`,
          ...{ studioId, launchProfileId, streamingImageId, ec2ImageId: 'ami-host', instanceType: 'local.medium' },
          ...{ state: 'STOPPED', statusCode: 'STREAMING_SESSION_STOPPED', statusMessage: null },
          ...{ ownedBy: owner(i), createdBy: owner(i), updatedBy: owner(i), startedBy: owner(i), stoppedBy: owner(i) },
          ...{ createdAt, startedAt: createdAt, stoppedAt: createdAt + minute, updatedAt: createdAt + minute },
          ...{ vcpus: 2, memoryMiB: 4096, gpus: 0, clipboardMode: 'ENABLED' },
          ...{ sessionPersistenceMode: 'ACTIVATED', automaticTerminationMode: 'DEACTIVATED' },
          ...{ backupMode: 'AUTOMATIC', maxBackupsToRetain: 3, maxSessionMs: 690 * minute, maxStoppedMs: 0 },
          ...{ volumeSizeGiB: 500, volumeIops: 3000, volumeThroughputMiBs: 125, volumeRetentionMode: 'RETAIN' },
          ...{ stopAt: null, terminateAt: null, startedFromBackupId: null, restoreFrom: null },
          ...{ step: null, dueAt: null, deadline: null, tags: JSON.stringify({ project: `show-${i % 7}` }) },
        } as Parameters<typeof insertResource<'session'>>[2])
      }
  })
  await db.destroy()
}
