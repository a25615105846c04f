/** Inputs that break the contract in one place, or in every place at once, made from the contract itself. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Member, operationOf, type Shape, shapeOf, structureOf } from '../../src/contract/model.ts'
import { sampleOf } from '../../src/contract/samples.ts'
import type { OperationName } from '../../src/contract/types.ts'

/** In every wrong text: what an answer must not repeat. */
export const canary = 'c4naRy'

export interface Fault {
  /** Where, as the answer has to name it. */
  path: string
  /** How the answer has to begin what it says of it. */
  says: string
  /** A whole input that is right but for this. */
  input: Record<string, unknown>
}

/** A right value with everything in it. Of a union one member. */
export const completeOf = (shapeName: string): unknown => {
  const shape = shapeOf(shapeName)
  switch (shape.type) {
    case 'structure': {
      const members = Object.entries(shape.members).slice(0, shape.union ? 1 : undefined)
      return Object.fromEntries(members.map(([name, { shape }]) => [name, completeOf(shape)]))
    }
    case 'list':
      return Array.from({ length: Math.max(1, shape.min ?? 0) }, () => completeOf(shape.member.shape))
    case 'map':
      return { key: completeOf(shape.value.shape) }
    case 'string':
      // Plain letters where they do: a header takes few others.
      if (!shape.enum && !shape.pattern) return 'a'.repeat(Math.max(1, shape.min ?? 0))
  }
  return fc.sample(sampleOf(shapeName), { seed: 1, numRuns: 1 })[0]
}

/** Every way to break one constraint of the operation's input. `right` overrides members of the complete input. */
export const brokenConstraints = (operation: OperationName, right: Record<string, unknown>): Fault[] => {
  const { shape } = operationOf(operation).input
  const whole = { ...(completeOf(shape) as Record<string, unknown>), ...right }
  return [...breaksOf(shape, '', whole, value => value as Record<string, unknown>)]
}

/** Every member of the body in every wrong JSON type. */
export const wrongTypes = (operation: OperationName, right: Record<string, unknown>): Fault[] => {
  const { shape } = operationOf(operation).input
  const whole = { ...(completeOf(shape) as Record<string, unknown>), ...right }
  return Object.entries(structureOf(shape).members).flatMap(([name, member]) =>
    member.location ? [] : [...typesOf(member.shape, `/${name}`, value => ({ ...whole, [name]: value }))],
  )
}

