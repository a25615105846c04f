import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Kysely, sql } from 'kysely'
import type { Schema } from '../schema.ts'
import { openSqlite } from '../sqlite.ts'
import { first } from './0001-first.ts'
import { runningBackups } from './0006-running-backups.ts'

/** A row with what is given, and with something in every other column that has to have a value. */
const insert = async (db: Kysely<unknown>, table: string, given: Record<string, string | number | null>) => {
  const columns = sql<{ name: string; type: string; required: number }>`
    select name, type, "notnull" and dflt_value is null as required from pragma_table_info(${table})`
  const row: Record<string, string | number | null> = {}
  for (const { name, type, required } of (await columns.execute(db)).rows)
    if (required) row[name] = type === 'text' ? '' : 0
  const values = Object.entries({ ...row, ...given })
  const names = sql.join(values.map(([name]) => sql.id(name)))
  await sql`insert into ${sql.table(table)} (${names}) values (${sql.join(values.map(([, value]) => value))})`.execute(
    db,
  )
}

it('sessions that run at the upgrade are backed up one after the other', async () => {
  const db = new Kysely<Schema>({ dialect: openSqlite(':memory:').dialect })
  const bare = db as unknown as Kysely<unknown>
  try {
    await first.up(bare)
    const soon = Date.now() + 1000
    await insert(bare, 'studio', { id: 's' })
    for (const [id, state, maxBackupsToRetain, dueAt] of [
      ['a', 'READY', 2, null],
      ['b', 'READY', 2, soon],
      ['c', 'READY', 0, null],
      ['d', 'STOPPED', 2, null],
      ['e', 'READY', 2, null],
    ] as const) {
      const policy = { sessionPersistenceMode: 'ACTIVATED', backupMode: 'AUTOMATIC', maxBackupsToRetain }
      await insert(bare, 'session', { id, studioId: 's', state, dueAt, ...policy })
    }
    await runningBackups.up(bare)
    const rows = await db.selectFrom('session').select(['id', 'backupAt', 'dueAt']).orderBy('id').execute()
    const [a, b, c, d, e] = rows
    assert.ok(a?.backupAt && b?.backupAt && e?.backupAt)
    assert.ok(a.backupAt < b.backupAt && b.backupAt < e.backupAt && e.backupAt <= Date.now() + 4 * 3_600_000)
    assert.deepEqual([a.dueAt, b.dueAt, e.dueAt], [a.backupAt, soon, e.backupAt])
    assert.deepEqual([c?.backupAt, c?.dueAt, d?.backupAt, d?.dueAt], [null, null, null, null])
  } finally {
    await db.destroy()
  }
})
