import { Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { keepPages } from './kept-pages.ts'
import { first } from './migrations/0001-first.ts'
import { eulas } from './migrations/0003-eulas.ts'
import { access } from './migrations/0004-access.ts'
import { resourceLives } from './migrations/0005-resource-lives.ts'
import { runningBackups } from './migrations/0006-running-backups.ts'
import { time } from './migrations/0007-time.ts'
import { reserved } from './migrations/0008-reserved.ts'
import { sessionLogs } from './migrations/0009-session-logs.ts'
import { backupCopies } from './migrations/0016-backup-copies.ts'
import { sessionStatistics } from './migrations/0017-session-statistics.ts'
import { views } from './migrations/0018-views.ts'
import type { Schema } from './schema.ts'
import { openSqlite } from './sqlite.ts'

/** The database, or a transaction on it. Inside a transaction only the transaction may be used. */
export type Db = Kysely<Schema>

/** In order of their names. Released ones are never edited. */
const migrations: Record<string, Migration> = {
  '0001-first': first,
  '0004-access': access,
  '0003-eulas': eulas,
  '0005-resource-lives': resourceLives,
  '0006-running-backups': runningBackups,
  '0007-time': time,
  '0008-reserved': reserved,
  '0009-session-logs': sessionLogs,
  '0016-backup-copies': backupCopies,
  '0017-session-statistics': sessionStatistics,
  '0018-views': views,
}

/** Opens the database and brings its schema up to date. `path` is a file, or `:memory:`. */
export const openDatabase = async (path: string): Promise<Db> => {
  const { dialect, version } = openSqlite(path)
  const db = new Kysely<Schema>({ dialect })
  keepPages(db, version)
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (!error) return db
  await db.destroy()
  throw new Error(
    `cannot bring the database ${path} up to date; if a newer Atelier has used it, start that version again`,
    { cause: error },
  )
}
