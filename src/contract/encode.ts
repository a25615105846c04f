import type { ApiError } from './errors.ts'
import type { Outgoing } from './http.ts'
import { operationOf, shapeOf, structureOf } from './model.ts'
import type { OperationName, Output } from './types.ts'

/**
 * A value whose JSON is written already. The store keeps the API's view of each resource as text, written once with
 * each change, so that a list of a hundred costs no encoding.
 */
class Rendered {
  readonly json: string
  constructor(json: string) {
    this.json = json
  }
}

/** Stands for a value of the model wherever an output takes one. */
export const rendered = <Value>(json: string): Value => new Rendered(json) as Value

/** The answer to an operation. The output's members all go to the body: the contract binds none to a header. */
export const encode = <Name extends OperationName>(operation: Name, output: Output<Name>): Outgoing => {
  const { http, output: target } = operationOf(operation)
  if (http.responseCode === 204) return { status: 204, headers: {}, body: '' }
  return {
    status: http.responseCode,
    headers: { 'content-type': 'application/json' },
    body: toJson(output, target.shape) ?? '{}',
  }
}

/** Errors carry the exception's name in a header and in `code`: clients disagree on which they read (decision 1). */
export const encodeError = (error: ApiError): Outgoing => ({
  status: error.status,
  headers: {
    'content-type': 'application/json',
    'x-amzn-errortype': error.name,
    ...(error.context.retryAfterSeconds ? { 'retry-after': error.context.retryAfterSeconds } : {}),
  },
  body: JSON.stringify({ code: error.name, message: error.message, context: error.context }),
})

/**
 * JSON of a value of the model, or undefined when the value is absent. Members the model lacks are left out. Texts are
 * added up and never joined: V8 copies what was added up once, when it is written, and what is joined at each level.
 */
export const toJson = (value: unknown, shapeName: string): string | undefined => {
  if (value === undefined) return undefined
  if (value instanceof Rendered) return value.json
  const shape = shapeOf(shapeName)
  switch (shape.type) {
    case 'structure': {
      let members = ''
      for (const [name, member] of Object.entries(structureOf(shapeName).members)) {
        const json = toJson((value as Record<string, unknown>)[name], member.shape)
        if (json !== undefined) members += `${members && ','}"${name}":${json}`
      }
      return `{${members}}`
    }
    case 'list': {
      let items = ''
      for (const item of value as unknown[]) items += `${items && ','}${toJson(item, shape.member.shape) ?? 'null'}`
      return `[${items}]`
    }
    case 'timestamp':
      return JSON.stringify(formatTimestamp(value as Date))
    default:
      return JSON.stringify(value)
  }
}

/** `YYYY-MM-DDTHH:MM:SSZ` (decision 4). */
export const formatTimestamp = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`
