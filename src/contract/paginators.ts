/** Which operations answer in pages, read from the paginators beside the models. */
import atelier from '../../contract/atelier/2026-11-24/paginators-1.json' with { type: 'json' }
import nimble from '../../contract/nimble/2020-08-01/paginators-1.json' with { type: 'json' }

export interface Paginator {
  /** The member of the input that takes the token of the next page. */
  input_token: string
  /** The member of the output that holds it. */
  output_token: string
  /** The member of the output that holds the items. */
  result_key: string
  /** The member of the input that takes the size of a page. */
  limit_key?: string
}

const paginators: Readonly<Record<string, Paginator>> = { ...nimble.pagination, ...atelier.pagination }

export const paginatorOf = (operation: string): Paginator | undefined =>
  Object.hasOwn(paginators, operation) ? paginators[operation] : undefined
