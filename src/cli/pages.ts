/**
 * All pages of a list as one answer, as the AWS CLI gives it; `--max-items` ends it early with a `NextToken`, which is
 * written as the AWS CLI writes it, so that either can go on where the other ended.
 */
import type { Paginator } from '../contract/paginators.ts'
import type { Call, Values } from './call.ts'
import { misused } from './terminal.ts'

export interface Paging {
  maxItems?: number | undefined
  startingToken?: string | undefined
  pageSize?: number | undefined
}

/** Where a list goes on: the token of a page, and how many of its items have been given already. */
interface Place {
  token: string | undefined
  skip: number
}

export const callPages = async (
  call: Call,
  operation: string,
  { input_token, output_token, result_key, limit_key }: Paginator,
  input: Values,
  { maxItems = Number.POSITIVE_INFINITY, startingToken, pageSize }: Paging,
): Promise<Values> => {
  let { token, skip } =
    startingToken === undefined ? { token: undefined, skip: 0 } : readPlace(startingToken, input_token)
  const items: unknown[] = []
  for (;;) {
    const page = await call(operation, {
      ...input,
      ...(token === undefined ? {} : { [input_token]: token }),
      ...(pageSize === undefined || !limit_key ? {} : { [limit_key]: pageSize }),
    })
    const all = (page[result_key] ?? []) as unknown[]
    const found = all.slice(skip)
    const room = maxItems - items.length
    if (found.length > room) {
      items.push(...found.slice(0, room))
      return { [result_key]: items, NextToken: writePlace({ token, skip: skip + room }, input_token) }
    }
    items.push(...found)
    const next = page[output_token] as string | undefined
    if (next === undefined) return { [result_key]: items }
    if (items.length === maxItems)
      return { [result_key]: items, NextToken: writePlace({ token: next, skip: 0 }, input_token) }
    if (next === token) throw new Error('the server gives the same page again and again')
    token = next
    skip = 0
  }
}

const skipped = 'boto_truncate_amount'

const writePlace = ({ token, skip }: Place, name: string): string =>
  Buffer.from(`{"${name}": ${JSON.stringify(token ?? null)}${skip > 0 ? `, "${skipped}": ${skip}` : ''}}`).toString(
    'base64',
  )

/** A token of the server itself is taken as well. */
const readPlace = (text: string, name: string): Place => {
  let place: unknown
  try {
    place = JSON.parse(Buffer.from(text, 'base64').toString())
  } catch {
    return { token: text, skip: 0 }
  }
  if (typeof place !== 'object' || place === null) return { token: text, skip: 0 }
  const { [name]: token, [skipped]: skip = 0 } = place as Record<string, unknown>
  if ((typeof token !== 'string' && token !== null) || !Number.isSafeInteger(skip) || Number(skip) < 0)
    throw misused('--starting-token is none that a list has given')
  return { token: token ?? undefined, skip: Number(skip) }
}
