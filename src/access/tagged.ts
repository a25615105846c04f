/** Resources that can be tagged, found by their ARN (semantics §13). */
import { type ResourceTable, type Row, resourceById } from '../store/resources.ts'
import { arnOf, type Call } from './call.ts'

/** The tables of what can be tagged, by the kind that an ARN names. */
const taggable: Readonly<Record<string, ResourceTable>> = {
  studio: 'studio',
  'studio-component': 'studioComponent',
  'launch-profile': 'launchProfile',
  'streaming-image': 'streamingImage',
  'streaming-session': 'session',
  'streaming-session-backup': 'backup',
}

/** Undefined for what is not there, not ours or deleted. */
export const resourceByArn = async (
  call: Call,
  arn: string,
): Promise<{ table: ResourceTable; row: Row<ResourceTable> } | undefined> => {
  const [, kind = '', name = ''] = /^arn:aws:nimble:[^:]*:[^:]*:([a-z-]+)\/([^/]+)$/.exec(arn) ?? []
  const table = Object.hasOwn(taggable, kind) ? taggable[kind] : undefined
  const id = table === 'studio' ? `${call.installation.region}:${name}` : name
  const row = table && arn === arnOf(call.installation, kind, id) ? await resourceById(call.db, table, id) : undefined
  return table && row && row.state !== 'DELETED' ? { table, row } : undefined
}
