import { sql } from 'kysely'
import type { StreamingSessionState } from '../contract/types.ts'
import type { Db } from './database.ts'
import { atOnce, changeResource, inPortions, type Row } from './resources.ts'

export type SessionRow = Row<'session'>

/** Sessions of a studio or a launch profile that are not deleted: they count (semantics §12). */
export const countSessions = async (db: Db, of: 'studioId' | 'launchProfileId', id: string): Promise<number> => {
  const { count } = await db
    .selectFrom('session')
    .select(query => query.fn.countAll<number>().as('count'))
    .where(of, '=', id)
    .where('state', '!=', 'DELETED')
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** What an instance type takes of a host. */
export interface Share {
  vcpus: number
  memoryMiB: number
  gpus: number
}

/**
 * Sets aside what the session asks for, unless the host has less than that left; what it has left, before. The sum and
 * the note are one transaction, so of those that ask at the same moment no two get the same room.
 */
export const reserveShare = (
  db: Db,
  { id, state, vcpus, memoryMiB, gpus }: Pick<SessionRow, 'id' | 'state' | keyof Share>,
  host: Share,
): Promise<{ isReserved: boolean; free: Share }> =>
  atOnce(db, async transaction => {
    const taken = await transaction
      .selectFrom('session')
      .select(({ fn }) => [
        fn.sum<number>('vcpus').as('vcpus'),
        fn.sum<number>('memoryMiB').as('memoryMiB'),
        fn.sum<number>('gpus').as('gpus'),
      ])
      .where('reserved', '=', sql.lit(1))
      .where('id', '!=', id)
      .executeTakeFirstOrThrow()
    const free = {
      vcpus: Math.max(0, host.vcpus - Number(taken.vcpus)),
      memoryMiB: Math.max(0, host.memoryMiB - Number(taken.memoryMiB)),
      gpus: Math.max(0, host.gpus - Number(taken.gpus)),
    }
    const isReserved = vcpus <= free.vcpus && memoryMiB <= free.memoryMiB && gpus <= free.gpus
    if (isReserved) await changeResource(transaction, 'session', { id, state }, { reserved: 1 })
    return { isReserved, free }
  })

/** Every session in one of those states. */
export const sessionsIn = (db: Db, states: readonly StreamingSessionState[]) =>
  db.selectFrom('session').select(['id', 'state']).where('state', 'in', states).execute()

/** Running sessions that end when nobody uses them. */
export const sessionsThatMayIdle = (db: Db): Promise<SessionRow[]> =>
  db.selectFrom('session').selectAll().where('state', '=', 'READY').where('idleAfterMs', 'is not', null).execute()

/** Those of the ids whose session is in one of those states, with what names its volumes. */
export const sessionsAmong = (db: Db, ids: readonly string[], states: readonly StreamingSessionState[]) =>
  inPortions(ids, some =>
    db
      .selectFrom('session')
      .select(['id', 'volumeNumber', 'restoreFrom'])
      .where('id', 'in', some)
      .where('state', 'in', states)
      .execute(),
  )

/** Whether anything that is not deleted belongs to the principal, in any studio. */
export const ownsSessions = async (db: Db, principalId: string): Promise<boolean> =>
  (await db
    .selectFrom('session')
    .select('id')
    .where('studioId', 'in', query => query.selectFrom('studio').select('id'))
    .where('ownedBy', '=', principalId)
    .where('state', '!=', 'DELETED')
    .limit(1)
    .executeTakeFirst()) !== undefined
