import type { StreamingSessionState } from '../contract/types.ts'
import type { Db } from './database.ts'
import { inPortions, type Row } from './resources.ts'

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

/**
 * What sessions in those states have been promised of the host. Of those that still wait for the step 'capacity' only
 * the ones before `asking` count, so that of two that ask at the same moment the earlier one is served.
 */
export const promisedCapacity = async (
  db: Db,
  states: readonly StreamingSessionState[],
  asking: string,
): Promise<{ vcpus: number; memoryMiB: number; gpus: number }> => {
  const sums = await db
    .selectFrom('session')
    .select(({ fn }) => [
      fn.sum<number>('vcpus').as('vcpus'),
      fn.sum<number>('memoryMiB').as('memoryMiB'),
      fn.sum<number>('gpus').as('gpus'),
    ])
    .where('state', 'in', states)
    .where('id', '!=', asking)
    .where(query => query.or([query('step', 'is', null), query('step', '!=', 'capacity'), query('id', '<', asking)]))
    .executeTakeFirstOrThrow()
  return { vcpus: Number(sums.vcpus), memoryMiB: Number(sums.memoryMiB), gpus: Number(sums.gpus) }
}

/** Every session in one of those states. */
export const sessionsIn = (db: Db, states: readonly StreamingSessionState[]) =>
  db.selectFrom('session').select(['id', 'state']).where('state', 'in', states).execute()

/** Those of the ids whose session is in one of those states, with the number of its volume. */
export const sessionsAmong = (db: Db, ids: readonly string[], states: readonly StreamingSessionState[]) =>
  inPortions(ids, some =>
    db
      .selectFrom('session')
      .select(['id', 'volumeNumber'])
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
