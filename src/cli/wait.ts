/** Waits as the contract says: which operation is asked, how often, and which states end it. */
import { operationOf, shapeOf, structureOf } from '../contract/model.ts'
import { type Waiter, waiters } from '../contract/waiters.ts'
import { type Call, CallError, type Values } from './call.ts'
import { explainCall } from './call-errors.ts'
import { CommandError, exitCodes, type Terminal } from './terminal.ts'

/** The answer of the look that ended it. @throws CommandError when it ended in failure, or not at all. */
export const wait = async (
  call: Call,
  name: string,
  input: Values,
  { pause }: Pick<Terminal, 'pause'>,
): Promise<Values> => {
  const waiter = waiters[name]
  if (!waiter) throw new TypeError(`the contract has no waiter ${name}`)
  for (let attempt = 1; ; attempt++) {
    const answer = await look(call, name, waiter, input)
    const met = waiter.acceptors.find(({ argument, expected }) => at(answer, argument) === expected)
    if (met?.state === 'success') return answer
    if (met) throw failed(name, reasonOf(answer, met.argument))
    if (attempt >= waiter.maxAttempts)
      throw failed(
        name,
        `not reached in ${attempt * waiter.delay} s: ${reasonOf(answer, waiter.acceptors[0]?.argument ?? '')}`,
      )
    await pause(waiter.delay * 1000)
  }
}

const look = async (call: Call, name: string, { operation }: Waiter, input: Values): Promise<Values> => {
  try {
    return await call(operation, input)
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    throw failed(name, explainCall(error)?.message ?? error.message)
  }
}

/** `session.state` of an answer. */
const at = (answer: Values, argument: string): unknown =>
  argument.split('.').reduce<unknown>((value, name) => (value as Values | undefined)?.[name], answer)

const reasonOf = (answer: Values, argument: string): string => {
  const { statusCode, statusMessage } = (answer[argument.split('.')[0] ?? ''] ?? {}) as Values
  return [
    `${argument} is ${at(answer, argument)}`,
    statusCode && ` (${statusCode})`,
    statusMessage && `: ${statusMessage}`,
  ]
    .filter(Boolean)
    .join('')
}

const failed = (name: string, reason: string) => new CommandError(exitCodes.failed, `Waiter ${name} failed: ${reason}`)

/** What the waiter asks with, out of what the operation was called with and what it answered. */
export const waiterInput = (name: string, input: Values, answer: Values): Values => {
  const { operation, acceptors } = waiters[name] ?? {}
  const made = (answer[acceptors?.[0]?.argument.split('.')[0] ?? ''] ?? {}) as Values
  const { members } = structureOf(operationOf(operation ?? '').input.shape)
  return Object.fromEntries(Object.keys(members).map(member => [member, input[member] ?? made[member]]))
}

/** What was reached, with what was told only once: what the model calls sensitive, such as the address of a stream. */
export const later = (first: Values, reached: Values, shapeName: string): Values => {
  const members = Object.entries(structureOf(shapeName).members).flatMap(([name, { shape }]) => {
    const inner = shapeOf(shape)
    if (inner.type === 'structure' && first[name] && reached[name])
      return [[name, later(first[name] as Values, reached[name] as Values, shape)]]
    const value = reached[name] ?? (inner.sensitive ? first[name] : undefined)
    return value === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries(members)
}
