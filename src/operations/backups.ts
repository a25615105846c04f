import { rendered } from '../contract/encode.ts'
import type { StreamingSessionBackup } from '../contract/types.ts'
import { listViews } from '../store/resources.ts'
import { existing, existingStudio } from './existing.ts'
import type { Handler } from './handler.ts'
import { page } from './pages.ts'

export const getStreamingSessionBackup: Handler<'GetStreamingSessionBackup'> = async (
  call,
  { studioId, backupId },
) => ({
  streamingSessionBackup: rendered<StreamingSessionBackup>((await existing(call, 'backup', studioId, backupId)).view),
})

export const listStreamingSessionBackups: Handler<'ListStreamingSessionBackups'> = async (call, input) => {
  const { studioId, ownedBy, nextToken } = input
  await existingStudio(call, studioId)
  const walk = { operation: 'ListStreamingSessionBackups' as const, filters: { studioId, ownedBy }, nextToken }
  const { items, ...rest } = await page<StreamingSessionBackup>(call, walk, query =>
    listViews(call.db, 'backup', { studioId, ownedBy }, query),
  )
  return { streamingSessionBackups: items, ...rest }
}
