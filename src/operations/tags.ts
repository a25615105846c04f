import type { Call } from '../access/call.ts'
import { resourceByArn } from '../access/tagged.ts'
import { notFound } from '../contract/errors.ts'
import { changeResource } from '../store/resources.ts'
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

const tagged = async (call: Call, arn: string) => {
  const found = await resourceByArn(call, arn)
  if (!found) throw notFound('resource', arn)
  return found
}
