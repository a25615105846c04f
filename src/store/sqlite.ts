/** Lets Kysely speak to Node's own SQLite: one connection, statements prepared once. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'

const keptStatements = 500

export const openSqlite = (path: string): SqliteDialect => new SqliteDialect({ database: adapt(connect(path)) })

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
      const statement = adaptStatement(database.prepare(sql))
      statements.set(sql, statement)
      return statement
    },
    close: () => database.close(),
  }
}

const adaptStatement = (statement: StatementSync): SqliteStatement => ({
  reader: statement.columns().length > 0,
  all: parameters => statement.all(...(parameters as SQLInputValue[])),
  run: parameters => statement.run(...(parameters as SQLInputValue[])),
  iterate: parameters => statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
})
