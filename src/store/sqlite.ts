/** Lets Kysely speak to Node's own SQLite: one connection, statements prepared once. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { SqliteAdapter, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'
import type { Version } from './kept-pages.ts'

const keptStatements = 500

export const openSqlite = (path: string): { dialect: SqliteDialect; version: Version } => {
  const database = connect(path)
  return { dialect: new TransactionalDialect({ database: adapt(database) }), version: versionOf(database) }
}

/**
 * In SQLite changes of the schema belong to a transaction like all others. Kysely does not count on that by itself: a
 * migration that was killed half way would be begun again on tables that it has made already, and fail for ever.
 */
class TransactionalDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter()
  }
}

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/** Rows changed by this connection, and commits of others. */
const versionOf = (database: DatabaseSync): Version => {
  const ask = database.prepare('select data_version, total_changes() from pragma_data_version')
  ask.setReturnArrays(true)
  return () => String(ask.get())
}

const connect = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path, { timeout: 5000 })
  // FULL: an answer is durable before it is sent, also when the power goes (WAL alone may lose the last commits).
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cache_size = -65536;
    PRAGMA mmap_size = 268435456;
  `)
  return database
}

const adapt = (database: DatabaseSync): SqliteDatabase => {
  const statements = new Map<string, SqliteStatement>()
  return {
    prepare(sql) {
      const known = statements.get(sql)
      if (known) return known
      if (statements.size >= keptStatements) statements.clear()
      const statement = sql === 'rollback' ? rollback(database) : adaptStatement(database.prepare(sql))
      statements.set(sql, statement)
      return statement
    },
    close: () => database.close(),
  }
}

/**
 * Where the disk is full, SQLite has undone everything by itself. Asked to do so once more, it would complain of that,
 * and the complaint would take the place of the reason.
 */
const rollback = (database: DatabaseSync): SqliteStatement => {
  const statement = adaptStatement(database.prepare('rollback'))
  const nothing = { changes: 0, lastInsertRowid: 0 }
  return { ...statement, run: parameters => (database.isTransaction ? statement.run(parameters) : nothing) }
}

/**
 * Rows come from SQLite as arrays and become objects here: its own objects are dictionaries, which cost more to make
 * and to read (a page of a hundred: 70 µs against 90 to 120).
 */
const adaptStatement = (statement: StatementSync): SqliteStatement => {
  const columns = statement.columns().map(({ name }) => name)
  statement.setReturnArrays(true)
  const toRow = (values: readonly unknown[]) => {
    const row: Record<string, unknown> = {}
    for (let i = 0; i < columns.length; i++) row[columns[i] ?? ''] = values[i]
    return row
  }
  return {
    reader: columns.length > 0,
    all: parameters => (statement.all(...(parameters as SQLInputValue[])) as unknown as unknown[][]).map(toRow),
    run: parameters => statement.run(...(parameters as SQLInputValue[])),
    *iterate(parameters) {
      for (const values of statement.iterate(...(parameters as SQLInputValue[])))
        yield toRow(values as unknown as unknown[])
    },
  }
}
