/** What all tables of resources have in common: rows with an id, a state, a view and, sometimes, work. */
import { type CompiledQuery, type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Json } from '../contract/http.ts'
import type { Db } from './database.ts'
import { keptPage } from './kept-pages.ts'
import type { ResourceColumns, Schema, WorkColumns } from './schema.ts'
import { views } from './views.ts'

export type ResourceTable = keyof typeof views
export type Row<Table extends ResourceTable> = Selectable<Schema[Table]>
export type Change<Table extends ResourceTable> = Updateable<Schema[Table]>

/** What a row of any of these tables has. */
export type AnyRow = Selectable<Omit<ResourceColumns, 'view'> & WorkColumns> & { state: string; statusCode: string }
export type AnyChange = Partial<AnyRow>

/**
 * Kysely's types follow one table at a time. What is written here once for all of them is typed as for sessions, and
 * the exported signatures say what is true.
 */
const asSession = (table: ResourceTable) => table as 'session'

export const insertResource = async <Table extends ResourceTable>(
  db: Db,
  table: Table,
  row: Omit<Insertable<Schema[Table]>, 'view'>,
): Promise<Row<Table>> =>
  (await db
    .insertInto(asSession(table))
    .values({ ...row, view: render(table, row) } as unknown as Insertable<Schema['session']>)
    .returningAll()
    .executeTakeFirstOrThrow()) as unknown as Row<Table>

/** All or nothing, in the transaction at hand or in one of its own. */
export const atOnce = <Result>(db: Db, write: (db: Db) => Promise<Result>): Promise<Result> =>
  db.isTransaction ? write(db) : db.transaction().execute(write)

const render = (table: ResourceTable, row: unknown): string => (views[table] as (row: unknown) => string)(row)

export const resourceById = async <Table extends ResourceTable>(
  db: Db,
  table: Table,
  id: string,
): Promise<Row<Table> | undefined> =>
  (await db.selectFrom(asSession(table)).selectAll().where('id', '=', id).executeTakeFirst()) as Row<Table> | undefined

/** Most ids in one statement: databases bound the parameters, and each number of them is a statement to keep. */
const portion = 100

/** Asks about many ids, some of them at a time. */
export const inPortions = async <Found>(
  ids: readonly string[],
  ask: (some: readonly string[]) => Promise<Found[]>,
): Promise<Found[]> => {
  const found: Found[] = []
  for (let i = 0; i < ids.length; i += portion) found.push(...(await ask(ids.slice(i, i + portion))))
  return found
}

/** What a change expects to find; it does nothing where something else is found. */
export interface Guard {
  id: string
  state?: string
  step?: string | null
  leaseUntil?: number
}

/** Compare and set. The row as it is now, or undefined when it was no longer as expected. */
export const changeResource = <Table extends ResourceTable>(
  db: Db,
  table: Table,
  guard: Guard,
  change: Change<Table>,
): Promise<Row<Table> | undefined> => atOnce(db, transaction => compareAndSet(transaction, table, guard, change))

/** As `changeResource`, for code that serves every table. */
export const changeAny = async (db: Db, table: ResourceTable, guard: Guard, change: AnyChange) =>
  (await changeResource(db, table, guard, change as Change<ResourceTable>)) as AnyRow | undefined

const compareAndSet = async <Table extends ResourceTable>(
  db: Db,
  table: Table,
  guard: Guard,
  change: Change<Table>,
): Promise<Row<Table> | undefined> => {
  const changed = await db
    .updateTable(asSession(table))
    .set(change as Updateable<Schema['session']>)
    .where('id', '=', guard.id)
    .$if(guard.state !== undefined, query => query.where('state', '=', guard.state as Row<'session'>['state']))
    .$if(guard.step !== undefined, query => query.where('step', 'is not distinct from', guard.step ?? null))
    .$if(guard.leaseUntil !== undefined, query => query.where('leaseUntil', '=', guard.leaseUntil ?? 0))
    .returningAll()
    .executeTakeFirst()
  if (!changed) return undefined
  const view = render(table, changed)
  if (view !== changed.view) await db.updateTable(asSession(table)).set({ view }).where('id', '=', guard.id).execute()
  return { ...changed, view } as unknown as Row<Table>
}

export const deleteResource = async (
  db: Db,
  table: ResourceTable,
  guard: Required<Omit<Guard, 'step'>>,
): Promise<void> => {
  await db
    .deleteFrom(asSession(table))
    .where('id', '=', guard.id)
    .where('state', '=', guard.state as Row<'session'>['state'])
    .where('leaseUntil', '=', guard.leaseUntil)
    .execute()
}

export interface PageQuery {
  /** Where the page before ended: the id of its last item, unless the list says otherwise. */
  after?: string | undefined
  limit: number
}

/**
 * A limit that is part of the text. As a parameter, SQLite would plan the statement anew each time that it is bound:
 * a third of what a page of a hundred takes (measured).
 */
export const atMost = (rows: number) => sql.lit(rows)

/** A page of what the API shows of rows. */
export interface ViewPage {
  /** JSON of each view, with commas between them. */
  views: Json
  /** Where the next page goes on; absent on the last. */
  next?: string | undefined
}

type Equal = Partial<Record<'studioId' | 'ownedBy' | 'createdBy', string | undefined>>

/**
 * A page of views in order of creation. `equal` holds what columns must be; an absent value asks nothing. The database
 * puts the page together: a hundred rows that become objects only to become one text took longer than finding them.
 */
