/** Writes `types.ts` from the models. With `--check` it writes nothing and fails when the file differs. */
import { readFileSync, writeFileSync } from 'node:fs'
import { operations, type Shape, shapes } from './model.ts'

const file = new URL('types.ts', import.meta.url)

const reference = (name: string): string => {
  const shape = shapes[name]
  if (!shape) throw new Error(`the model has no shape ${name}`)
  if (shape.type === 'structure' || shape.enum) return name
  if (shape.type === 'list') return `${inBrackets(reference(shape.member.shape))}[]`
  if (shape.type === 'map') return `Record<string, ${reference(shape.value.shape)}>`
  return { string: 'string', integer: 'number', boolean: 'boolean', timestamp: 'Date' }[shape.type]
}

const inBrackets = (type: string) => (type.includes(' ') ? `(${type})` : type)

const declaration = ([name, shape]: [string, Shape]): string[] => {
  if (shape.type === 'structure') {
    const required = new Set(shape.required)
    const members = Object.entries(shape.members).map(
      ([member, { shape: target }]) =>
        `  ${member}${required.has(member) ? '' : '?'}: ${reference(target)}${required.has(member) ? '' : ' | undefined'}`,
    )
    return members.length === 0
      ? [`export type ${name} = Record<string, never>`]
      : [[`export interface ${name} {`, ...members, '}'].join('\n')]
  }
  if (shape.enum) return [`export type ${name} =\n${shape.enum.map(value => `  | '${value}'`).join('\n')}`]
  return []
}

const text = `${[
  '// Written from the models by `npm run generate`. Do not edit.',
  ...Object.entries(shapes).flatMap(declaration),
  [
    'export interface Operations {',
    ...Object.values(operations).map(
      ({ name, input, output }) => `  ${name}: { input: ${input.shape}; output: ${output.shape} }`,
    ),
    '}',
  ].join('\n'),
  'export type OperationName = keyof Operations',
  "export type Input<Name extends OperationName> = Operations[Name]['input']",
  "export type Output<Name extends OperationName> = Operations[Name]['output']",
].join('\n\n')}\n`

if (!process.argv.includes('--check')) writeFileSync(file, text)
else if (readFileSync(file, 'utf8') !== text) {
  console.error('src/contract/types.ts differs from the models: run `npm run generate` and commit what it writes.')
  process.exitCode = 1
}
