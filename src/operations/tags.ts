import { arnOf, type Call } from '../access/call.ts'
import { notFound } from '../contract/errors.ts'
import { changeResource, type ResourceTable, resourceById } from '../store/resources.ts'
import type { Handler } from './handler.ts'
import { storedTags } from './tag-rules.ts'

export const listTagsForResource: Handler<'ListTagsForResource'> = async (call, { resourceArn }) => ({
  tags: JSON.parse((await tagged(call, resourceArn)).row.tags),
})

export const tagResource: Handler<'TagResource'> = async (call, { resourceArn, tags }) => {
  const { table, row } = await tagged(call, resourceArn)
  await changeResource(call.db, table, { id: row.id }, { tags: storedTags(tags, JSON.parse(row.tags)) })
  return {}
}

export const untagResource: Handler<'UntagResource'> = async (call, { resourceArn, tagKeys }) => {
  const { table, row } = await tagged(call, resourceArn)
  const kept = Object.entries(JSON.parse(row.tags) as Record<string, string>).filter(([key]) => !tagKeys.includes(key))
  await changeResource(call.db, table, { id: row.id }, { tags: JSON.stringify(Object.fromEntries(kept)) })
  return {}
}

/** The tables of what can be tagged, by the kind that an ARN names (semantics §13). */
const taggable: Readonly<Record<string, ResourceTable>> = {
  studio: 'studio',
  'studio-component': 'studioComponent',
  'launch-profile': 'launchProfile',
  'streaming-image': 'streamingImage',
  'streaming-session': 'session',
  'streaming-session-backup': 'backup',
}

const tagged = async (call: Call, arn: string) => {
  const [, kind = '', name = ''] = /^arn:aws:nimble:[^:]*:[^:]*:([a-z-]+)\/([^/]+)$/.exec(arn) ?? []
  const table = Object.hasOwn(taggable, kind) ? taggable[kind] : undefined
  const id = table === 'studio' ? `${call.installation.region}:${name}` : name
  const row = table && arn === arnOf(call.installation, kind, id) ? await resourceById(call.db, table, id) : undefined
  if (!table || !row || row.state === 'DELETED') throw notFound('resource', arn)
  return { table, row }
}
