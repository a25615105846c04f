import type { StudioComponentState, StudioComponentType } from '../contract/types.ts'
import type { Db } from './database.ts'
import { atMost, inPortions, type PageQuery, type Row, toViewPage, type ViewPage } from './resources.ts'

export type StudioComponentRow = Row<'studioComponent'>

/** A page of views in order of creation. A filter that is absent or empty asks nothing. */
export const listStudioComponentViews = async (
  db: Db,
  filters: { studioId: string; states?: readonly StudioComponentState[]; types?: readonly StudioComponentType[] },
  { after = '', limit }: PageQuery,
): Promise<ViewPage> => {
  const { studioId, states = [], types = [] } = filters
  const rows = await db
    .selectFrom('studioComponent')
    .select(['id', 'view'])
    .where('studioId', '=', studioId)
    .where('id', '>', after)
    .$if(states.length > 0, query => query.where('state', 'in', states))
    .$if(types.length > 0, query => query.where('type', 'in', types))
    .orderBy('id')
    .limit(atMost(limit + 1))
    .execute()
  return toViewPage(rows, limit)
}

/** The components with these ids, in the order of the ids; those that are gone are left out. */
export const componentsInOrder = async (db: Db, ids: readonly string[]): Promise<StudioComponentRow[]> => {
  const rows = await inPortions(ids, some =>
    db.selectFrom('studioComponent').selectAll().where('id', 'in', some).where('state', '!=', 'DELETED').execute(),
  )
  return ids.flatMap(id => rows.find(row => row.id === id) ?? [])
}

/** Components of a type that are not deleted, but for one. */
export const countComponents = async (db: Db, studioId: string, type: string, but = ''): Promise<number> => {
  const { count } = await db
    .selectFrom('studioComponent')
    .select(query => query.fn.countAll<number>().as('count'))
    .where('studioId', '=', studioId)
    .where('type', '=', type)
    .where('id', '!=', but)
    .where('state', 'not in', ['DELETED', 'CREATE_FAILED'])
    .executeTakeFirstOrThrow()
  return Number(count)
}
