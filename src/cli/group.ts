/** Commands of two words, as `atelier user create`: what they are made of. */
import { paginatorOf } from '../contract/paginators.ts'
import type { Flags, Given } from './arguments.ts'
import type { Call, Values } from './call.ts'
import { callPages } from './pages.ts'
import { CommandError, exitCodes, type Terminal } from './terminal.ts'

export interface Task {
  call: Call
  /** The words before the flags, as many as the verb takes. */
  words: string[]
  given: Given
  terminal: Terminal
}

export interface Verb {
  takes: readonly string[]
  flags?: Flags
  summary: string
  /** What is shown; nothing where nothing is to tell. */
  run(task: Task): Promise<Values | Values[] | undefined>
}

export type Group = Readonly<Record<string, Verb>>

/** Every item of a list, over all its pages. */
export const all = async (call: Call, operation: string, input: Values = {}): Promise<Values[]> => {
  const paginator = paginatorOf(operation)
  if (!paginator) throw new TypeError(`${operation} has no pages`)
  return (await callPages(call, operation, paginator, input, {}))[paginator.result_key] as Values[]
}

export const idOf = async (call: Call, userName: string): Promise<unknown> => {
  const [found] = await all(call, 'ListUsers', { userName })
  if (!found) throw new CommandError(exitCodes.refused, `There is no user ${JSON.stringify(userName)}.`)
  return found.principalId
}
