import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { it } from 'node:test'
import { openDatabase } from '../database.ts'

/** The tables, columns and indexes that there are, as SQLite writes them down. */
const schemaOf = (path: string): unknown[] => {
  const database = new DatabaseSync(path)
  try {
    return database.prepare('select type, name, sql from sqlite_schema order by type, name').all()
  } finally {
    database.close()
  }
}

it('a server that is killed while it brings the schema up to date leaves what the next start finishes', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-migrations-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'atelier.db')

  // What a kill leaves behind is the files as they are at that moment.
  const kills: string[] = []
  let statements = 0
  const { prepare } = DatabaseSync.prototype
  t.mock.method(DatabaseSync.prototype, 'prepare', function (this: DatabaseSync, text: string): StatementSync {
    statements += 1
    if (statements % 10 === 0) {
      const copy = join(folder, `killed-${statements}.db`)
      for (const end of ['', '-wal', '-shm']) if (existsSync(path + end)) copyFileSync(path + end, copy + end)
      kills.push(copy)
    }
    return prepare.call(this, text)
  })
  await (await openDatabase(path)).destroy()
  t.mock.reset()

  assert.ok(kills.length > 5, `${statements} statements`)
  const whole = schemaOf(path)
  for (const copy of kills) {
    await (await openDatabase(copy)).destroy()
    assert.deepEqual(schemaOf(copy), whole, copy)
  }
})
