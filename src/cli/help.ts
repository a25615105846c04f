/** Help for operations, written from the models. */
import { operationOf, type Shape, shapeOf } from '../contract/model.ts'
import { type Flag, flagsOf } from './arguments.ts'
import { typedOperations } from './names.ts'

export const operationList = (): string =>
  ['operations, each with its own help:', ...[...typedOperations.keys()].sort().map(name => `  ${name}`)].join('\n')

/** `name` is a key of `typedOperations`. */
export const operationHelp = (name: string): string => {
  const operation = typedOperations.get(name) ?? ''
  const flags = Object.entries(flagsOf(operation)).sort(([, a], [, b]) => rank(a) - rank(b))
  const synopsis = flags
    .filter(([, { member }]) => member)
    .map(([flag, { takes, member }]) => {
      const text = takes === 'none' ? flag : `${flag} ${valueName(member?.shape ?? '')}`
      return member?.required ? text : `[${text}]`
    })
  return [
    `usage: atelier ${name} ${synopsis.join(' ')}`,
    '',
    ...flags.flatMap(([flag, entry]) => [
      `  ${flag}${entry.member?.required ? '  (required)' : ''}`,
      ...explain(entry),
    ]),
    '',
    'answer:',
    ...describe(operationOf(operation).output.shape, '  ', []),
  ].join('\n')
}

const rank = ({ member }: Flag) => (member ? (member.required ? 0 : 1) : 2)

const explain = ({ member, summary, choices }: Flag): string[] => {
  if (member) return describe(member.shape, '      ', [])
  return [`      ${summary ?? ''}${choices ? ` (${choices.join(', ')})` : ''}`]
}

const valueName = (shapeName: string): string => {
  const { type } = shapeOf(shapeName)
  return {
    string: 'TEXT',
    integer: 'NUMBER',
    boolean: '',
    timestamp: 'TIME',
    list: 'ITEM …',
    map: 'KEY=VALUE,…',
    structure: 'MEMBER=VALUE,…',
  }[type]
}

/** A line for the shape, and lines for what is in it. */
const describe = (shapeName: string, indent: string, within: readonly string[]): string[] => {
  const shape = shapeOf(shapeName)
  const deeper = (name: string) => (within.includes(name) ? [] : describe(name, `${indent}  `, [...within, shapeName]))
  switch (shape.type) {
    case 'structure':
      return Object.entries(shape.members).flatMap(([name, member]) => {
        const note = shape.required?.includes(name) ? ' (required)' : ''
        return [`${indent}${name}${note}`, ...deeper(member.shape)]
      })
    case 'list':
      return [`${indent}list${bounds(shape, 'items')} of:`, ...deeper(shape.member.shape)]
    case 'map':
      return [`${indent}map${bounds(shape, 'entries')} of text to:`, ...deeper(shape.value.shape)]
    case 'integer':
      return [`${indent}whole number${bounds(shape, '')}`]
    case 'boolean':
      return [`${indent}true or false`]
    case 'timestamp':
      return [`${indent}time`]
    case 'string':
      if (shape.enum) return [`${indent}one of: ${shape.enum.join(', ')}`]
      return [`${indent}text${bounds(shape, 'characters')}${shape.pattern ? `, matching ${shape.pattern}` : ''}`]
  }
}

const bounds = ({ min, max }: Shape, what: string): string => {
  const unit = what && ` ${what}`
  if (min !== undefined && max !== undefined) return `, ${min} to ${max}${unit}`
  if (max !== undefined) return `, at most ${max}${unit}`
  return min === undefined ? '' : `, at least ${min}${unit}`
}
