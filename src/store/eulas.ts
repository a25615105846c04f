/** Licence agreements of the whole installation, the images that ask for them, and who accepted which for a studio. */
import type { Insertable, Selectable } from 'kysely'
import { toJson } from '../contract/encode.ts'
import type { Eula, EulaAcceptance } from '../contract/types.ts'
import type { Db } from './database.ts'
import {
  atMost,
  atOnce,
  changeResource,
  inPortions,
  type PageQuery,
  placeOf,
  readPlace,
  toViewPage,
  type ViewPage,
} from './resources.ts'
import type { EulaAcceptanceTable, EulaTable } from './schema.ts'

export type EulaRow = Selectable<EulaTable>
export type EulaAcceptanceRow = Selectable<EulaAcceptanceTable>

/** What the operator asks for: the EULAs, and which of them an image has, by `ec2ImageId`. */
export interface AskedEulas {
  eulas: readonly Pick<EulaRow, 'id' | 'name' | 'content'>[]
  images: Readonly<Record<string, readonly string[]>>
}

/**
 * Makes these the EULAs there are. One that is asked for no more is retired, not removed: it was accepted, and what was
 * accepted stays readable. Images show the EULAs they have now.
 */
export const replaceEulas = (db: Db, { eulas, images }: AskedEulas, now: number): Promise<void> =>
  atOnce(db, async transaction => {
    const ids = eulas.map(eula => eula.id)
    await transaction
      .updateTable('eula')
      .set({ retired: 1, updatedAt: now })
      .where('retired', '=', 0)
      .$if(ids.length > 0, query => query.where('id', 'not in', ids))
      .execute()
    for (const eula of eulas)
      await transaction
        .insertInto('eula')
        .values({ ...eula, createdAt: now, updatedAt: now })
        .onConflict(conflict =>
          conflict.column('id').doUpdateSet({ retired: 0, updatedAt: now }).where('eula.retired', '=', 1),
        )
        .execute()
    await transaction.deleteFrom('imageEula').execute()
    for (const [ec2ImageId, eulaIds] of Object.entries(images))
      for (const eulaId of new Set(eulaIds))
        await transaction.insertInto('imageEula').values({ ec2ImageId, eulaId }).execute()
    for (const image of await transaction
      .selectFrom('streamingImage')
      .select(['id', 'ec2ImageId', 'eulaIds'])
      .execute()) {
      const eulaIds = JSON.stringify(await eulasOfImage(transaction, image.ec2ImageId))
      if (eulaIds !== image.eulaIds) await changeResource(transaction, 'streamingImage', { id: image.id }, { eulaIds })
    }
  })

/** The ids of the EULAs that have to be accepted before a session starts from the image. */
export const eulasOfImage = async (db: Db, ec2ImageId: string): Promise<string[]> =>
  (
    await db.selectFrom('imageEula').select('eulaId').where('ec2ImageId', '=', ec2ImageId).orderBy('eulaId').execute()
  ).map(row => row.eulaId)

/** Those of them that the studio has not accepted. */
export const unacceptedEulas = (
  db: Db,
  studioId: string,
  ec2ImageId: string,
): Promise<{ id: string; name: string }[]> =>
  db
    .selectFrom('imageEula')
    .innerJoin('eula', 'eula.id', 'imageEula.eulaId')
    .select(['eula.id', 'eula.name'])
    .where('imageEula.ec2ImageId', '=', ec2ImageId)
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom('eulaAcceptance')
            .select('eulaAcceptance.id')
            .whereRef('eulaAcceptance.eulaId', '=', 'eula.id')
            .where('eulaAcceptance.studioId', '=', studioId),
        ),
      ),
    )
    .orderBy('eula.name')
    .execute()

/** Also one that is retired. */
export const eulaById = (db: Db, id: string): Promise<EulaRow | undefined> =>
  db.selectFrom('eula').selectAll().where('id', '=', id).executeTakeFirst()

/** Those of the ids that there are, retired ones among them. */
export const eulasAmong = async (db: Db, ids: readonly string[]): Promise<string[]> =>
  (await inPortions(ids, some => db.selectFrom('eula').select('id').where('id', 'in', some).execute())).map(
    row => row.id,
  )

/** `content` is where the text can be read, as it was in the original service. */
export const toEula = (row: Omit<EulaRow, 'content'>, publicUrl: string): Eula => ({
  eulaId: row.id,
  name: row.name,
  content: `${publicUrl}${pathOfEula(row.id)}`,
  createdAt: new Date(row.createdAt),
  updatedAt: new Date(row.updatedAt),
})

export const pathOfEula = (id: string): string => `/eulas/${id}`

/** A page in order of creation: of those there are now, or of the ids, retired ones among them. */
export const listEulaViews = async (
  db: Db,
  { eulaIds, publicUrl }: { eulaIds?: readonly string[] | undefined; publicUrl: string },
  { after = '', limit }: PageQuery,
): Promise<ViewPage> => {
  const rows = await db
    .selectFrom('eula')
    .select(['id', 'name', 'retired', 'createdAt', 'updatedAt'])
    .where(({ eb, refTuple, tuple }) => eb(refTuple('createdAt', 'id'), '>', tuple(...readPlace(after))))
    .$if(eulaIds === undefined, query => query.where('retired', '=', 0))
    .$if(eulaIds !== undefined, query => query.where('id', 'in', eulaIds ?? []))
    .orderBy('createdAt')
    .orderBy('id')
    .limit(atMost(limit + 1))
    .execute()
  const shown = rows.map(row => ({ ...row, view: toJson(toEula(row, publicUrl), 'Eula') }))
  return toViewPage(shown, limit, placeOf)
}

/** The studio's acceptance of the EULA: the one there was before, or else this one. */
export const acceptEula = async (db: Db, row: Insertable<EulaAcceptanceTable>): Promise<EulaAcceptance> => {
  await db
    .insertInto('eulaAcceptance')
    .values(row)
    .onConflict(conflict => conflict.columns(['studioId', 'eulaId']).doNothing())
    .execute()
  const accepted = await db
    .selectFrom('eulaAcceptance')
    .selectAll()
    .where('studioId', '=', row.studioId)
    .where('eulaId', '=', row.eulaId)
    .executeTakeFirstOrThrow()
  return toAcceptance(accepted)
}

const toAcceptance = (row: EulaAcceptanceRow): EulaAcceptance => ({
  eulaAcceptanceId: row.id,
  eulaId: row.eulaId,
  accepteeId: row.studioId,
  acceptedBy: row.acceptedBy,
  acceptedAt: new Date(row.acceptedAt),
})

export const listEulaAcceptanceViews = async (
  db: Db,
  { studioId, eulaIds }: { studioId: string; eulaIds?: readonly string[] | undefined },
  { after = '', limit }: PageQuery,
): Promise<ViewPage> => {
  const rows = await db
    .selectFrom('eulaAcceptance')
    .selectAll()
    .where('studioId', '=', studioId)
    .where('id', '>', after)
    .$if(eulaIds !== undefined, query => query.where('eulaId', 'in', eulaIds ?? []))
    .orderBy('id')
    .limit(atMost(limit + 1))
    .execute()
  const shown = rows.map(row => ({ ...row, view: toJson(toAcceptance(row), 'EulaAcceptance') }))
  return toViewPage(shown, limit)
}
