/** `atelier <operation>`: every operation of the models, with names, flags and output as the AWS CLI has them. */
import { operationOf, structureOf } from '../contract/model.ts'
import { type Paginator, paginatorOf } from '../contract/paginators.ts'
import { waiterFor, waiters } from '../contract/waiters.ts'
import { commonFlags, type Flags, flagsOf, type Given, parseFlags } from './arguments.ts'
import type { Values } from './call.ts'
import { connect } from './connection.ts'
import { kebab, typedOperations, typedWaiters } from './names.ts'
import { formatAnswer, formatJson, inOrder, type OutputForm } from './output.ts'
import { callPages, type Paging } from './pages.ts'
import { skeletonOf } from './skeleton.ts'
import { nearest } from './suggest.ts'
import { misused, type Terminal } from './terminal.ts'
import { contentOf, fit, readJson, readValue } from './values.ts'
import { later, wait, waiterInput } from './wait.ts'

/** `name` is a key of `typedOperations`. */
export const runOperation = async (name: string, argv: readonly string[], terminal: Terminal): Promise<void> => {
  const operation = typedOperations.get(name) ?? ''
  const { input: inputShape, output } = operationOf(operation)
  const given = parseFlags(argv, flagsOf(operation), name)
  const skeleton = given.get('--generate-cli-skeleton')
  if (skeleton && skeleton[0] !== 'output') return terminal.print(formatJson(skeletonOf(inputShape.shape)))
  const input = readInput(operation, given, name)
  if (skeleton) return terminal.print(formatJson(skeletonOf(output.shape)))

  const paginator = pagingOf(operation, given, input, name)
  const paging = readPaging(given, name)
  const call = connect(terminal, targetOf(given))
  let answer = paginator ? await callPages(call, operation, paginator, input, paging) : await call(operation, input)
  const waiter = waiterFor(operation)
  if (given.has('--wait') && waiter) {
    const reached = await wait(call, waiter, waiterInput(waiter, input, answer), terminal)
    answer = later(answer, reached, output.shape)
  }
  const { NextToken, ...members } = answer
  const shown = { ...(inOrder(members, output.shape) as Values), ...(NextToken === undefined ? {} : { NextToken }) }
  const text = formatAnswer(shown, formOf(given), terminal.columns)
  if (text !== undefined) terminal.print(text)
}

/** `atelier wait studio-ready --studio-id …`: prints nothing when it is reached, as the AWS CLI. */
export const runWait = async ([name = '', ...argv]: readonly string[], terminal: Terminal): Promise<void> => {
  const waiter = typedWaiters.get(name)
  if (!waiter) {
    const near = nearest(name, typedWaiters.keys())
    const list = [...typedWaiters.keys()].map(known => `  ${known}`).join('\n')
    throw misused(`atelier wait has no ${JSON.stringify(name)}${near ? `: did you mean ${near}?` : ''}\n${list}`)
  }
  const operation = waiters[waiter]?.operation ?? ''
  const given = parseFlags(argv, flagsOf(operation), `wait ${name}`)
  const call = connect(terminal, targetOf(given))
  await wait(call, waiter, readInput(operation, given, `wait ${name}`), terminal)
}

export const targetOf = (given: Given) => ({
  endpoint: given.get('--endpoint-url')?.[0],
  region: given.get('--region')?.[0],
})

export const formOf = (given: Given, standard: OutputForm = 'json'): OutputForm =>
  (given.get('--output')?.[0] as OutputForm | undefined) ?? standard

/** Parameters from `--cli-input-json`, those of the flags before them. */
const readInput = (operation: string, given: Given, command: string): Values => {
  const { shape } = operationOf(operation).input
  const { required = [] } = structureOf(shape)
  const input: Values = { ...readInputJson(given) }
  const flags: Flags = flagsOf(operation)
  for (const [name, words] of given) {
    const member = flags[name]?.member
    if (!member) continue
    input[member.name] =
      flags[name]?.takes === 'none' ? !name.startsWith('--no-') : readValue(words, member.shape, name)
  }
  const missing = required.filter(name => input[name] === undefined).map(name => `--${kebab(name)}`)
  if (missing.length > 0) throw misused(`${command}: the following arguments are required: ${missing.join(', ')}`)
  try {
    return fit(input, shape, '') as Values
  } catch (error) {
    throw misused(`${command}: ${(error as Error).message}`)
  }
}

const readInputJson = (given: Given): Values => {
  const [text] = given.get('--cli-input-json') ?? []
  if (text === undefined) return {}
  const value = readJson(contentOf(text, '--cli-input-json'))
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw misused('--cli-input-json must be one JSON object')
  return value as Values
}

/** Undefined for an operation without pages, and where the caller turns them himself. */
const pagingOf = (operation: string, given: Given, input: Values, command: string): Paginator | undefined => {
  const paginator = paginatorOf(operation)
  if (!paginator) return undefined
  const byHand = [paginator.input_token, paginator.limit_key ?? ''].some(name => input[name] !== undefined)
  if (!given.has('--no-paginate') && !byHand) return paginator
  const useless = ['--max-items', '--starting-token', '--page-size'].filter(name => given.has(name))
  if (useless.length > 0) throw misused(`${command}: without automatic pages there is no ${useless.join(', ')}`)
  return undefined
}

const readPaging = (given: Given, command: string): Paging => ({
  maxItems: wholeNumber(given, '--max-items', command),
  pageSize: wholeNumber(given, '--page-size', command),
  startingToken: given.get('--starting-token')?.[0],
})

const wholeNumber = (given: Given, flag: string, command: string): number | undefined => {
  const [text] = given.get(flag) ?? []
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(text)) throw misused(`${command}: ${flag} must be a whole number from 1`)
  return Number(text)
}

/** For commands that are no operations. */
export const ownFlags = (flags: Flags): Flags => {
  const { '--cli-input-json': _, '--generate-cli-skeleton': __, ...common } = commonFlags
  return { ...flags, ...common }
}
