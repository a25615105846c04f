import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createTestStudio, persistent, read, settings, settle, silent } from '../../test/studio.ts'
import { DriverError } from '../compute/driver.ts'
import { createStreamingSession } from '../operations/streaming-sessions.ts'
import { resourceById } from '../store/resources.ts'
import { makeBackup } from './backup-steps.ts'
import { Failure } from './transition.ts'

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
