import { createHash } from 'node:crypto'
import { DriverError } from '../compute/driver.ts'
import { RepositoryError } from '../compute/repository/runner.ts'
import { idFrom } from '../contract/ids.ts'
import { type BackupRow, readyBackups } from '../store/backups.ts'
import { changeAny, changeResource, insertResource, type Row, resourceById } from '../store/resources.ts'
import type { SessionRow } from '../store/sessions.ts'
import { type BackupStep, type BackupVerb, backup, backupProgress, backupStatusCodes } from './backup.ts'
import { sizeGiBOf } from './copy-tags.ts'
import type { Limits } from './lifecycle.ts'
import { type AnyNoun, ask, enter, Failure, giveUp, type Moment, type Noun, type StepContext } from './transition.ts'
import { volumeOf } from './volume.ts'

export const backupNoun: Noun<Row<'backup'>, BackupVerb, BackupStep> = {
  table: 'backup',
  life: backup,
  statusCodes: backupStatusCodes,
  progress: backupProgress,
  timekeeper: () => 'system:backupRetention',
  entering: (_row, state, { now }) => (state === 'READY' ? { pruneAt: now } : {}),
  steps: {
    async copy(context, row) {
      if (row.restoredFrom !== null) return await receive(context, row.id, row.restoredFrom)
      const { db, driver } = context
      const session = await resourceById(db, 'session', row.sessionId)
      if (session?.state !== 'READY')
        throw new Failure(
          'INTERNAL_ERROR',
          'The session ended before this backup was made. What it held then is in the backup of its stop.',
        )
      await driver.ensureBackup(row.id, volumeOf(session))
      return undefined
    },

    async prune(context, row) {
      const session = await resourceById(context.db, 'session', row.sessionId)
      if (session) await pruneBackups(context, session)
      return { pruneAt: null }
    },

    async erase({ driver }, row) {
      await driver.removeBackup(row.id)
      return undefined
    },
  },
}

/** Brings a copy back. Its session is elsewhere or gone, so it is kept as long as backups outlive theirs. */
const receive = async (
  { driver, repository, now, settings, signal }: StepContext,
  id: string,
  snapshotId: string,
): Promise<Partial<BackupRow>> => {
  if (!repository)
    throw new Failure('INTERNAL_ERROR', 'This server has no repository to restore from: set ATELIER_BACKUP_REPOSITORY.')
  try {
    const snapshot = (await repository.list()).find(found => found.id.startsWith(snapshotId))
    if (!snapshot) throw new Failure('INTERNAL_ERROR', `The repository has no snapshot ${snapshotId}.`)
    const volumeSizeGiB = sizeGiBOf(snapshot.tags)
    await driver.receiveBackup(id, volumeSizeGiB, folder => repository.restore(snapshot.id, folder, signal))
    const { session: sessionId = '', profile: launchProfileId = '', image: ec2ImageId = null } = snapshot.tags
    return { sessionId, launchProfileId, ec2ImageId, volumeSizeGiB, expiresAt: now + settings.backupRetention }
  } catch (error) {
    if (error instanceof RepositoryError) throw new Failure('INTERNAL_ERROR', error.message)
    throw error
  }
}

/** More than the session may keep: the oldest go, now that a newer one is there (decision 19). */
export const pruneBackups = async ({ db, now, settings }: StepContext, session: SessionRow): Promise<void> => {
  const ready = await readyBackups(db, session.id)
  const surplus = Math.max(0, ready.length - session.maxBackupsToRetain)
  const moment = { now, by: 'system:maxBackupsToRetain', limits: settings.limits }
  for (const old of ready.slice(0, surplus)) await ask(db, backupNoun, old, 'delete', moment)
}

/**
 * A backup of a stopping session's volume, made here and now. Its id comes from the stop, so that a repeated step finds
 * it. It has no work of its own before the attempt has failed or its limit is past: then it gives its space back.
 */
export const makeBackup = async (context: StepContext, row: SessionRow): Promise<void> => {
  const { db, driver, now, settings } = context
  const begun = await ensureBackupRow(context, row, row.stoppedAt ?? context.now, ({ deadline }) => deadline)
  if (begun.state === 'READY') return
  // Without a backup of what it holds no volume goes, also when this is repeated after a crash.
  if (begun.state !== 'CREATE_IN_PROGRESS' || begun.step !== 'copy')
    throw new Failure('INTERNAL_ERROR', 'The backup of this stop could not be made.')
  // Not once it has been given up meanwhile, and its space is being given back.
  const guard = { id: begun.id, state: begun.state, step: begun.step }
  await driver.ensureBackup(begun.id, volumeOf(row)).catch(async error => {
    if (error instanceof DriverError) {
      const failed = giveUp(backupNoun as unknown as AnyNoun, begun, error, now, settings.limits)
      await changeAny(db, 'backup', guard, failed)
    }
    throw error
  })
  await changeResource(db, 'backup', guard, enter(backupNoun, begun, 'READY', momentOf(context)))
}

/** A backup of a running session's volume, as work that is done by itself. Its id comes from the moment it was due. */
export const beginBackup = async (context: StepContext, row: SessionRow): Promise<void> => {
  await ensureBackupRow(context, row, row.backupAt ?? context.now, ({ dueAt }) => dueAt)
}

const momentOf = ({ now, settings }: StepContext): Moment & { limits: Limits } => ({
  now,
  by: 'system:backupMode',
  limits: settings.limits,
})

const ensureBackupRow = async (
  context: StepContext,
  row: SessionRow,
  at: number,
  dueAt: (entered: ReturnType<typeof enter>) => number | null,
): Promise<BackupRow> => {
  const id = idFrom(at, createHash('sha256').update(`${row.id} ${at}`).digest())
  const moment = momentOf(context)
  const born = {
    id,
    arn: row.arn.replace(/:streaming-session\/.*$/, `:streaming-session-backup/${id}`),
    studioId: row.studioId,
    sessionId: row.id,
    launchProfileId: row.launchProfileId,
    ownedBy: row.ownedBy,
    volumeSizeGiB: row.volumeSizeGiB,
    ec2ImageId: row.ec2ImageId,
    createdAt: moment.now,
    createdBy: moment.by,
    tags: '{}',
    expiresAt: null,
  }
  const entered = enter(backupNoun, born as unknown as BackupRow, 'CREATE_IN_PROGRESS', moment)
  return (
    (await resourceById(context.db, 'backup', id)) ??
    (await insertResource(context.db, 'backup', {
      ...born,
      ...entered,
      dueAt: dueAt(entered),
    } as Parameters<typeof insertResource<'backup'>>[2]))
  )
}
