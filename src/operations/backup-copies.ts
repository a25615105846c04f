import { rendered, toJson } from '../contract/encode.ts'
import { newId } from '../contract/ids.ts'
import type { BackupCopy, StreamingSessionBackup } from '../contract/types.ts'
import { backupNoun } from '../lifecycle/backup-steps.ts'
import { backupsWithCopies } from '../store/backup-copies.ts'
import { insertResource, toViewPage } from '../store/resources.ts'
import { begin } from './begin.ts'
import { existingPrincipal, existingStudio, openStudio } from './existing.ts'
import type { Handler } from './handler.ts'
import { page } from './pages.ts'

export const listBackupCopies: Handler<'ListBackupCopies'> = async (call, { studioId, nextToken, maxResults }) => {
  await existingStudio(call, studioId)
  const walk = { operation: 'ListBackupCopies' as const, filters: { studioId }, nextToken, maxResults }
  const { items, ...rest } = await page<BackupCopy>(call, walk, async query => {
    const rows = await backupsWithCopies(call.db, studioId, query)
    return toViewPage(
      rows.map(row => ({ id: row.id, view: toJson(toCopy(row), 'BackupCopy') })),
      query.limit,
    )
  })
  return { backupCopies: items, ...rest }
}

/** A repository gives gigabytes back in its own time: longer than other states may last, ms. */
const restoreLimitMs = 24 * 3_600_000

/** What it is of is told by the snapshot itself; here is said only whose it becomes. */
export const restoreBackupCopy: Handler<'RestoreBackupCopy'> = async (call, { studioId, snapshotId, ownedBy }) => {
  await openStudio(call, studioId)
  await existingPrincipal(call, ownedBy)
  const backup = await insertResource(call.db, 'backup', {
    ...begin(call, backupNoun, newId(call.now), 'streaming-session-backup'),
    ...{ studioId, ownedBy, restoredFrom: snapshotId, sessionId: '', launchProfileId: '' },
    ...{ deadline: call.now + restoreLimitMs, expiresAt: null, tags: '{}' },
  })
  return { streamingSessionBackup: rendered<StreamingSessionBackup>(backup.view) }
}

const stateOf = (row: CopyRow): BackupCopy['state'] => {
  if (row.copiedAt !== null) return 'COPIED'
  if (row.backupId === null) return 'NONE'
  return row.failure === null ? 'PENDING' : 'FAILED'
}

type CopyRow = Awaited<ReturnType<typeof backupsWithCopies>>[number]

const toCopy = (row: CopyRow): BackupCopy => ({
  backupId: row.id,
  sessionId: row.sessionId,
  ownedBy: row.ownedBy,
  createdAt: new Date(row.createdAt),
  state: stateOf(row),
  statusMessage: row.failure ?? undefined,
  copiedAt: row.copiedAt === null ? undefined : new Date(row.copiedAt),
  snapshotId: row.snapshotId ?? undefined,
  sizeInMiB: row.bytes === null ? undefined : Math.ceil(row.bytes / 2 ** 20),
})
