import { invalid } from '../contract/errors.ts'

/** The limits AWS sets on tags everywhere (semantics §13). */
const mostTags = 50
const longestKey = 128
const longestValue = 256

/** The tags a resource has after a change, as they are stored; refuses what breaks a limit. */
export const storedTags = (
  tags: Readonly<Record<string, string>> = {},
  before: Readonly<Record<string, string>> = {},
) => {
  for (const [key, value] of Object.entries(tags)) {
    if (key === '' || [...key].length > longestKey)
      throw invalid('INVALID_TAG', `A tag's key must have 1 to ${longestKey} characters.`)
    if ([...value].length > longestValue)
      throw invalid('INVALID_TAG', `A tag's value must have at most ${longestValue} characters.`)
    if (/^aws:/i.test(key)) throw invalid('INVALID_TAG', "A tag's key must not begin with 'aws:'.")
  }
  const all = new Map([...Object.entries(before), ...Object.entries(tags)])
  if (all.size > mostTags) throw invalid('TOO_MANY_TAGS', `A resource can have at most ${mostTags} tags.`)
  return JSON.stringify(Object.fromEntries(all))
}
