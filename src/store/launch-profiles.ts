import type { Db } from './database.ts'
import { atMost, type PageQuery, type Row, toViewPage, type ViewPage } from './resources.ts'

export type LaunchProfileRow = Row<'launchProfile'>

/** Resources of a studio that count against a quota. */
export const countLiving = async (
  db: Db,
  table: 'launchProfile' | 'streamingImage',
  studioId: string,
): Promise<number> => {
  const row = await db
    .selectFrom(table as 'launchProfile')
    .select(query => query.fn.countAll<number>().as('count'))
    .where('studioId', '=', studioId)
    .where('state', 'not in', ['DELETED', 'CREATE_FAILED'])
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/**
 * A page of views in order of creation. With `principalId`, the profiles that this principal may launch: all of the
 * studio for its administrators, those it is a member of for others (semantics §7).
 */
export const listLaunchProfileViews = async (
  db: Db,
  filters: { studioId: string; principalId?: string | undefined; states?: readonly string[] | undefined },
  { after = '', limit }: PageQuery,
): Promise<ViewPage> => {
  const { studioId, principalId, states } = filters
  const rows = await db
    .selectFrom('launchProfile')
    .select(['id', 'view'])
    .where('studioId', '=', studioId)
    .where('id', '>', after)
    .$if(states !== undefined && states.length > 0, query =>
      query.where('state', 'in', (states ?? []) as LaunchProfileRow['state'][]),
    )
    .$if(principalId !== undefined, query =>
      query.where(({ exists, or, selectFrom }) =>
        or([
          exists(
            selectFrom('studioMember')
              .select('principalId')
              .where('studioMember.studioId', '=', studioId)
              .where('studioMember.principalId', '=', principalId ?? ''),
          ),
          exists(
            selectFrom('launchProfileMember')
              .select('principalId')
              .whereRef('launchProfileMember.launchProfileId', '=', 'launchProfile.id')
              .where('launchProfileMember.principalId', '=', principalId ?? ''),
          ),
        ]),
      ),
    )
    .orderBy('id')
    .limit(atMost(limit + 1))
    .execute()
  return toViewPage(rows, limit)
}

/** Those of the ids that are rows of the studio and not deleted. */
export const livingAmong = async (
  db: Db,
  table: 'studioComponent' | 'streamingImage',
  studioId: string,
  ids: readonly string[],
): Promise<{ id: string; state: string }[]> =>
  db
    .selectFrom(table as 'streamingImage')
    .select(['id', 'state'])
    .where('studioId', '=', studioId)
    .where('id', 'in', ids)
    .where('state', '!=', 'DELETED')
    .execute()
