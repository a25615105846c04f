import { shapeOf } from '../contract/model.ts'

/** What a value of the model looks like, with nothing filled in, as the AWS CLI shows it. */
export const skeletonOf = (shapeName: string, within: readonly string[] = []): unknown => {
  const shape = shapeOf(shapeName)
  if (within.includes(shapeName)) return {}
  const inner = (name: string) => skeletonOf(name, [...within, shapeName])
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(Object.entries(shape.members).map(([name, member]) => [name, inner(member.shape)]))
    case 'list':
      return [inner(shape.member.shape)]
    case 'map':
      return { KeyName: inner(shape.value.shape) }
    case 'integer':
      return 0
    case 'boolean':
      return true
    case 'timestamp':
      return '1970-01-01T00:00:00+00:00'
    default:
      return shape.enum?.[0] ?? ''
  }
}
