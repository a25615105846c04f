import type { SessionRow } from '../store/sessions.ts'

/** The volume that a session runs on: the next one while a backup is being restored. */
export const volumeOf = (row: Pick<SessionRow, 'id' | 'volumeNumber' | 'restoreFrom'>): string =>
  volumeId(row.id, row.volumeNumber + (row.restoreFrom === null ? 0 : 1))

export const volumeId = (sessionId: string, number: number): string => `${sessionId}-${number}`

/** The session that a volume was made for. */
export const sessionOf = (volume: string): string => volume.replace(/-\d+$/, '')
