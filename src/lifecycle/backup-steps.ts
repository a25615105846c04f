import { createHash } from 'node:crypto'
import { idFrom } from '../contract/ids.ts'
import type { BackupRow } from '../store/backups.ts'
import { changeResource, insertResource, type Row, resourceById } from '../store/resources.ts'
import type { SessionRow } from '../store/sessions.ts'
import { type BackupStep, type BackupVerb, backup, backupStatusCodes } from './backup.ts'
import type { Limits } from './lifecycle.ts'
import { enter, type Moment, type Noun, type StepContext } from './transition.ts'
import { volumeOf } from './volume.ts'

export const backupNoun: Noun<Row<'backup'>, BackupVerb, BackupStep> = {
  table: 'backup',
  life: backup,
  statusCodes: backupStatusCodes,
  timekeeper: () => 'system:backupRetention',
  steps: {
    async erase({ driver }, row) {
      await driver.removeBackup(row.id)
      return undefined
    },
  },
}

/** A backup of the session's volume as it is now. Its id comes from the stop, so that a repeated step finds it. */
export const makeBackup = async ({ db, driver, now, settings }: StepContext, row: SessionRow): Promise<void> => {
  const id = idFrom(row.stoppedAt ?? now, createHash('sha256').update(`${row.id} ${row.stoppedAt}`).digest())
  const moment = { now, by: 'system:backupMode', limits: settings.limits }
  const begun = (await resourceById(db, 'backup', id)) ?? (await insertBackup(db, id, row, moment))
  if (begun.state !== 'CREATE_IN_PROGRESS') return
  await driver.ensureBackup(id, volumeOf(row))
  await changeResource(db, 'backup', begun, enter(backupNoun, begun, 'READY', moment))
}

const insertBackup = (db: StepContext['db'], id: string, row: SessionRow, moment: Moment & { limits: Limits }) => {
  const born = {
    id,
    arn: row.arn.replace(/:streaming-session\/.*$/, `:streaming-session-backup/${id}`),
    studioId: row.studioId,
    sessionId: row.id,
    launchProfileId: row.launchProfileId,
    ownedBy: row.ownedBy,
    createdAt: moment.now,
    createdBy: moment.by,
    tags: '{}',
    expiresAt: null,
  }
  return insertResource(db, 'backup', {
    ...born,
    ...enter(backupNoun, born as unknown as BackupRow, 'CREATE_IN_PROGRESS', moment),
  } as Parameters<typeof insertResource<'backup'>>[2])
}
