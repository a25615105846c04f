import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createTestStudio, persistent, read, settings, settle, silent } from '../../test/studio.ts'
import { until } from '../../test/until.ts'
import { DriverError } from '../compute/driver.ts'
import type { Repository } from '../compute/repository/repository.ts'
import { restoreBackupCopy } from '../operations/backup-copies.ts'
import { createStreamingSession } from '../operations/streaming-sessions.ts'
import { resourceById } from '../store/resources.ts'
import { backupNoun, makeBackup } from './backup-steps.ts'
import { ask, Failure } from './transition.ts'

it('the backup of a stop that was given up is not taken for one when the stop goes on after a crash', async () => {
  const studio = await createTestStudio()
  try {
    const { db, driver, clock, studioId } = studio
    const launchProfileId = await studio.profile(persistent)
    const { session } = await createStreamingSession(studio.call(), { studioId, launchProfileId })
    await settle(studio)
    const row = await resourceById(db, 'session', read(session)?.sessionId ?? '')
    assert.ok(row)
    const context = { db, driver, now: clock.now(), settings, log: silent }
    const failing = {
      ...driver,
      ensureBackup: async () => {
        throw new DriverError('INTERNAL_ERROR', 'the disk has failed')
      },
    }
    await assert.rejects(makeBackup({ ...context, driver: failing }, row), DriverError)
    // The server was killed before the session took note of that.
    await assert.rejects(makeBackup(context, row), Failure)
  } finally {
    await studio.close()
  }
})

it('a restore ends when its backup is deleted, which waits for nothing else', async () => {
  const studio = await createTestStudio()
  try {
    const { db, clock, studioId } = studio
    const begun = Promise.withResolvers<void>()
    let isEnded = false
    const endless = {
      list: async () => [{ id: 'abcdef01', time: new Date(), tags: {} }],
      restore: (_snapshot: string, _folder: string, signal?: AbortSignal) =>
        new Promise<void>((_, reject) => {
          signal?.addEventListener('abort', () => {
            isEnded = true
            reject(signal.reason)
          })
          begun.resolve()
        }),
    } as Partial<Repository> as Repository
    await studio.reconciler({ repository: endless })
    const call = studio.call()
    const asked = { studioId, snapshotId: 'abcdef01', ownedBy: call.caller.principalId }
    const { streamingSessionBackup } = await restoreBackupCopy(call, asked)
    const id = read(streamingSessionBackup)?.backupId ?? ''
    await begun.promise
    const row = await resourceById(db, 'backup', id)
    assert.ok(row)
    await ask(db, backupNoun, row, 'delete', { now: clock.now(), by: 'test', limits: settings.limits })
    await until('it is gone', async () => (await resourceById(db, 'backup', id))?.state === 'DELETED')
    assert.ok(isEnded)
  } finally {
    await studio.close()
  }
})
