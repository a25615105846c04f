/** The command line of an operation: its flags come from the model, as the AWS CLI makes them. */
import { type Member, operationOf, shapeOf, structureOf } from '../contract/model.ts'
import { paginatorOf } from '../contract/paginators.ts'
import { waiterFor } from '../contract/waiters.ts'
import { kebab } from './names.ts'
import { nearest } from './suggest.ts'
import { misused } from './terminal.ts'

/** How many words follow a flag. */
type Takes = 'none' | 'optional' | 'one' | 'many'

export interface Flag {
  takes: Takes
  /** Choices, for what is no member of the model. */
  choices?: readonly string[]
  summary?: string
  /** Name and description in the model. */
  member?: { name: string; required: boolean } & Member
}

export type Flags = Readonly<Record<string, Flag>>

/** What every operation takes. */
export const commonFlags: Flags = {
  '--output': { takes: 'one', choices: ['json', 'table'], summary: 'how the answer is printed: json, unless said' },
  '--endpoint-url': { takes: 'one', summary: 'another server than AWS_ENDPOINT_URL_NIMBLE names' },
  '--region': { takes: 'one', summary: 'the region to sign for' },
  '--cli-input-json': { takes: 'one', summary: 'all parameters as JSON, or file://PATH; flags go before it' },
  '--generate-cli-skeleton': {
    takes: 'optional',
    choices: ['input', 'output'],
    summary: 'prints what the JSON looks like, and calls nothing',
  },
}

const pagingFlags = (hasPageSize: boolean): Flags => ({
  '--max-items': { takes: 'one', summary: 'ends after so many items, with a NextToken to go on from' },
  '--starting-token': { takes: 'one', summary: 'the NextToken to go on from' },
  ...(hasPageSize ? { '--page-size': { takes: 'one', summary: 'how many items each call asks for' } as Flag } : {}),
  '--no-paginate': { takes: 'none', summary: 'one call only: the first page, as the server gives it' },
})

/** Every flag of an operation, those of the model first. */
export const flagsOf = (operation: string): Flags => {
  const paginator = paginatorOf(operation)
  const waiter = waiterFor(operation)
  return {
    ...memberFlags(operation),
    ...(paginator ? pagingFlags(paginator.limit_key !== undefined) : {}),
    ...(waiter ? { '--wait': { takes: 'none', summary: `ends when ${waiter} is reached` } as Flag } : {}),
    ...commonFlags,
  }
}

const memberFlags = (operation: string): Record<string, Flag> => {
  const { members, required = [] } = structureOf(operationOf(operation).input.shape)
  const flags: Record<string, Flag> = {}
  for (const [name, shape] of Object.entries(members)) {
    const member = { ...shape, name, required: required.includes(name) }
    const { type } = shapeOf(shape.shape)
    flags[`--${kebab(name)}`] = { takes: type === 'boolean' ? 'none' : type === 'list' ? 'many' : 'one', member }
    if (type === 'boolean') flags[`--no-${kebab(name)}`] = { takes: 'none', member }
  }
  return flags
}

/** The words after each flag that was given; of a flag given twice, the last. */
export type Given = ReadonlyMap<string, readonly string[]>

/** @throws CommandError for a flag that is not there, or has too few or too many words. */
export const parseFlags = (argv: readonly string[], flags: Flags, command: string): Given => {
  const given = new Map<string, readonly string[]>()
  for (let at = 0; at < argv.length; ) {
    const word = argv[at++] ?? ''
    if (!word.startsWith('--')) throw misused(`${command}: what is ${JSON.stringify(word)}? A flag begins with --`)
    const equals = word.indexOf('=')
    const name = equals < 0 ? word : word.slice(0, equals)
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined
    if (!flag) throw unknownFlag(name, flags, command)
    const words = equals < 0 ? [] : [word.slice(equals + 1)]
    const most = { none: 0, optional: 1, one: 1, many: Number.POSITIVE_INFINITY }[flag.takes]
    if (equals < 0) while (words.length < most && isValue(argv[at])) words.push(argv[at++] ?? '')
    if (words.length > most) throw misused(`${command}: ${name} takes no value`)
    if (words.length === 0 && (flag.takes === 'one' || flag.takes === 'many'))
      throw misused(`${command}: ${name} needs a value`)
    if (flag.choices && words[0] !== undefined && !flag.choices.includes(words[0]))
      throw misused(`${command}: ${name} must be ${flag.choices.join(' or ')}`)
    given.set(name, words)
  }
  return given
}

const isValue = (word: string | undefined) => word !== undefined && !/^--[a-z]/.test(word)

const unknownFlag = (name: string, flags: Flags, command: string) => {
  const near = nearest(name, Object.keys(flags))
  return misused(
    `${command} has no flag ${name}${near ? `: did you mean ${near}?` : ''}\nusage: atelier ${command} help`,
  )
}
