import type { Call } from '../access/call.ts'
import { notFound } from '../contract/errors.ts'
import { type ResourceTable, type Row, resourceById } from '../store/resources.ts'

const nouns: Readonly<Record<ResourceTable, string>> = {
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
