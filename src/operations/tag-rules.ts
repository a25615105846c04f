import { broken, invalidMembers } from '../contract/errors.ts'

/** The limits AWS sets on tags everywhere (semantics §13). */
const mostTags = 50
const longestKey = 128
const longestValue = 256

interface Rule {
  path: string
  says: string
  breaks: (key: string, value: string) => boolean
}

const rules: readonly Rule[] = [
  { path: '/tags/key', says: 'Member must have length greater than or equal to 1', breaks: key => key === '' },
  {
    path: '/tags/key',
    says: `Member must have length less than or equal to ${longestKey}`,
    breaks: key => [...key].length > longestKey,
  },
  { path: '/tags/key', says: 'Member must not begin with aws:', breaks: key => /^aws:/i.test(key) },
  {
    path: '/tags/value',
    says: `Member must have length less than or equal to ${longestValue}`,
    breaks: (_, value) => [...value].length > longestValue,
  },
]

/** The tags a resource has after a change, as they are stored; refuses what breaks a limit. */
export const storedTags = (
  tags: Readonly<Record<string, string>> = {},
  before: Readonly<Record<string, string>> = {},
) => {
  const given = Object.entries(tags)
  const broke = rules.filter(({ breaks }) => given.some(([key, value]) => breaks(key, value)))
  if (broke.length > 0)
    throw invalidMembers(
      'INVALID_TAG',
      broke.map(({ path, says }) => broken(path, says)),
    )
  const all = new Map([...Object.entries(before), ...given])
  if (all.size > mostTags)
    throw invalidMembers('TOO_MANY_TAGS', [broken('/tags', `A resource must have at most ${mostTags} tags`)])
  return JSON.stringify(Object.fromEntries(all))
}