export const listViews = (
  db: Db,
  table: ResourceTable,
  equal: Equal,
  page: PageQuery,
  ids?: readonly string[],
): Promise<ViewPage> => {
  const read = () => readViews(db, table, equal, page, ids)
  return ids ? read() : keptPage(db, JSON.stringify([table, equal, page]), read)
}

const readViews = async (
  db: Db,
  table: ResourceTable,
  equal: Equal,
  { after = '', limit }: PageQuery,
  ids?: readonly string[],
): Promise<ViewPage> => {
  const query = ids ? pageOf(db, table, equal, { after, limit }, ids) : keptQuery(db, table, equal, { after, limit })
  const { rows } = await db.executeQuery(query)
  const [{ views, last, following } = { views: null, last: '', following: null }] = rows
  return { views: Buffer.from(views ?? ''), next: following === null ? undefined : last }
}

type PageRow = { views: string | null; last: string; following: string | null }

const pageOf = (db: Db, table: ResourceTable, equal: Equal, { after, limit }: PageQuery, ids?: readonly string[]) => {
  const conditions = [sql`id > ${after}`]
  for (const [column, value] of Object.entries(equal))
    if (value !== undefined) conditions.push(sql`${sql.ref(column)} = ${value}`)
  if (ids) conditions.push(ids.length > 0 ? sql`id in (${sql.join(ids)})` : sql`1 = 0`)
  const rows = sql`from ${sql.table(table)} where ${sql.join(conditions, sql` and `)} order by id`
  return sql<PageRow>`
    select string_agg(view, ',') as views, max(id) as last,
      (select id ${rows} limit 1 offset ${atMost(limit)}) as following
    from (select id, view ${rows} limit ${atMost(limit)}) as page`.compile(db)
}

const keptQueries = new WeakMap<Db, Map<string, CompiledQuery<PageRow>>>()

/** The same, written once for all values: writing it takes a third as long as answering it. */
const keptQuery = (db: Db, table: ResourceTable, equal: Equal, { after, limit }: PageQuery) => {
  const asked = Object.entries(equal).filter(([, value]) => value !== undefined)
  const name = [table, limit, ...asked.map(([column]) => column)].join(' ')
  const kept = keptQueries.get(db) ?? new Map<string, CompiledQuery<PageRow>>()
  const query = kept.get(name) ?? pageOf(db, table, equal, { after, limit })
  keptQueries.set(db, kept.set(name, query))
  const values = [after, ...asked.map(([, value]) => value)]
  // The conditions are in it twice.
  return { ...query, parameters: [...values, ...values] }
}

/** Where a walk in order of creation is, where ids do not tell that order: what readers of such lists put into their cursors. */
export const placeOf = ({ createdAt, id }: { createdAt: number; id: string }): string => `${createdAt} ${id}`

export const readPlace = (place: string): [createdAt: number, id: string] => {
  const [createdAt = '', id = ''] = place.split(' ')
  return [Number(createdAt), id]
}

/** A page out of rows of which one more was asked for than the page holds. */
export const toViewPage = <Found extends { id: string; view: string }>(
  rows: readonly Found[],
  limit: number,
  place: (row: Found) => string = row => row.id,
): ViewPage => {
  const last = rows.length > limit ? rows[limit - 1] : undefined
  const views = rows
    .slice(0, limit)
    .map(row => row.view)
    .join(',')
  return { views, next: last && place(last) }
}

/** Rows that have work to do and that nobody else is working on, now ours until the lease ends. */
export const claimDue = async <Table extends ResourceTable>(
  db: Db,
  table: Table,
  claim: { now: number; leaseUntil: number; limit: number },
): Promise<Row<Table>[]> =>
  (await db
    .updateTable(asSession(table))
    .set({ leaseUntil: claim.leaseUntil })
    .where('id', 'in', query =>
      query
        .selectFrom(asSession(table))
        .select('id')
        .where('dueAt', '<=', claim.now)
        .where('leaseUntil', '<=', claim.now)
        .orderBy('dueAt')
        .limit(atMost(claim.limit)),
    )
    .returningAll()
    .execute()) as unknown as Row<Table>[]

/** Moves the end of a lease that is still ours; false when it is not. 0 gives the row back. */
export const moveLease = async (
  db: Db,
  table: ResourceTable,
  id: string,
  from: number,
  to: number,
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable(asSession(table))
    .set({ leaseUntil: to })
    .where('id', '=', id)
    .where('leaseUntil', '=', from)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Ends every lease. For the start of a server that knows it is alone on its data: whoever held them is gone. */
export const dropLeases = async (db: Db, table: ResourceTable): Promise<void> => {
  await db.updateTable(asSession(table)).set({ leaseUntil: 0 }).where('leaseUntil', '>', 0).execute()
}

/**
 * Of each table, the earliest moment at which a row that nobody works on has work. All tables in one statement, which is
 * written once: this is asked after every piece of work and every change.
 */
export const askForDue = (db: Db, tables: readonly ResourceTable[]) => {
  const earliest = (table: ResourceTable) => sql`(
    select min("dueAt") from ${sql.table(table)} where "dueAt" is not null and "leaseUntil" <= ${0}
  ) as ${sql.ref(table)}`
  const query = sql`select ${sql.join(tables.map(earliest))}`.compile(db)
  return async (now: number): Promise<Map<ResourceTable, number | undefined>> => {
    const parameters = query.parameters.map(() => now)
    const { rows } = await db.executeQuery<Partial<Record<ResourceTable, number | null>>>({ ...query, parameters })
    return new Map(tables.map(table => [table, rows[0]?.[table] ?? undefined]))
  }
}
