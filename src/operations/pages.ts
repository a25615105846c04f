import type { Call } from '../access/call.ts'
import { readCursor, writeCursor } from '../access/cursor.ts'
import { rendered } from '../contract/encode.ts'
import { operationOf, shapeOf, structureOf } from '../contract/model.ts'
import type { OperationName } from '../contract/types.ts'
import type { PageQuery, ViewPage } from '../store/resources.ts'

const defaultPage = 100

interface Walk {
  operation: OperationName
  /** What the page is bound to: a cursor of other filters is refused. */
  filters: object
  nextToken: string | undefined
  maxResults?: number | undefined
}

/** One page of a list: items as the API shows them, and where the next page goes on (decision 8). */
export const page = async <Item>(
  call: Call,
  { operation, filters, nextToken, maxResults = defaultPage }: Walk,
  find: (page: PageQuery) => Promise<ViewPage>,
): Promise<{ items: Item[]; nextToken: string | undefined }> => {
  const after = readCursor(call, operation, filters, nextToken)
  const limit = Math.min(maxResults, defaultPage, largestPage(operation))
  const { views, next } = await find({ ...(after === undefined ? {} : { after }), limit })
  return {
    items: rendered<Item[]>('[', views, ']'),
    nextToken: next === undefined ? undefined : writeCursor(call, operation, filters, next),
  }
}

/** A page may not hold more than the contract's list does, whatever was asked for. */
const largestPage = (operation: OperationName): number => {
  const caps = Object.values(structureOf(operationOf(operation).output.shape).members).flatMap(({ shape }) => {
    const list = shapeOf(shape)
    return list.type === 'list' && list.max !== undefined ? [list.max] : []
  })
  return Math.min(...caps, defaultPage)
}
