/** A studio that is asked what it has to refuse, and looks whether it has changed. */
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { pino } from 'pino'
import { type Member, operationOf, operations, structureOf } from '../../src/contract/model.ts'
import type { OperationName } from '../../src/contract/types.ts'
import { makeThings, type Things } from '../calls.ts'
import { type Answer, contentsOf, createHttpStudio, type HttpStudio, type Raw, requestOf } from '../http-studio.ts'
import { slowdown } from '../slowdown.ts'
import { accountCaller } from '../studio.ts'
import { canary, completeOf } from './faults.ts'

/** A refusal costs no more than this on a machine that keeps up with its work, ms. */
export const quickMs = 50
/** A disturbed machine fails nothing: who is slow may try again, and what is slow each time is slow by itself. */
const tries = 10

/** For the tests of one file. */
export const refusingStudio = () => {
  let studio: HttpStudio
  let things: Things
  let log = ''
  const took: { what: string; ms: number }[] = []

  before(async () => {
    const write = (line: string) => {
      log += line
    }
    studio = await createHttpStudio({ log: pino({ level: 'trace' }, { write }) })
    things = await makeThings(studio, accountCaller, await studio.profile())
  })
  after(() => studio.close())

  /** Sent as it is, with a right signature. */
  const ask = async (request: Raw): Promise<Answer> => {
    const signed = studio.signed(studio.account, request)
    let answer: Answer
    let ms = Number.POSITIVE_INFINITY
    let left = tries
    do {
      const began = performance.now()
      answer = await studio.send(signed)
      ms = Math.min(ms, (performance.now() - began) / slowdown())
    } while (ms > quickMs && --left > 0)
    took.push({ what: `${request.method} ${request.rawPath} ${answer.text}`, ms })
    return answer
  }

  /** Ids that are there, for whichever labels the operation's path has. */
  const labelsOf = (operation: OperationName): Record<string, string> => {
    const there: Record<string, string> = { ...things, principalId: things.ownedBy, eulaId: 'x'.repeat(22) }
    return Object.fromEntries(membersIn(operation, 'uri').map(([name]) => [name, there[name] ?? 'x']))
  }

  /** A request that is right as far as the contract goes. */
  const rightOf = (operation: OperationName): Raw => {
    const whole = completeOf(operationOf(operation).input.shape) as object
    return requestOf(operation, { ...whole, ...labelsOf(operation) })
  }

  const changingNothing = async (act: () => Promise<void>) => {
    const before = await contentsOf(studio.db)
    await act()
    assert.ok((await contentsOf(studio.db)) === before, 'a refused request has changed something')
  }

  return {
    ask,
    labelsOf,
    rightOf,
    changingNothing,
    /** What was asked and answered, and how long it would have taken on a machine that keeps up with its work. */
    took,
    log: () => log,
    things: () => things,
    port: () => Number(new URL(studio.origin).port),
  }
}

export const membersIn = (operation: OperationName, location: Member['location'] | 'body') =>
  Object.entries(structureOf(operationOf(operation).input.shape).members).filter(
    ([, member]) => (member.location ?? 'body') === location,
  )

/** Checks what every refusal is, and that it repeats nothing of what was wrong. */
export const assertRefused = (answer: Answer, [name, status, reason]: Refusal, what: string) => {
  const { code, context } = answer.body
  assert.deepEqual(
    { name: answer.headers['x-amzn-errortype'], code, status: answer.status, reason: context?.reason },
    { name, code: name, status, reason },
    `${what}: ${answer.text}`,
  )
  assert.match(String(answer.headers['x-amzn-requestid']), /^[\w-]{20,}$/, what)
  assert.ok(!answer.text.includes(canary), `${what} is repeated: ${answer.text}`)
}

export type Refusal = readonly [name: string, status: number, reason: string]
export const malformed: Refusal = ['SerializationException', 400, 'MALFORMED_REQUEST']
export const invalid: Refusal = ['ValidationException', 400, 'INVALID_MEMBER']
export const repeated: Refusal = ['ValidationException', 400, 'REPEATED_PARAMETER']
export const wrongContent: Refusal = ['UnsupportedMediaTypeException', 415, 'WRONG_CONTENT_TYPE']
export const tooLarge: Refusal = ['RequestEntityTooLargeException', 413, 'BODY_TOO_LARGE']
export const notFound: Refusal = ['ResourceNotFoundException', 404, 'NOT_FOUND']
export const noOperation: Refusal = ['UnknownOperationException', 404, 'UNKNOWN_OPERATION']

/** Whether the path has the form of any operation with that method. */
export const isOperation = (method: string, path: string): boolean =>
  Object.values(operations).some(
    ({ http }) => http.method === method && new RegExp(`^${http.requestUri.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  )
