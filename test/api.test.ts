/** What the API refuses although the contract would allow it. What the contract itself forbids is in conformance/. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { operationOf, structureOf } from '../src/contract/model.ts'
import type { OperationName } from '../src/contract/types.ts'
import { handlers } from '../src/operations/handlers.ts'
import { calls, type Implemented, makeThings, type Things } from './calls.ts'
import { assertRefused, notFound } from './conformance/refusals.ts'
import { contentsOf, createHttpStudio, type HttpStudio, type Raw, requestOf } from './http-studio.ts'
import { accountCaller } from './studio.ts'

let studio: HttpStudio
let things: Things

before(async () => {
  studio = await createHttpStudio()
  things = await makeThings(studio, accountCaller, await studio.profile())
})
after(() => studio.close())

const implemented = Object.keys(handlers) as Implemented[]
const inputOf = (operation: Implemented) => calls[operation](things) as Record<string, unknown>

const labelsOf = (operation: OperationName) =>
  Object.entries(structureOf(operationOf(operation).input.shape).members).flatMap(([name, { location }]) =>
    location === 'uri' ? [name] : [],
  )

const changingNothing = async (act: () => Promise<void>) => {
  const before = await contentsOf(studio.db)
  await act()
  assert.ok((await contentsOf(studio.db)) === before, 'a refused request has changed something')
}

// What PutPolicy names is there afterwards.
for (const operation of implemented)
  if (labelsOf(operation).length > 0 && operation !== 'PutPolicy')
    it(`${operation} refuses ids of nothing`, () =>
      changingNothing(async () => {
        const input = inputOf(operation)
        for (const name of labelsOf(operation)) {
          const id = absent(name, String(input[name]))
          const answer = await studio.ask(operation, { ...input, [name]: id })
          assertRefused(answer, notFound, name)
          assert.ok(Object.values({ ...input, [name]: id }).includes(answer.body.context?.resourceId ?? ''))
        }
      }))

/** Sent as it is, with a right signature. */
const ask = (request: Raw) => studio.send(studio.signed(studio.account, request))

/** An id of the same form that nothing has. */
const absent = (name: string, id: string) =>
  name === 'studioId' || name === 'resourceArn' ? id.replace(/.$/, '_') : 'x'.repeat(22)

describe('a request', () => {
  it('changes nothing by members that the operation does not have', async () => {
    const { studioId, launchProfileId, sessionId } = things
    const foreign = { sessionId: 'mine', state: 'READY', arn: 'arn:x', createdBy: 'x', stopAt: 1, __proto__: { a: 1 } }
    const body = `{"__proto__":{"ownedBy":"x"},"constructor":7,${JSON.stringify({ launchProfileId, ...foreign }).slice(1)}`
    const { status, text } = await ask({ ...requestOf('CreateStreamingSession', { studioId }), body })
    assert.equal(status, 200, text)
    const made = JSON.parse(text).session
    assert.notEqual(made.sessionId, 'mine')
    assert.equal(made.state, 'CREATE_IN_PROGRESS')
    assert.equal(made.createdBy, studio.account.principalId)
    assert.equal(made.ownedBy, studio.account.principalId)
    assert.equal(made.stopAt, undefined)
    const stopped = await studio.ask('StopStreamingSession', { studioId, sessionId, ownedBy: 'x', state: 'DELETED' })
    assert.equal(JSON.parse(stopped.text).session.ownedBy, things.ownedBy)
  })
})
