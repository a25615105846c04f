/** The words after a flag as a value of the model: text, numbers, JSON, shorthand, or a file that holds one of them. */
import { readFileSync } from 'node:fs'
import { type Shape, shapeOf } from '../contract/model.ts'
import { parseShorthand } from './shorthand.ts'
import { misused } from './terminal.ts'

export const isScalar = (shapeName: string): boolean => !['structure', 'map', 'list'].includes(shapeOf(shapeName).type)

/** @throws CommandError that names the flag. */
export const readValue = (words: readonly string[], shapeName: string, flag: string): unknown => {
  const [first = ''] = words
  const texts = words.length === 1 ? [contentOf(first, flag)] : words
  try {
    return fit(readWords(texts, shapeName), shapeName, '')
  } catch (error) {
    throw misused(`${flag}: ${(error as Error).message}`)
  }
}

/** `file://path` stands for what is in the file. */
export const contentOf = (text: string, flag: string): string => {
  if (!text.startsWith('file://')) return text
  try {
    return readFileSync(text.slice('file://'.length), 'utf8')
  } catch (error) {
    throw misused(`${flag}: ${(error as Error).message}`)
  }
}

const readWords = (words: readonly string[], shapeName: string): unknown => {
  const shape = shapeOf(shapeName)
  const [first = ''] = words
  if (shape.type !== 'list') return isScalar(shapeName) ? first : readStructure(first)
  if (words.length === 1 && first.trimStart().startsWith('[')) return readJson(first)
  return isScalar(shape.member.shape) ? words : words.map(readStructure)
}

const readStructure = (text: string): unknown => (/^\s*[{[]/.test(text) ? readJson(text) : parseShorthand(text))

export const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw misused(`this is no JSON: ${(error as Error).message}`)
  }
}

/**
 * The value as the model has it: what was written as text becomes the number or truth it stands for, and one item is a
 * list where the model wants a list. A name that the model lacks is an error, for it is a slip of the hand; what goes
 * beyond a bound is the server's to refuse.
 */
export const fit = (value: unknown, shapeName: string, path: string): unknown => {
  const shape = shapeOf(shapeName)
  switch (shape.type) {
    case 'structure':
      return fitMembers(objectAt(value, path), shape, path)
    case 'map':
      return Object.fromEntries(
        Object.entries(objectAt(value, path)).map(([key, item]) => [
          key,
          fit(item, shape.value.shape, join(path, key)),
        ]),
      )
    case 'list':
      return (Array.isArray(value) ? value : [value]).map((item, i) => fit(item, shape.member.shape, `${path}[${i}]`))
    case 'integer':
      if (Number.isSafeInteger(value)) return value
      if (typeof value === 'string' && /^\s*[+-]?\d{1,15}\s*$/.test(value)) return Number(value)
      throw wrong(path, 'a whole number')
    case 'boolean':
      if (typeof value === 'boolean') return value
      if (value === 'true' || value === 'false') return value === 'true'
      throw wrong(path, 'true or false')
    default:
      if (typeof value === 'string') return value
      throw wrong(path, 'text')
  }
}

const fitMembers = (source: Record<string, unknown>, shape: Shape & { type: 'structure' }, path: string) => {
  const known = Object.keys(shape.members)
  const unknown = Object.keys(source).find(name => !Object.hasOwn(shape.members, name))
  if (unknown !== undefined)
    throw misused(`unknown parameter ${JSON.stringify(join(path, unknown))}, must be one of: ${known.join(', ')}`)
  for (const name of shape.required ?? [])
    if (source[name] === undefined) throw misused(`missing required parameter ${JSON.stringify(join(path, name))}`)
  return Object.fromEntries(
    Object.entries(source).map(([name, item]) => [name, fit(item, shape.members[name]?.shape ?? '', join(path, name))]),
  )
}

const objectAt = (value: unknown, path: string): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'a structure')
  return value as Record<string, unknown>
}

const wrong = (path: string, expected: string) => misused(`${path && `${path} `}must be ${expected}`)

const join = (path: string, name: string) => (path ? `${path}.${name}` : name)
