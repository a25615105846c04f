import { broken, invalidMembers } from './errors.ts'
import { operationOf, type Shape, shapeOf } from './model.ts'
import type { Input, OperationName } from './types.ts'

/** Enum values that this installation accepts beside the contract's, by shape name (decision 21). */
export type ExtraValues = Readonly<Record<string, ReadonlySet<string>>>

/** Refuses an input that breaks a constraint of the model, naming every failing member at once (decision 3). */
export const validate = <Name extends OperationName>(
  operation: Name,
  input: Input<Name>,
  extraValues: ExtraValues = {},
): void => {
  const failures: string[] = []
  check(input, operationOf(operation).input.shape, '', { failures, extraValues })
  if (failures.length > 0) throw invalidMembers('INVALID_MEMBER', failures)
}

/** Whether a value keeps the constraints of a shape: for a member that the model leaves open where it is asked for. */
export const fits = (value: unknown, shapeName: string): boolean => {
  const failures: string[] = []
  check(value, shapeName, '', { failures, extraValues: {} })
  return failures.length === 0
}

interface Findings {
  failures: string[]
  extraValues: ExtraValues
}

/** More are not named: an answer is for a person, and what a caller may send is larger than any he reads. */
const mostFailures = 50

const check = (value: unknown, shapeName: string, path: string, findings: Findings): void => {
  if (findings.failures.length >= mostFailures) return
  const shape = shapeOf(shapeName)
  const fail = (constraint: string) => findings.failures.push(broken(path, constraint))
  switch (shape.type) {
    case 'structure': {
      const members = value as Record<string, unknown>
      const required = new Set(shape.required)
      for (const [name, member] of Object.entries(shape.members)) {
        if (members[name] !== undefined) check(members[name], member.shape, `${path}/${name}`, findings)
        else if (required.has(name)) findings.failures.push(broken(`${path}/${name}`, 'Member must not be null'))
      }
      return
    }
    case 'list': {
      const items = value as unknown[]
      if (!within(items.length, shape, 'have length', fail)) return
      for (const [i, item] of items.entries()) check(item, shape.member.shape, `${path}/${i}`, findings)
      return
    }
    case 'map':
      for (const [key, item] of Object.entries(value as Record<string, unknown>)) {
        check(key, shape.key.shape, `${path}/key`, findings)
        check(item, shape.value.shape, `${path}/value`, findings)
      }
      return
    case 'integer':
      within(value as number, shape, 'have value', fail)
      return
    case 'string':
      checkString(value as string, shapeName, shape, fail, findings)
      return
  }
}

const checkString = (
  value: string,
  shapeName: string,
  shape: Shape,
  fail: (constraint: string) => void,
  { extraValues }: Findings,
) => {
  // Length comes first: a pattern never sees a text longer than the model allows.
  if (!within(lengthOf(value, shape.max), shape, 'have length', fail)) return
  if (shape.enum && !shape.enum.includes(value) && !extraValues[shapeName]?.has(value))
    fail(`Member must satisfy enum value set: [${[...shape.enum, ...(extraValues[shapeName] ?? [])].join(', ')}]`)
  if (shape.pattern && !patternOf(shape.pattern).test(value))
    fail(`Member must satisfy regular expression pattern: ${shape.pattern}`)
}

const within = (
  amount: number,
  { min, max }: Shape,
  verb: 'have length' | 'have value',
  fail: (constraint: string) => void,
): boolean => {
  if (min !== undefined && amount < min) fail(`Member must ${verb} greater than or equal to ${min}`)
  else if (max !== undefined && amount > max) fail(`Member must ${verb} less than or equal to ${max}`)
  else return true
  return false
}

/** Code points, counted only as far as it matters: a text of a megabyte is not walked to refuse it. */
const lengthOf = (text: string, max = Number.POSITIVE_INFINITY): number => {
  if (text.length > 2 * max) return text.length
  let length = 0
  for (const _ of text) length++
  return length
}

const patterns = new Map<string, RegExp>()

/** Patterns follow Java: compiled without `u`, searched rather than matched, unless anchored by themselves. */
const patternOf = (source: string): RegExp => {
  const known = patterns.get(source)
  if (known) return known
  const pattern = new RegExp(source)
  patterns.set(source, pattern)
  return pattern
}
