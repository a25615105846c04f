/**
 * The API model, read as data. Routes, decoding, validation, encoding, the client and the generated types all read
 * what this file exports; nothing about an operation is written a second time.
 */
import service from '../../contract/nimble/2020-08-01/service-2.json' with { type: 'json' }
import facts from '../../contract/nimble/2020-08-01/traits.json' with { type: 'json' }

export interface Member {
  shape: string
  location?: 'uri' | 'querystring' | 'header'
  locationName?: string
  idempotencyToken?: boolean
}

export interface Constraints {
  /** Length of a string in code points, items of a list, value of an integer. */
  min?: number
  max?: number
  pattern?: string
  enum?: readonly string[]
  sensitive?: boolean
}

export interface Structure extends Constraints {
  type: 'structure'
  members: Record<string, Member>
  required?: readonly string[]
  union?: boolean
  exception?: boolean
  error?: { httpStatusCode: number }
}
export interface List extends Constraints {
  type: 'list'
  member: Member
}
export interface StringMap extends Constraints {
  type: 'map'
  key: Member
  value: Member
}
export interface Scalar extends Constraints {
  type: 'string' | 'integer' | 'timestamp'
}
export type Shape = Structure | List | StringMap | Scalar

export interface Operation {
  name: string
  http: { method: string; requestUri: string; responseCode: number }
  input: { shape: string }
  output: { shape: string }
}

/** The life of one kind of resource: which operation creates, reads and lists it, and the form of its ARN. */
export interface Resource {
  iamName: string | null
  arn: string
  identifiers: Record<string, string>
  lifecycle: { create?: string; read?: string; update?: string; delete?: string; list?: string }
  operations: readonly string[]
}

interface OperationTraits {
  readonly: boolean
  idempotent: boolean
  resource: string | null
}

export const apiVersion = service.metadata.apiVersion
export const signingName = service.metadata.signingName

export const shapes = service.shapes as unknown as Readonly<Record<string, Shape>>
export const operations = service.operations as unknown as Readonly<Record<string, Operation>>
export const traits = facts.operations as Readonly<Record<string, OperationTraits>>
export const resources = facts.resources as unknown as Readonly<Record<string, Resource>>

/** Default of a member that the caller left out, by `Structure.member`, then by the member's shape. */
export const defaultOf = (structure: string, member: string): number | undefined =>
  (facts.defaults.members as Record<string, number>)[`${structure}.${member}`]

export const shapeOf = (name: string): Shape => {
  const shape = shapes[name]
  if (!shape) throw new Error(`the model has no shape ${name}`)
  return shape
}

export const structureOf = (name: string): Structure => {
  const shape = shapeOf(name)
  if (shape.type !== 'structure') throw new Error(`${name} is a ${shape.type}, not a structure`)
  return shape
}

export const operationOf = (name: string): Operation => {
  const operation = operations[name]
  if (!operation) throw new Error(`the model has no operation ${name}`)
  return operation
}

/** Whether the operation only reads: such a call takes no transaction and no client token. */
export const isReadOnly = (operation: string): boolean => traits[operation]?.readonly ?? false

/** HTTP status of the errors that the model names. */
export const modelledErrors: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(shapes).flatMap(([name, shape]) =>
    shape.type === 'structure' && shape.exception ? [[name, shape.error?.httpStatusCode ?? 500]] : [],
  ),
)
