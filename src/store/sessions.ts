import type { StreamingSessionState } from '../contract/types.ts'
import type { Db } from './database.ts'
import type { Row } from './resources.ts'

export type SessionRow = Row<'session'>

/** Sessions that count against the quota: all but the deleted ones (semantics §12). */
export const countSessions = async (db: Db, studioId: string): Promise<number> => {
  const { count } = await db
    .selectFrom('session')
    .select(query => query.fn.countAll<number>().as('count'))
    .where('studioId', '=', studioId)
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

/** Every session in one of those states, with what a sweep compares: its id, state and the number of its volume. */
export const sessionsIn = (db: Db, states: readonly StreamingSessionState[]) =>
  db.selectFrom('session').select(['id', 'state', 'volumeNumber', 'updatedAt']).where('state', 'in', states).execute()
