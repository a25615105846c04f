import { createHash } from 'node:crypto'
import type { Call, Installation } from '../access/call.ts'
import type { Caller } from '../access/caller.ts'
import { encode } from '../contract/encode.ts'
import { invalid } from '../contract/errors.ts'
import { type Outgoing, textOf } from '../contract/http.ts'
import { isReadOnly, makesOwnTransaction, operationOf, operations, structureOf } from '../contract/model.ts'
import type { Input, OperationName } from '../contract/types.ts'
import type { Handler } from '../operations/handler.ts'
import { handlers } from '../operations/handlers.ts'
import { clientToken, insertClientToken } from '../store/client-tokens.ts'
import type { Db } from '../store/database.ts'

export interface TransactionOptions {
  db: Db
  installation: Installation
  now: () => number
  wake: () => void
}

interface Asked {
  caller: Caller
  operation: OperationName
  input: Input<OperationName>
}

/** What is done with a call, in the transaction: an answer out of an earlier effect has to be allowed as well. */
interface Road {
  allow: (call: Call) => Promise<void>
  carryOut: (call: Call) => Promise<Outgoing>
}

/**
 * Gives a changing operation its transaction, records its client token in it, and wakes the reconciler after the
 * commit: three things that no handler can forget. A token that had its effect before answers with the resource as it
 * is now (decision 12); of two that come at once, the second waits for the first and then finds its token.
 */
export const inTransaction = async (
  { db, installation, now, wake }: TransactionOptions,
  { caller, operation, input }: Asked,
  { allow, carryOut }: Road,
): Promise<Outgoing> => {
  if (isReadOnly(operation) || makesOwnTransaction(operation)) {
    const call = { caller, db, now: now(), installation }
    await allow(call)
    return carryOut(call)
  }
  const token = (input as { clientToken?: string }).clientToken
  const answer = await db.transaction().execute(async transaction => {
    // Read in here: the clock is set, and the moments in the database with it, only between transactions.
    const call = { caller, db: transaction, now: now(), installation }
    await allow(call)
    if (token === undefined) return carryOut(call)
    const key = { principalId: caller.principalId, operation, token }
    const parameters = fingerprint(input)
    const before = await clientToken(transaction, key)
    if (before && before.parameters !== parameters)
      throw invalid('CLIENT_TOKEN_REUSED', 'This client token was used before, with other parameters.')
    if (before) return replay(call, operation, before.resource, carryOut)
    const outgoing = await carryOut(call)
    const resource = readerInput(operation, input, outgoing)
    await insertClientToken(transaction, { ...key, parameters, resource, createdAt: call.now })
    return outgoing
  })
  wake()
  return answer
}

/** The resource that the operation had its effect on, as it is now. */
const replay = async (
  call: Call,
  operation: OperationName,
  resource: string | null,
  carryOut: Road['carryOut'],
): Promise<Outgoing> => {
  const reader = readerOf(operation)
  // Done again, AcceptEulas finds what it did: it has an answer, and no operation reads it one by one.
  if (!reader && onlyMember(operation) !== undefined) return carryOut(call)
  if (!reader || resource === null) return encode(operation, {})
  const handler = handlers[reader] as unknown as Handler<OperationName>
  return encode(reader, await handler(call, JSON.parse(resource)))
}

/** The operation that reads what another one changes: its answer has the same one member. */
const readerOf = (operation: OperationName): OperationName | undefined => {
  const member = onlyMember(operation)
  const reader = Object.values(operations).find(
    ({ name }) => name.startsWith('Get') && member !== undefined && onlyMember(name) === member,
  )
  return reader?.name as OperationName | undefined
}

const onlyMember = (operation: string): string | undefined => {
  const members = Object.keys(structureOf(operationOf(operation).output.shape).members)
  return members.length === 1 ? members[0] : undefined
}

/** Json of the input with which the reader finds the resource: from what was asked, and from the answer. */
const readerInput = (operation: OperationName, input: object, outgoing: Outgoing): string | null => {
  const reader = readerOf(operation)
  const member = onlyMember(operation)
  if (!reader || !member) return null
  const answered = JSON.parse(textOf(outgoing))[member] as Record<string, string>
  const asked = input as Record<string, string>
  const labels = Object.keys(structureOf(operationOf(reader).input.shape).members)
  return JSON.stringify(Object.fromEntries(labels.map(label => [label, asked[label] ?? answered[label]])))
}

const fingerprint = (input: object): string => {
  const { clientToken: _, ...parameters } = input as { clientToken?: string }
  return createHash('sha256').update(JSON.stringify(parameters, sorted)).digest('base64url')
}

/** Objects with their keys in order: the same parameters are the same text. */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value
