import type { ApiError } from './errors.ts'
import type { Json, Outgoing } from './http.ts'
import { operationOf, shapeOf, structureOf } from './model.ts'
import type { OperationName, Output } from './types.ts'

/**
 * A value whose JSON is written already. The store keeps the API's view of each resource as text, written once with
 * each change, so that a list of a hundred costs no encoding.
 */
class Rendered {
  readonly pieces: readonly Json[]
  constructor(pieces: readonly Json[]) {
    this.pieces = pieces
  }
}

/** Stands for a value of the model wherever an output takes one. Its JSON may come in pieces. */
export const rendered = <Value>(...pieces: readonly Json[]): Value => new Rendered(pieces) as Value

/** The answer to an operation. The output's members all go to the body: the contract binds none to a header. */
export const encode = <Name extends OperationName>(operation: Name, output: Output<Name>): Outgoing => {
  const { http, output: target } = operationOf(operation)
  if (http.responseCode === 204) return { status: 204, headers: {}, body: [] }
  return {
    status: http.responseCode,
    headers: { 'content-type': 'application/json' },
    body: inPieces(put => write(output, target.shape, put)),
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
  body: [JSON.stringify({ code: error.name, message: error.message, context: error.context })],
})

/** JSON of a value of the model, as one text. Members the model lacks are left out. */
export const toJson = (value: unknown, shapeName: string): string => {
  let text = ''
  write(value, shapeName, piece => {
    text += typeof piece === 'string' ? piece : Buffer.from(piece).toString()
  })
  return text
}

/** What is written between bytes becomes one text. Texts are added up and never joined: V8 copies them once. */
const inPieces = (writeTo: (put: Put) => void): Json[] => {
  const pieces: Json[] = []
  let text = ''
  writeTo(piece => {
    if (typeof piece === 'string') text += piece
    else {
      pieces.push(text, piece)
      text = ''
    }
  })
  return [...pieces, text]
}

type Put = (piece: Json) => void

const write = (value: unknown, shapeName: string, put: Put): void => {
  if (value instanceof Rendered) {
    for (const piece of value.pieces) put(piece)
    return
  }
  const shape = shapeOf(shapeName)
  if (shape.type === 'structure') {
    let before = '{'
    for (const [name, member] of Object.entries(structureOf(shapeName).members)) {
      const inner = (value as Record<string, unknown>)[name]
      if (inner === undefined) continue
      put(`${before}"${name}":`)
      write(inner, member.shape, put)
      before = ','
    }
    put(before === '{' ? '{}' : '}')
  } else if (shape.type === 'list') {
    let before = '['
    for (const item of value as unknown[]) {
      put(before)
      write(item, shape.member.shape, put)
      before = ','
    }
    put(before === '[' ? '[]' : ']')
  } else {
    put(JSON.stringify(shape.type === 'timestamp' ? formatTimestamp(value as Date) : value))
  }
}

/** `YYYY-MM-DDTHH:MM:SSZ` (decision 4). */
export const formatTimestamp = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`
