/**
 * Keeps copies of the backups away from this host. Each round looks at the rows: a READY backup without a copy is copied,
 * the copy of a backup that is no more is forgotten. Copies are made one at a time and beside everything else: a
 * repository that cannot be reached costs sessions and backups nothing, and is tried again for as long as it takes.
 */
import type { Logger } from 'pino'
import { type Driver, DriverError } from '../compute/driver.ts'
import type { Repository } from '../compute/repository/repository.ts'
import { RepositoryError } from '../compute/repository/runner.ts'
import {
  type BackupCopyRow,
  backupWithNames,
  changeCopies,
  copiesDue,
  copiesToForget,
  copyAgainFrom,
  dropCopies,
  dropForgotten,
  firstForgotten,
  newestSnapshot,
  noteBackupsToCopy,
} from '../store/backup-copies.ts'
import type { Db } from '../store/database.ts'
import { tagsOf } from './copy-tags.ts'
import { createRounds, type Rounds } from './rounds.ts'

export interface CopiesOptions {
  db: Db
  driver: Driver
  repository: Repository
  now: () => number
  log: Logger
  everyMs?: number
  /** How long the space of what was forgotten may stay taken; to give it back is work for the repository's disk. */
  pruneAfterMs?: number
}

const minute = 60_000

/** The repository is closed first, which ends a copy that is being made. */
export const createCopies = (options: CopiesOptions): Rounds => {
  const { everyMs = 5000, log } = options
  const round = (isClosed: () => boolean) =>
    copyAndForget(options, isClosed).catch(error => {
      if (!isClosed()) throw error
    })
  return createRounds(round, { everyMs, log, failed: 'backups could not be copied; it is tried again' })
}

const copyAndForget = async (options: CopiesOptions, isClosed: () => boolean): Promise<void> => {
  const { db, repository, now, log, pruneAfterMs = 24 * 60 * minute } = options
  await noteBackupsToCopy(db, now())
  const due = await copiesDue(db, now())
  const gone = await copiesToForget(db, now())
  const forgottenAt = await firstForgotten(db, now())
  const toPrune = forgottenAt !== undefined && forgottenAt <= now() - pruneAfterMs
  if (due.length === 0 && gone.length === 0 && !toPrune) return

  const postpone = async (rows: readonly BackupCopyRow[], error: unknown) => {
    if (isClosed()) return
    log.warn({ err: error, repository: repository.location }, 'the repository failed; it is tried again')
    const ids = rows.map(row => row.backupId)
    await changeCopies(db, ids, { dueAt: now() + minute, failure: explain(error) })
  }

  let repositoryId: string
  try {
    repositoryId = await repository.identify()
  } catch (error) {
    return await postpone([...due, ...gone], error)
  }
  await copyAgainFrom(db, repositoryId, now())

  for (const row of due) {
    if (isClosed()) return
    await copy(options, repositoryId, row).catch(async error => {
      if (isClosed()) return
      log.warn({ err: error, backup: row.backupId, attempts: row.attempts + 1 }, 'a backup could not be copied')
      const dueAt = now() + Math.min(60, 2 ** row.attempts) * minute
      await changeCopies(db, [row.backupId], { dueAt, failure: explain(error) })
    })
  }
  if (!isClosed()) await forget(options, gone).catch(error => postpone(gone, error))
  if (toPrune && !isClosed()) await prune(options).catch(error => postpone([], error))
}

const copy = async (
  { db, driver, repository, now, log }: CopiesOptions,
  repositoryId: string,
  { backupId, attempts }: BackupCopyRow,
): Promise<void> => {
  const about = await backupWithNames(db, backupId)
  if (!about) return
  await changeCopies(db, [backupId], { attempts: attempts + 1 })
  // Somebody may have removed the snapshot that the first attempt was to build on.
  const parent = attempts === 0 ? await newestSnapshot(db, about.sessionId) : undefined
  const { snapshotId, bytes, addedBytes } = await driver.readBackup(backupId, folder =>
    repository.save(folder, { tags: tagsOf(about), time: new Date(about.createdAt), parent }),
  )
  await changeCopies(db, [backupId], { repositoryId, snapshotId, bytes, copiedAt: now(), failure: null })
  log.info({ backup: backupId, bytes, addedBytes }, 'a backup was copied')
}

/** All snapshots of those backups, those of attempts that were cut off among them. */
const forget = async ({ db, repository, now }: CopiesOptions, gone: readonly BackupCopyRow[]): Promise<void> => {
  const ids = new Set(gone.filter(row => row.attempts > 0).map(row => row.backupId))
  await dropCopies(
    db,
    gone.flatMap(row => (row.attempts === 0 ? [row.backupId] : [])),
  )
  if (ids.size === 0) return
  const snapshots = await repository.list()
  await repository.forget(snapshots.flatMap(({ id, tags }) => (ids.has(tags.backup ?? '') ? [id] : [])))
  await changeCopies(db, [...ids], { forgottenAt: now(), failure: null })
}

const prune = async ({ db, repository, now, log }: CopiesOptions): Promise<void> => {
  const began = now()
  await repository.prune()
  await dropForgotten(db, began)
  log.info({ repository: repository.location }, 'the space of forgotten copies was given back')
}

const explain = (error: unknown): string =>
  error instanceof RepositoryError || error instanceof DriverError
    ? error.message
    : "It failed for a reason that Atelier did not expect; the server's log tells more."
