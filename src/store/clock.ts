import type { Selectable } from 'kysely'
import type { Db } from './database.ts'
import { changeResource, type ResourceTable } from './resources.ts'
import type { ClockTable, Schema } from './schema.ts'

export type ClockRow = Omit<Selectable<ClockTable>, 'id'>

export const clockRow = (db: Db): Promise<ClockRow | undefined> =>
  db.selectFrom('clock').select(['boot', 'bootedAt', 'seenAt']).executeTakeFirst()

export const putClock = async (db: Db, row: ClockRow): Promise<void> => {
  await db
    .insertInto('clock')
    .values({ id: 1, ...row })
    .onConflict(conflict => conflict.column('id').doUpdateSet(row))
    .execute()
}

const work = ['dueAt', 'leaseUntil', 'deadline'] as const

/**
 * Every column with a moment that is still to come, or whose age decides. Those that tell what has been, such as
 * `createdAt`, stay as they were shown.
 */
export const pendingMoments = {
  studio: work,
  studioComponent: work,
  streamingImage: work,
  launchProfile: work,
  // How long a session has been stopped decides when it is deleted.
  session: [...work, 'startedAt', 'stoppedAt', 'stopAt', 'terminateAt', 'extendableTo', 'idleAt', 'backupAt'],
  backup: [...work, 'expiresAt', 'pruneAt'],
  backupCopy: ['dueAt', 'forgottenAt'],
  stream: ['expiresAt'],
  signIn: ['expiresAt'],
  welcome: ['expiresAt'],
  clientToken: ['createdAt'],
} as const satisfies { [Table in keyof Schema]?: readonly (keyof Selectable<Schema[Table]>)[] }

/** Moves every such moment: the clock that they were written by was set by so much. For a transaction. */
export const moveMoments = async (db: Db, byMs: number): Promise<void> => {
  for (const [table, columns] of Object.entries(pendingMoments)) {
    const isResource = columns.some(column => column === 'leaseUntil')
    // One text for all tables; Kysely's types follow one.
    await db
      .updateTable(table as 'session')
      .set(({ eb, ref }) =>
        Object.fromEntries(
          columns.map(column => {
            const moved = eb(ref(column as 'dueAt'), '+', byMs)
            // 0 is no moment: it says that nobody works on the row.
            return [
              column,
              column === 'leaseUntil' ? eb.case().when('leaseUntil', '>', 0).then(moved).else(0).end() : moved,
            ]
          }),
        ),
      )
      .$if(isResource, query =>
        query.where(({ or, eb }) => or([eb('dueAt', 'is not', null), eb('leaseUntil', '>', 0)])),
      )
      .execute()
  }
  await showAgain(db)
}

/** The moments of sessions are in their views, which are written with each change. */
const showAgain = async (db: Db): Promise<void> => {
  const table = 'session' satisfies ResourceTable
  const rows = await db.selectFrom(table).select('id').where('dueAt', 'is not', null).execute()
  for (const { id } of rows) await changeResource(db, table, { id }, { id })
}
