import type { Db } from './database.ts'
import { atMost, type PageQuery, type Row, toViewPage, type ViewPage } from './resources.ts'

export type LaunchProfileRow = Row<'launchProfile'>

/** Resources of a studio that count against a quota, and keep the studio from being deleted. */
export const countLiving = async (
  db: Db,
  table: 'launchProfile' | 'streamingImage' | 'studioComponent',
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
 * The launch profile that names such an id in that list of its, if there is one that is not deleted. One that is being
 * updated names what it did before as well: it does so again if the update fails.
 */
export const profileThatUses = async (
  db: Db,
  studioId: string,
  list: 'studioComponentIds' | 'streamingImageIds',
  id: string,
): Promise<string | undefined> => {
  const profiles = await db
    .selectFrom('launchProfile')
    .select(['id', 'studioComponentIds', 'streamConfiguration', 'before'])
    .where('studioId', '=', studioId)
    .where('state', 'not in', ['DELETED', 'CREATE_FAILED'])
    .execute()
  return profiles.find(profile => {
    const before = JSON.parse(profile.before ?? '{}') as Partial<typeof profile>
    return [profile, before].some(version => named(version, list).includes(id))
  })?.id
}

const named = (
  {
    studioComponentIds = '[]',
    streamConfiguration = '{}',
  }: { studioComponentIds?: string; streamConfiguration?: string },
  list: 'studioComponentIds' | 'streamingImageIds',
): string[] =>
  list === 'studioComponentIds'
    ? JSON.parse(studioComponentIds)
    : ((JSON.parse(streamConfiguration) as { streamingImageIds?: string[] }).streamingImageIds ?? [])

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
