import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Kysely, sql } from 'kysely'
import { createTestStudio } from '../../../test/studio.ts'
import { reserved } from './0008-reserved.ts'

it('sessions of an older database that may have a machine keep their room on the host', async () => {
  const studio = await createTestStudio()
  try {
    const { id } = await studio.session()
    await sql`drop index "sessionReserved"`.execute(studio.db)
    await sql`alter table session drop column reserved`.execute(studio.db)
    const cases = [
      ['READY', null, 0, 1],
      ['CREATE_IN_PROGRESS', 'capacity', 0, 0],
      ['CREATE_IN_PROGRESS', 'machine', 0, 1],
      ['CREATE_IN_PROGRESS', 'halt', 1, 0],
      ['STOPPED', null, 0, 0],
    ] as const
    for (const [state, step, givenUp, expected] of cases) {
      await studio.db.updateTable('session').set({ state, step, givenUp }).where('id', '=', id).execute()
      await reserved.up(studio.db as unknown as Kysely<unknown>)
      assert.equal((await studio.row(id)).reserved, expected, `${state} ${step}`)
      await sql`drop index "sessionReserved"`.execute(studio.db)
      await sql`alter table session drop column reserved`.execute(studio.db)
    }
  } finally {
    await studio.close()
  }
})
