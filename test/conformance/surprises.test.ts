/** Requests that the contract allows, whatever they ask: each is answered or refused, and none is a surprise. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { fromJson } from '../../src/contract/decode.ts'
import { toJson } from '../../src/contract/encode.ts'
import { operationOf, structureOf } from '../../src/contract/model.ts'
import { sampleOf } from '../../src/contract/samples.ts'
import type { OperationName } from '../../src/contract/types.ts'
import { handlers } from '../../src/operations/handlers.ts'
import { calls, type Implemented, makeThings, type Things } from '../calls.ts'
import { createHttpStudio, type HttpStudio } from '../http-studio.ts'
import { accountCaller } from '../studio.ts'

/** Requests to each operation; fewer where each hashes a password for 0.3 s. */
const runsOf = (operation: Implemented) => (operation === 'CreateUser' ? 20 : 60)

let studio: HttpStudio
let things: Things
before(async () => {
  studio = await createHttpStudio()
  things = await makeThings(studio, accountCaller, await studio.profile())
})
after(() => studio.close())

/** Members of a right call and members that are anything, mixed: past the first check, and the second, and so on. */
const inputs = (operation: Implemented): fc.Arbitrary<object> => {
  const { shape } = operationOf(operation).input
  const { members, required = [] } = structureOf(shape)
  const right = calls[operation](things) as Record<string, unknown>
  return fc
    .tuple(sampleOf(shape), fc.subarray(Object.keys(right)), fc.subarray(Object.keys(members)))
    .map(([any, kept, left]) => {
      const mixed = { ...(any as object), ...Object.fromEntries(kept.map(name => [name, right[name]])) }
      const { clientToken: _, ...input } = mixed as Record<string, unknown>
      return Object.fromEntries(
        Object.entries(input).filter(([name]) => left.includes(name) || kept.includes(name) || required.includes(name)),
      )
    })
}

/** Every member of the answer is one of the contract's, of the right type, and written as the contract writes it. */
const assertInContract = (operation: Implemented, text: string) => {
  const { shape } = operationOf(operation).output
  const read = fromJson(JSON.parse(text), shape, '')
  assert.deepEqual(JSON.parse(toJson(read, shape)), JSON.parse(text))
}

for (const operation of Object.keys(handlers) as Implemented[])
  describe(operation as OperationName, () => {
    it('answers or refuses whatever the contract allows', () =>
      fc.assert(
        fc.asyncProperty(inputs(operation), async input => {
          const { status, text } = await studio.ask(operation, input)
          assert.ok(status < 500, text)
          if (status === 200) assertInContract(operation, text)
        }),
        { numRuns: runsOf(operation) },
      ))
  })
