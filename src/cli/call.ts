/** One call of an operation, by its name, and how it fails. */
import { randomUUID } from 'node:crypto'
import type { Client } from '../contract/client.ts'
import { operationOf, structureOf } from '../contract/model.ts'

export type Values = Record<string, unknown>
export type Call = (operation: string, input: Values) => Promise<Values>

/** A call that failed; the cause is an `ApiError` when the server refused it. */
export class CallError extends Error {
  override readonly name = 'CallError'
  readonly operation: string
  constructor(operation: string, message: string, cause: unknown) {
    super(message, { cause })
    this.operation = operation
  }
}

/** @throws CallError */
export const createCall = (client: Client, endpoint: string): Call => {
  const methods = client as unknown as Readonly<Record<string, (input: Values) => Promise<Values>>>
  return async (operation, input) => {
    const method = methods[operation.charAt(0).toLowerCase() + operation.slice(1)]
    if (!method) throw new TypeError(`the client has no ${operation}`)
    try {
      return await method({ ...tokenFor(operation), ...input })
    } catch (cause) {
      throw new CallError(operation, messageOf(cause, endpoint), cause)
    }
  }
}

const messageOf = (cause: unknown, endpoint: string): string => {
  const { name, message, cause: reason } = cause as Error
  if (name === 'TimeoutError') return `The server at ${endpoint} did not answer in time.`
  const { code } = (reason ?? {}) as NodeJS.ErrnoException
  if (code === undefined && message !== 'fetch failed') return message
  return `Could not connect to the endpoint URL: "${endpoint}" (${code ?? (reason as Error | undefined)?.message})`
}

/** As the SDKs do: a change has a token even where the caller names none. */
const tokenFor = (operation: string): Values => {
  const { members } = structureOf(operationOf(operation).input.shape)
  const name = Object.keys(members).find(member => members[member]?.idempotencyToken)
  return name === undefined ? {} : { [name]: randomUUID() }
}
