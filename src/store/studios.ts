import type { Db } from './database.ts'
import {
  atMost,
  changeResource,
  type PageQuery,
  placeOf,
  type Row,
  readPlace,
  toViewPage,
  type ViewPage,
} from './resources.ts'

export type StudioRow = Row<'studio'>

/** A studio's name is its own for life: no other that is not deleted may have it. */
export const studioByName = (db: Db, studioName: string): Promise<StudioRow | undefined> =>
  db
    .selectFrom('studio')
    .selectAll()
    .where('studioName', '=', studioName)
    .where('state', 'not in', ['DELETED', 'CREATE_FAILED'])
    .executeTakeFirst()

/** A page of views in order of creation, which the ids of studios do not tell as those of other resources do. */
export const listStudioViews = async (db: Db, { after = '', limit }: PageQuery): Promise<ViewPage> => {
  const rows = await db
    .selectFrom('studio')
    .select(['id', 'createdAt', 'view'])
    .where(({ eb, refTuple, tuple }) => eb(refTuple('createdAt', 'id'), '>', tuple(...readPlace(after))))
    .orderBy('createdAt')
    .orderBy('id')
    .limit(atMost(limit + 1))
    .execute()
  return toViewPage(rows, limit, placeOf)
}

/** Studios by id, or all of them, as a portal lists them. */
export const namedStudios = (db: Db, ids?: readonly string[]) =>
  db
    .selectFrom('studio')
    .select(['id', 'studioName', 'displayName'])
    .where('state', '!=', 'DELETED')
    .$if(ids !== undefined, query => query.where('id', 'in', ids ?? []))
    .orderBy('id')
    .execute()

/** The addresses of all studios, after the public URL was changed. */
export const refreshStudioUrls = async (db: Db, urlOf: (studioName: string) => string): Promise<void> => {
  for (const { id, studioName, studioUrl } of await db
    .selectFrom('studio')
    .select(['id', 'studioName', 'studioUrl'])
    .execute())
    if (studioUrl !== urlOf(studioName)) await changeResource(db, 'studio', { id }, { studioUrl: urlOf(studioName) })
}
