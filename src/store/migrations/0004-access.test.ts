import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Kysely } from 'kysely'
import type { Schema } from '../schema.ts'
import { openSqlite } from '../sqlite.ts'
import { first } from './0001-first.ts'
import { access } from './0004-access.ts'

it('an account of an older database may do what it could, by a policy; a person gets none', async () => {
  const db = new Kysely<Schema>({ dialect: openSqlite(':memory:').dialect })
  const bare = db as unknown as Kysely<unknown>
  try {
    await first.up(bare)
    for (const kind of ['account', 'user'] as const)
      await db
        .insertInto('principal')
        .values({ id: kind, kind, userName: kind, displayName: kind, passwordHash: null, createdAt: 1 })
        .execute()
    await access.up(bare)
    assert.deepEqual(
      (await db.selectFrom('policyAttachment').selectAll().execute()).map(row => ({ ...row })),
      [{ principalId: 'account', policyName: 'AdministratorAccess' }],
    )
  } finally {
    await db.destroy()
  }
})
