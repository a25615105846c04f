/** Who may connect to a stream that is there: whoever has its key, as long as whoever made it might make it again. */
import { timingSafeEqual } from 'node:crypto'
import { authorize } from '../access/authorize.ts'
import type { Installation } from '../access/call.ts'
import { toCaller } from '../access/caller.ts'
import { hashToken } from '../access/sign-in.ts'
import { ApiError } from '../contract/errors.ts'
import type { Db } from '../store/database.ts'
import { principalById } from '../store/principals.ts'
import type { StreamRow } from '../store/streams.ts'

export const isKeyOf = (stream: StreamRow, key: string): boolean => {
  const given = Buffer.from(hashToken(key))
  const kept = Buffer.from(stream.keyHash ?? '')
  return given.length === kept.length && timingSafeEqual(given, kept)
}

/** Whether who made the stream may make it still: of this session, by his tier or his policies, as they are now. */
export const mayStillOpen = async (
  { db, installation, now }: { db: Db; installation: Installation; now: () => number },
  stream: StreamRow,
): Promise<boolean> => {
  const principal = await principalById(db, stream.createdBy)
  if (!principal || principal.disabled) return false
  const operation = stream.viewOnly === 1 ? 'CreateStreamingSessionView' : 'CreateStreamingSessionStream'
  const { studioId, sessionId } = stream
  try {
    const caller = await toCaller(db, principal)
    await authorize({ db, installation, caller, now: now() }, operation, { studioId, sessionId })
    return true
  } catch (error) {
    if (error instanceof ApiError) return false
    throw error
  }
}

const notAllowed = {
  use: 'You may not use this workstation any more.',
  watch: 'This desktop is not shown to others any more.',
} as const

export const whyNot = (stream: StreamRow | undefined) => notAllowed[stream?.viewOnly === 1 ? 'watch' : 'use']
