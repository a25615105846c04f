/**
 * The API models, read as data: the contract, and Atelier's own administration in a second file of the same layout.
 * Routes, decoding, validation, encoding, the client and the generated types all read what this file exports; nothing
 * about an operation is written a second time.
 */
import atelier from '../../contract/atelier/2026-11-24/service-2.json' with { type: 'json' }
import atelierFacts from '../../contract/atelier/2026-11-24/traits.json' with { type: 'json' }
import nimble from '../../contract/nimble/2020-08-01/service-2.json' with { type: 'json' }
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
  type: 'string' | 'integer' | 'boolean' | 'timestamp'
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
  /** It does what takes long before its transaction, which it begins itself. */
  ownTransaction?: boolean
  /** Actions that the caller must be allowed as well, of other services among them. */
  dependentActions: readonly string[]
}

/** One API: the version that its paths begin with, and the name that it is signed for and that policies call it by. */
export interface Service {
  apiVersion: string
  signingName: ServiceName
}
export type ServiceName = 'nimble' | 'atelier'

export const services: Readonly<Record<ServiceName, Service>> = {
  nimble: { apiVersion: nimble.metadata.apiVersion, signingName: 'nimble' },
  atelier: { apiVersion: atelier.metadata.apiVersion, signingName: 'atelier' },
}

/** Both models as one. What stands in both is written alike: `contract.test.ts` sees to it. */
export const shapes = { ...atelier.shapes, ...nimble.shapes } as unknown as Readonly<Record<string, Shape>>
export const operations = { ...nimble.operations, ...atelier.operations } as unknown as Readonly<
  Record<string, Operation>
>
export const traits = { ...facts.operations, ...atelierFacts.operations } as unknown as Readonly<
  Record<string, OperationTraits>
>
export const resources = { ...facts.resources, ...atelierFacts.resources } as unknown as Readonly<
  Record<string, Resource>
>

/** What pages of other origins may send and read. */
export const { cors } = facts

/** The API that an operation belongs to. */
export const serviceOf = (operation: string): Service =>
  Object.hasOwn(atelier.operations, operation) ? services.atelier : services.nimble

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

/** Whether the operation begins its transaction itself, after work that no transaction should last for. */
export const makesOwnTransaction = (operation: string): boolean => traits[operation]?.ownTransaction ?? false

/** HTTP status of the errors that the model names. */
export const modelledErrors: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(shapes).flatMap(([name, shape]) =>
    shape.type === 'structure' && shape.exception ? [[name, shape.error?.httpStatusCode ?? 500]] : [],
  ),
)
