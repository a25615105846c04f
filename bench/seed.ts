/** Sessions as a studio has them after a long time. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { newId } from '../src/contract/ids.ts'
import { views } from '../src/store/views.ts'

const owners = 20

/** Principal ids look like this. */
export const owner = (number: number) => `owner${String(number % owners).padStart(17, '0')}`

const minute = 60_000
/** Rows between two looks at whether somebody wants it to end. */
const pauseEvery = 10_000

/**
 * So many sessions of each studio, STOPPED, a minute between them, in a database that a server has made. One prepared
 * statement writes them: the store's own way would take four times as long, for the same rows.
 */
export const seedSessions = async (
  file: string,
  counts: Readonly<Record<string, number>>,
  interrupted: AbortSignal,
): Promise<void> => {
  using database = new DatabaseSync(file)
  const profile = { launchProfileId: newId(Date.now()), streamingImageId: newId(Date.now()) }
  database.exec('BEGIN')
  for (const [studioId, count] of Object.entries(counts)) {
    const columns = Object.keys(session(studioId, 0, 0, profile))
    const insert = database.prepare(
      `INSERT INTO session (${columns.map(name => `"${name}"`)}, view) VALUES (${columns.map(() => '?')}, ?)`,
    )
    for (let i = 0; i < count; i++) {
      if (i % pauseEvery === 0) {
        await setImmediate()
        interrupted.throwIfAborted()
      }
      const row = session(studioId, i, Date.now() - (count - i) * minute, profile)
      insert.run(...(Object.values(row) as SQLInputValue[]), views.session(row as never))
    }
  }
  database.exec('COMMIT')
}

const session = (studioId: string, i: number, createdAt: number, profile: Record<string, string>) => {
  const id = newId(createdAt)
  return {
    id,
    arn: `arn:aws:nimble:us-west-2:000000000000:streaming-session/${id}`,
    ...{ studioId, ...profile, ec2ImageId: 'ami-host', instanceType: 'local.medium' },
    ...{ state: 'STOPPED', statusCode: 'STREAMING_SESSION_STOPPED' },
    ...{ ownedBy: owner(i), createdBy: owner(i), updatedBy: owner(i), startedBy: owner(i), stoppedBy: owner(i) },
    ...{ createdAt, startedAt: createdAt, stoppedAt: createdAt + minute, updatedAt: createdAt + minute },
    ...{ vcpus: 2, memoryMiB: 4096, gpus: 0, clipboardMode: 'ENABLED' },
    ...{ sessionPersistenceMode: 'ACTIVATED', automaticTerminationMode: 'DEACTIVATED' },
    ...{ backupMode: 'AUTOMATIC', maxBackupsToRetain: 3, maxSessionMs: 690 * minute, maxStoppedMs: 0 },
    ...{ volumeSizeGiB: 500, volumeIops: 3000, volumeThroughputMiBs: 125, volumeRetentionMode: 'RETAIN' },
    tags: JSON.stringify({ project: `show-${i % 7}` }),
  }
}