/** One input in which as much as possible is wrong, and the paths of it all. */
export const everythingBroken = (operation: OperationName, right: Record<string, unknown>) => {
  const paths: string[] = []
  const { shape } = operationOf(operation).input
  const members = structureOf(shape).members
  const input = Object.fromEntries(
    Object.entries(members).flatMap(([name, member]) => {
      if (member.location === 'uri') return [[name, right[name]]]
      const value = brokenValue(shape, name, member, `/${name}`, paths)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  return { input, paths }
}

type Wrap = (value: unknown) => Record<string, unknown>

function* breaksOf(shapeName: string, path: string, right: unknown, wrap: Wrap): Generator<Fault> {
  const shape = shapeOf(shapeName)
  for (const { value, says } of violationsOf(shapeName)) yield { path, says, input: wrap(value) }
  if (shape.type === 'structure') {
    const whole = right as Record<string, unknown>
    for (const [name, member] of Object.entries(shape.members)) {
      if (member.location === 'uri') continue
      const put: Wrap = value => wrap(shape.union ? { [name]: value } : { ...whole, [name]: value })
      if (shape.required?.includes(name)) {
        const { [name]: _, ...rest } = whole
        yield { path: `${path}/${name}`, says: 'Member must not be null', input: wrap(rest) }
      }
      yield* breaksOf(member.shape, `${path}/${name}`, whole[name] ?? completeOf(member.shape), put)
    }
  } else if (shape.type === 'list') {
    const [first, ...rest] = right as unknown[]
    yield* breaksOf(shape.member.shape, `${path}/0`, first, value => wrap([value, ...rest]))
  } else if (shape.type === 'map') {
    yield* breaksOf(shape.value.shape, `${path}/value`, completeOf(shape.value.shape), value => wrap({ key: value }))
  }
}

interface Violation {
  value: unknown
  says: string
}

/** What breaks the constraints of the shape itself. */
const violationsOf = (shapeName: string): Violation[] => {
  const shape = shapeOf(shapeName)
  const { min, max } = shape
  const found: Violation[] = []
  if (shape.type === 'integer') {
    if (min !== undefined) found.push({ value: min - 1, says: atLeast('value', min) })
    if (max !== undefined) found.push({ value: max + 1, says: atMost('value', max) })
  }
  if (shape.type === 'list') {
    if (min) found.push({ value: [], says: atLeast('length', min) })
    if (max !== undefined)
      found.push({
        value: Array.from({ length: max + 1 }, () => completeOf(shape.member.shape)),
        says: atMost('length', max),
      })
  }
  if (shape.type === 'string') {
    if (min) found.push({ value: 'a'.repeat(min - 1), says: atLeast('length', min) })
    if (max !== undefined) found.push({ value: canary.padEnd(max + 1, 'a'), says: atMost('length', max) })
    if (shape.enum) found.push({ value: canary, says: 'Member must satisfy enum value set: [' })
    if (shape.pattern) found.push({ value: mismatch(shape), says: `Member must satisfy regular expression pattern: ` })
  }
  return found
}

const atLeast = (what: string, least: number) => `Member must have ${what} greater than or equal to ${least}`
const atMost = (what: string, most: number) => `Member must have ${what} less than or equal to ${most}`

/** A text of a right length that the pattern does not take. */
const mismatch = ({ pattern = '', min = 0, max = Number.POSITIVE_INFINITY }: Shape): string => {
  const candidates = [canary, `${canary} !`, `${canary}\u{1f600}`].map(text => text.padEnd(min, '!'))
  const found = candidates.find(text => [...text].length <= max && !new RegExp(pattern).test(text))
  assert.ok(found, `no text breaks ${pattern}`)
  return found
}

const wrong: Readonly<Record<Shape['type'], readonly unknown[]>> = {
  string: [7, true, {}, [canary], `${canary}\ud800`],
  integer: [canary, '7', 1.5, -(2 ** 31) - 1, 2 ** 31, 2 ** 53, 1e300, true, {}, [7]],
  boolean: [canary, 'true', 1, {}, [true]],
  timestamp: [7, canary, '2026-02-31', {}],
  list: [canary, 7, { 0: canary }],
  map: [canary, 7, [canary]],
  structure: [canary, 7, [canary]],
}

function* typesOf(shapeName: string, path: string, wrap: Wrap): Generator<Fault> {
  const shape = shapeOf(shapeName)
  for (const value of wrong[shape.type]) yield { path, says: 'must be', input: wrap(value) }
  if (shape.type === 'list') yield* typesOf(shape.member.shape, `${path}/0`, value => wrap([value]))
  if (shape.type === 'map') yield* typesOf(shape.value.shape, `${path}/value`, value => wrap({ [canary]: value }))
  if (shape.type === 'structure') {
    const whole = shape.union ? {} : (completeOf(shapeName) as Record<string, unknown>)
    for (const [name, member] of Object.entries(shape.members))
      yield* typesOf(member.shape, `${path}/${name}`, value => wrap({ ...whole, [name]: value }))
  }
}

/** A value that is wrong wherever it can be; undefined where leaving it out is what is wrong, or nothing can be. */
const brokenValue = (parent: string, name: string, { shape }: Member, path: string, paths: string[]): unknown => {
  const broken = brokenOf(shape, path, paths)
  if (broken === undefined && structureOf(parent).required?.includes(name)) paths.push(path)
  return broken
}

const brokenOf = (shapeName: string, path: string, paths: string[]): unknown => {
  const shape = shapeOf(shapeName)
  if (shape.type === 'structure') {
    const members = Object.entries(shape.members).slice(0, shape.union ? 1 : undefined)
    return Object.fromEntries(
      members.flatMap(([name, member]) => {
        const value = brokenValue(shapeName, name, member, `${path}/${name}`, paths)
        return value === undefined ? [] : [[name, value]]
      }),
    )
  }
  if (shape.type === 'list') {
    const item = brokenOf(shape.member.shape, `${path}/0`, paths)
    if (item !== undefined) return [item]
  }
  const [violation] = violationsOf(shapeName)
  if (violation) paths.push(path)
  return violation?.value
}
