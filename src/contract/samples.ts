/** Values that satisfy the model, for tests: any operation's input or output, made from its shape. */
import fc, { type Arbitrary } from 'fast-check'
import { type Member, type Shape, shapeOf } from './model.ts'

const deepest = 6

/** Any valid value of a shape. */
export const sampleOf = (shapeName: string, depth = 0): Arbitrary<unknown> => {
  const shape = shapeOf(shapeName)
  switch (shape.type) {
    case 'structure': {
      const members = Object.entries(shape.members).map(([name, member]) => [name, memberOf(member, depth)] as const)
      if (shape.union)
        return fc.oneof(...members.map(([name, value]) => fc.record({ [name]: value }, { noNullPrototype: true })))
      const requiredKeys = depth > deepest ? [] : [...(shape.required ?? [])]
      return fc.record(Object.fromEntries(members), { requiredKeys, noNullPrototype: true })
    }
    case 'list':
      return fc.array(sampleOf(shape.member.shape, depth + 1), {
        minLength: shape.min ?? 0,
        maxLength: Math.min(shape.max ?? 3, Math.max(shape.min ?? 0, 3)),
      })
    case 'map':
      return fc.dictionary(fc.string({ minLength: 1, maxLength: 10 }), sampleOf(shape.value.shape), {
        maxKeys: 3,
        noNullPrototype: true,
      })
    case 'integer':
      return fc.integer({ min: shape.min ?? -1000, max: shape.max ?? 1000 })
    case 'boolean':
      return fc.boolean()
    case 'timestamp':
      return fc.integer({ min: 0, max: 4_000_000_000 }).map(seconds => new Date(seconds * 1000))
    case 'string':
      return stringOf(shape)
  }
}

/** A label of a path is never empty or a dot, and a list in a query cannot be told from none when it is empty. */
const memberOf = ({ shape, location }: Member, depth: number): Arbitrary<unknown> => {
  const sample = sampleOf(shape, depth + 1)
  if (location === 'uri') return sample.filter(text => !['', '.', '..'].includes(text as string))
  if (location === 'querystring') return sample.filter(value => !Array.isArray(value) || value.length > 0)
  return sample
}

const stringOf = (shape: Shape): Arbitrary<string> => {
  if (shape.enum) return fc.constantFrom(...shape.enum)
  const length = { minLength: shape.min ?? 0, maxLength: Math.min(shape.max ?? 40, Math.max(shape.min ?? 0, 40)) }
  if (!shape.pattern) return fc.string({ unit: 'grapheme', ...length }).filter(text => fits(text, shape))
  return fc.stringMatching(new RegExp(shape.pattern), { maxLength: 60 }).filter(text => fits(text, shape))
}

const fits = (text: string, { min = 0, max = Number.POSITIVE_INFINITY, pattern }: Shape): boolean => {
  const length = [...text].length
  return length >= min && length <= max && (!pattern || new RegExp(pattern).test(text))
}
