import type { Call } from '../access/call.ts'
import { conflict, notFound } from '../contract/errors.ts'
import { isComing } from '../lifecycle/resource.ts'
import { type PrincipalRow, principalById } from '../store/principals.ts'
import { type ResourceTable, type Row, resourceById } from '../store/resources.ts'

/** What a person calls the rows of each table. */
export const nouns: Readonly<Record<ResourceTable, string>> = {
  studio: 'studio',
  studioComponent: 'studio component',
  streamingImage: 'streaming image',
  launchProfile: 'launch profile',
  session: 'streaming session',
  backup: 'streaming session backup',
}

/** The studio, or ResourceNotFoundException. */
export const existingStudio = async (call: Call, studioId: string): Promise<Row<'studio'>> => {
  const studio = await resourceById(call.db, 'studio', studioId)
  if (!studio) throw notFound(nouns.studio, studioId)
  return studio
}

/** As `existingStudio`, for what changes the studio: a deleted one is not there. */
export const livingStudio = async (call: Call, studioId: string): Promise<Row<'studio'>> => {
  const studio = await existingStudio(call, studioId)
  if (studio.state === 'DELETED') throw notFound(nouns.studio, studioId)
  return studio
}

/** The studio, for what is new in it: nothing comes into one that is being deleted or was never made. */
export const openStudio = async (call: Call, studioId: string): Promise<Row<'studio'>> => {
  const studio = await livingStudio(call, studioId)
  if (isComing(studio.state)) return studio
  throw conflict('INVALID_STATE', `A studio that is ${studio.state} takes nothing new.`, { resourceId: studioId })
}

/** A resource of that studio, deleted ones among them, or ResourceNotFoundException. */
export const existing = async <Table extends Exclude<ResourceTable, 'studio'>>(
  call: Call,
  table: Table,
  studioId: string,
  id: string,
): Promise<Row<Table>> => {
  const row = (await resourceById(call.db, table, id)) as (Row<Table> & { studioId: string }) | undefined
  if (!row || row.studioId !== studioId) throw notFound(nouns[table], id)
  return row
}

/** As `existing`, for what changes a resource or builds on it: a deleted one is not there (decision 13). */
export const living = async <Table extends Exclude<ResourceTable, 'studio'>>(
  call: Call,
  table: Table,
  studioId: string,
  id: string,
): Promise<Row<Table>> => {
  const row = await existing(call, table, studioId, id)
  if ((row as { state: string }).state === 'DELETED') throw notFound(nouns[table], id)
  return row
}

/** A principal of this installation, whoever he is. */
export const existingPrincipal = async (call: Call, principalId: string): Promise<PrincipalRow> => {
  const principal = await principalById(call.db, principalId)
  if (!principal) throw notFound('user', principalId)
  return principal
}
