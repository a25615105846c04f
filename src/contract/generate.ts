/** Writes what follows from the models and tables. With `--check` it writes nothing and fails when a file differs. */
import { readFileSync, writeFileSync } from 'node:fs'
import { ApiError } from './errors.ts'
import { operations, type Shape, shapes } from './model.ts'
import { reasons } from './reasons.ts'

const typeOf = (name: string): string => {
  const shape = shapes[name]
  if (!shape) throw new Error(`the model has no shape ${name}`)
  if (shape.type === 'structure' || shape.enum) return name
  if (shape.type === 'list') return `${inBrackets(typeOf(shape.member.shape))}[]`
  if (shape.type === 'map') return `Record<string, ${typeOf(shape.value.shape)}>`
  return { string: 'string', integer: 'number', boolean: 'boolean', timestamp: 'Date' }[shape.type]
}

const inBrackets = (type: string) => (type.includes(' ') ? `(${type})` : type)

const declaration = ([name, shape]: [string, Shape]): string[] => {
  if (shape.type === 'structure') {
    const required = new Set(shape.required)
    const members = Object.entries(shape.members).map(
      ([member, { shape: target }]) =>
        `  ${member}${required.has(member) ? '' : '?'}: ${typeOf(target)}${required.has(member) ? '' : ' | undefined'}`,
    )
    return members.length === 0
      ? [`export type ${name} = Record<string, never>`]
      : [[`export interface ${name} {`, ...members, '}'].join('\n')]
  }
  if (shape.enum) return [`export type ${name} =\n${shape.enum.map(value => `  | '${value}'`).join('\n')}`]
  return []
}

const types = `${[
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

const reasonsOf = ([name, meanings]: [string, Readonly<Record<string, string>>]): string =>
  [
    `## ${name} (${new ApiError(name, '').status})`,
    '',
    '| reason | meaning |',
    '|---|---|',
    ...Object.entries(meanings).map(([reason, meaning]) => `| \`${reason}\` | ${meaning} |`),
  ].join('\n')

const reference = `${[
  '# Reasons of refusals',
  'Written from `src/contract/reasons.ts` by `npm run generate`. Do not edit.',
  'An error names an exception of the contract in `code` and in the header `X-Amzn-Errortype`; what exactly was wrong is in `context.reason`. A script may rely on both. Further members of `context` say what is at fault: `resourceId`, `quota`, `retryAfterSeconds`.',
  'Seven of the exceptions are the contract’s. The others have the generic names of AWS, for requests that are wrong as a whole.',
  ...Object.entries(reasons).map(reasonsOf),
].join('\n\n')}\n`

const files: Readonly<Record<string, string>> = {
  'src/contract/types.ts': types,
  'docs/guide/reasons.md': reference,
}

for (const [path, text] of Object.entries(files)) {
  const file = new URL(`../../${path}`, import.meta.url)
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${path} differs from what it is written from: run \`npm run generate\` and commit what it writes.`)
    process.exitCode = 1
  }
}
