/** Every operation with every member, in three of AWS's clients. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { operationOf, type Shape, shapeOf, structureOf } from '../../src/contract/model.ts'
import type { OperationName } from '../../src/contract/types.ts'
import { until } from '../until.ts'
import {
  type ClientName,
  type ClientsStudio,
  clientNames,
  createClientsStudio,
  implemented,
  membersIn,
} from './clients.ts'
import { inputOf, type Made, type RoundTrip, roundTrips } from './round-trips.ts'

let studio: ClientsStudio
before(async () => {
  studio = await createClientsStudio()
})
after(() => studio?.close())

/** The path of every member that an input of this shape can have. `nextToken` belongs to the walks. */
function* membersOf(shapeName: string, path = ''): Generator<string> {
  const shape = shapeOf(shapeName)
  if (shape.type === 'structure')
    for (const [name, member] of Object.entries(shape.members)) {
      if (name === 'nextToken') continue
      yield `${path}/${name}`
      yield* membersOf(member.shape, `${path}/${name}`)
    }
  else if (shape.type === 'list') yield* membersOf(shape.member.shape, path)
}

function* pathsIn(value: unknown, shape: Shape | undefined, path = ''): Generator<string> {
  if (shape?.type === 'list')
    for (const item of value as unknown[]) yield* pathsIn(item, shapeOf(shape.member.shape), path)
  if (shape?.type === 'structure')
    for (const [name, item] of Object.entries(value as object)) {
      yield `${path}/${name}`
      yield* pathsIn(item, shapeOf(shape.members[name]?.shape ?? 'String'), `${path}/${name}`)
    }
}

const emptyMade = (client: ClientName): Made => ({
  ...{
    studioId: '',
    streamingImageId: '',
    launchProfileId: '',
    sessionId: '',
    sessionArn: '',
    backupId: '',
    streamId: '',
  },
  ...{ studioComponentIds: [], users: studio.artists, caller: studio.keys[client].principalId, client },
})

describe('the table of round trips', () => {
  it('has every operation that is carried out, with every member that it takes', () => {
    const made = { ...emptyMade('sdk'), studioId: 'x', streamingImageId: 'x', launchProfileId: 'x', sessionId: 'x' }
    for (const operation of implemented) {
      const input = operationOf(operation).input.shape
      const given = new Set(
        roundTrips
          .filter(trip => trip.operation === operation)
          .flatMap(trip => [...pathsIn(inputOf(trip, made, membersIn(operation)), shapeOf(input))]),
      )
      assert.ok(
        roundTrips.some(trip => trip.operation === operation),
        `${operation} has no row in round-trips.ts`,
      )
      assert.deepEqual(
        [...membersOf(input)].filter(path => !given.has(path)),
        [],
        `${operation} has members that no row sets`,
      )
    }
  })
})

/** Whether everything that is expected is there, with the same values; what is there beside does not count. */
const assertHolds = (found: unknown, expected: unknown, path: string): void => {
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(found), `${path} is ${JSON.stringify(found)}`)
    assert.equal(found.length, expected.length, `${path} is ${JSON.stringify(found)}`)
    for (const [i, item] of expected.entries()) assertHolds(found[i], item, `${path}/${i}`)
  } else if (typeof expected === 'object' && expected !== null) {
    for (const [name, value] of Object.entries(expected))
      assertHolds((found as Record<string, unknown> | undefined)?.[name], value, `${path}/${name}`)
  } else assert.deepEqual(found, expected, path)
}

/** The one resource that an answer is about. */
const resourceIn = (operation: OperationName, answer: Record<string, unknown>) => {
  const members = Object.entries(structureOf(operationOf(operation).output.shape).members)
  const [[name = '', member] = []] = members
  const shape = member && shapeOf(member.shape)
  return shape?.type === 'structure' && answer[name] ? { shape, resource: answer[name] as object, name } : undefined
}

type Given = Map<string, Record<string, unknown>>

/** Checks that the answer says of its resource all that was given of it, now and before. */
const assertAnswered = (trip: RoundTrip, input: object, answer: Record<string, unknown>, given: Given) => {
  const about = resourceIn(trip.operation, answer)
  if (!about) return
  const { name, shape } = about
  const resource = about.resource as Record<string, unknown>
  const key = `${name} ${resource[`${name}Id`] ?? resource.principalId ?? ''}`
  const said = Object.entries(input).filter(
    ([member]) => Object.hasOwn(shape.members, member) && !trip.unsaid?.includes(member),
  )
  const all = { ...given.get(key), ...Object.fromEntries(said) }
  given.set(key, all)
  for (const [member, value] of Object.entries(all))
    assert.deepEqual(resource[member], value, `${trip.operation}: ${name}.${member}`)
}

/** Nothing is under way any more, whatever was asked. */
const settled = () =>
  until('nothing is under way', async () => {
    for (const table of [
      'studio',
      'studioComponent',
      'streamingImage',
      'launchProfile',
      'session',
      'backup',
    ] as const) {
      const { count } = await studio.db
        .selectFrom(table as 'session')
        .select(eb => eb.fn.countAll<number>().as('count'))
        .where('state', 'like', '%_IN_PROGRESS' as never)
        .executeTakeFirstOrThrow()
      if (Number(count) > 0) return false
    }
    return true
  })

const testRoundTrips = (client: ClientName) =>
  it('gives back every member of every operation as it was given', async () => {
    const made = emptyMade(client)
    const given: Given = new Map()
    for (const trip of roundTrips.filter(({ operation }) => implemented.includes(operation))) {
      const input = inputOf(trip, made, membersIn(trip.operation))
      const { answer, error } = await studio.asked[client].call(trip.operation, input)
      if (trip.refused) {
        assert.equal(error?.name, trip.refused, trip.operation)
        continue
      }
      assert.ok(answer, `${trip.operation}: ${JSON.stringify(error)} ${JSON.stringify(input)}`)
      assertAnswered(trip, input, answer, given)
      if (trip.holds) assertHolds(answer, trip.holds(made), trip.operation)
      trip.keep?.(made, answer)
      if (!/^(Get|List)/.test(trip.operation)) await settled()
    }
  })

for (const client of clientNames)
  describe(`conformance of ${client}`, () => {
    testRoundTrips(client)
  })
