import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTestStudio, read, settle, type TestStudio } from '../../test/studio.ts'
import { createStreamingSession } from '../operations/streaming-sessions.ts'
import type { Row } from '../store/resources.ts'
import { sessionNoun } from './session-steps.ts'
import { ask } from './transition.ts'

/** A host with memory for three workstations of the type local.small. */
const roomForThree = { capacity: { gpus: 0, memoryMiB: 3 * 1024 } }

const create = async (studio: TestStudio, launchProfileId: string, type = 'local.small'): Promise<string> => {
  const { session } = await createStreamingSession(studio.call(), {
    studioId: studio.studioId,
    launchProfileId,
    ec2InstanceType: type as never,
  })
  return read(session).sessionId ?? ''
}

const states = async (studio: TestStudio, ids: readonly string[]): Promise<Record<string, number>> => {
  const rows = await Promise.all(ids.map(studio.row))
  return Object.fromEntries([...Map.groupBy(rows, row => row.state)].map(([state, all]) => [state, all.length]))
}

const types = { ec2InstanceTypes: ['local.small', 'local.medium'] as never[] }

describe('room on the host', () => {
  const withStudio = (work: (studio: TestStudio) => Promise<void>) => async () => {
    const studio = await createTestStudio({ driver: roomForThree })
    await work(studio).finally(studio.close)
  }

  it(
    'is given to exactly as many sessions as fit, of twenty asked for at once',
    withStudio(async studio => {
      const profile = await studio.profile()
      const ids = await Promise.all(Array.from({ length: 20 }, () => create(studio, profile)))
      const reconcilers = await Promise.all([1, 2].map(() => studio.reconciler({ workers: 20 })))
      for (const reconciler of reconcilers) await reconciler.settle()
      assert.deepEqual(await states(studio, ids), { READY: 3, CREATE_FAILED: 17 })
      for (const row of await Promise.all(ids.map(studio.row)))
        if (row.state === 'CREATE_FAILED')
          assert.match(row.statusMessage ?? '', /asks for 1 vCPU, 1024 MiB .*; free are \d+ vCPU, 0 MiB of memory/)
    }),
  )

  it(
    'is not kept from the small by a large one that found none',
    withStudio(async studio => {
      const profile = await studio.profile({ ...types })
      const large = await create(studio, profile, 'local.medium')
      const small = await create(studio, profile)
      await settle(studio)
      assert.equal((await studio.row(large)).state, 'CREATE_FAILED')
      assert.equal((await studio.row(small)).state, 'READY')
    }),
  )

  it(
    'is free again when a session is stopped or deleted, and asked for anew by a start',
    withStudio(async studio => {
      const verb = async (id: string, name: 'start' | 'stop' | 'delete'): Promise<Row<'session'>> => {
        const moment = { now: studio.clock.now(), by: 'theAccount', limits: studio.installation.limits }
        await ask(studio.db, sessionNoun, await studio.row(id), name, moment)
        await settle(studio)
        return studio.row(id)
      }
      const profile = await studio.profile()
      const ids: string[] = []
      for (const _ of [1, 2, 3]) ids.push(await create(studio, profile))
      await settle(studio)
      const [first = '', second = ''] = ids
      assert.equal((await verb(first, 'stop')).reserved, 0)
      const fourth = await create(studio, profile)
      await settle(studio)
      assert.equal((await studio.row(fourth)).state, 'READY')
      const refused = await verb(first, 'start')
      assert.equal(refused.state, 'START_FAILED')
      assert.equal(refused.statusCode, 'INSUFFICIENT_CAPACITY')
      await verb(second, 'delete')
      assert.equal((await verb(first, 'start')).state, 'READY')
    }),
  )
})
