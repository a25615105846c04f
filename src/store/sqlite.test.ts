import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { sql } from 'kysely'
import { openDatabase } from './database.ts'

it('a change is on the disk before it is answered', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const db = await openDatabase(join(folder, 'atelier.db'))
  t.after(() => db.destroy())
  const setting = async (name: string) =>
    Object.values((await sql`PRAGMA ${sql.raw(name)}`.execute(db)).rows[0] as Record<string, unknown>)[0]
  const full = 2
  assert.equal(await setting('synchronous'), full)
  assert.equal(await setting('journal_mode'), 'wal')
})
