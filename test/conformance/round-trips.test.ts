/** Every operation with every member, every paginator, every waiter and every exception, in three clients of AWS's. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import paginators from '../../contract/nimble/2020-08-01/paginators-1.json' with { type: 'json' }
import waiters from '../../contract/nimble/2020-08-01/waiters-2.json' with { type: 'json' }
import { DriverError } from '../../src/compute/driver.ts'
import type { SimulatedVerb } from '../../src/compute/simulated/simulated.ts'
import {
  modelledErrors,
  operationOf,
  operations,
  type Shape,
  serviceOf,
  shapeOf,
  structureOf,
} from '../../src/contract/model.ts'
import type { OperationName } from '../../src/contract/types.ts'
import type { Reconciler } from '../../src/lifecycle/reconciler.ts'
import { acceptEulas } from '../../src/operations/eulas.ts'
import { handlers } from '../../src/operations/handlers.ts'
import { writeModels } from '../../src/server/models.ts'
import type { ResourceTable } from '../../src/store/resources.ts'
import { makeThings, type Things, theEula } from '../calls.ts'
import { type AskedClient, createAskedClient } from '../clients/asked.ts'
import { createHttpStudio, type HttpStudio } from '../http-studio.ts'
import { addCopies, type List, lists, remove } from '../lists.ts'
import type { TestPrincipal } from '../principals.ts'
import { ownEnvironment } from '../server.ts'
import { accountCaller, realClock } from '../studio.ts'
import { until } from '../until.ts'
import { inputOf, type Made, type RoundTrip, roundTrips } from './round-trips.ts'

const clients = { boto3: 'asking_boto3.py', sdk: 'asking-sdk.ts', cli: 'asking_cli.py' }
type ClientName = keyof typeof clients

/** What a caller may change at once, and no more for a long while: enough for each client's day. */
const changes = 400

/** What the simulated driver is to fail at. */
const failures = new Map<SimulatedVerb, DriverError>()

let studio: HttpStudio
let reconciler: Reconciler
let home: string
let things: Things
const keys = {} as Record<ClientName, TestPrincipal>
let artists: string[]
const asked = {} as Record<ClientName, AskedClient>

before(async () => {
  studio = await createHttpStudio({
    clock: realClock,
    driver: { fail: verb => failures.get(verb) },
    throttle: { read: { perSecond: 1e9, burst: 1e9 }, write: { perSecond: 1e-6, burst: changes } },
  })
  home = mkdtempSync(join(tmpdir(), 'a-'))
  things = await makeThings(studio, accountCaller, await studio.profile())
  await acceptEulas(studio.call(), { studioId: studio.studioId, eulaIds: [theEula] })
  artists = [(await studio.add('user', 'ada')).principalId, (await studio.add('user', 'grace')).principalId]
  reconciler = await studio.reconciler()
  const models = writeModels(home, studio.origin)
  for (const [name, script] of Object.entries(clients) as [ClientName, string][]) {
    keys[name] = await studio.add('account', name)
    asked[name] = createAskedClient(script, environment(keys[name], models))
  }
})
after(async () => {
  for (const client of Object.values(asked)) await client.close()
  await reconciler?.close()
  await studio?.close()
  rmSync(home, { recursive: true, force: true })
})

const environment = (key: TestPrincipal, models: string): Record<string, string> => ({
  ...ownEnvironment(),
  HOME: home,
  AWS_ACCESS_KEY_ID: key.accessKeyId,
  AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
  AWS_REGION: studio.installation.region,
  AWS_DEFAULT_REGION: studio.installation.region,
  AWS_ENDPOINT_URL_NIMBLE: studio.origin,
  AWS_DATA_PATH: models,
  // What is refused stays refused, and nobody waits for the second try.
  AWS_MAX_ATTEMPTS: '1',
  AWS_PAGER: '',
})

const implemented = (Object.keys(handlers) as OperationName[]).filter(
  operation => serviceOf(operation).signingName === 'nimble',
)

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

const membersIn = (operation: OperationName) => Object.keys(structureOf(operationOf(operation).input.shape).members)

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
  ...{ studioComponentIds: [], users: artists, caller: keys[client].principalId, client },
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
      const { answer, error } = await asked[client].call(trip.operation, input)
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

interface Acceptor {
  argument: string
  state: string
  expected: string
}

const tableOf: Readonly<Record<string, ResourceTable | 'stream'>> = {
  GetStudio: 'studio',
  GetStudioComponent: 'studioComponent',
  GetStreamingImage: 'streamingImage',
  GetLaunchProfile: 'launchProfile',
  GetStreamingSession: 'session',
  GetStreamingSessionStream: 'stream',
}

/** Says that a resource is in a state, which it has not come to by itself. */
const pretend = async (operation: string, id: string, state: string) => {
  const table = tableOf[operation]
  if (table === 'stream') return
  const { view } = await studio.db
    .selectFrom(table as 'session')
    .select('view')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  await studio.db
    .updateTable(table as 'session')
    .set({ state: state as never, view: view.replace(/"state":"\w+"/, `"state":"${state}"`), dueAt: null })
    .where('id', '=', id)
    .execute()
}

const testWaiters = (client: ClientName) => {
  for (const [name, waiter] of Object.entries(waiters.waiters)) {
    const operation = waiter.operation as OperationName
    const label = membersIn(operation).find(member => member !== 'studioId') ?? 'studioId'
    it(`waits with ${name} for its states, and for its failures`, async () => {
      const input = Object.fromEntries(membersIn(operation).map(member => [member, things[member as 'studioId']]))
      const id = things[(operation === 'GetStreamingSessionStream' ? 'streamId' : label) as 'studioId']
      for (const { state, expected } of waiter.acceptors as Acceptor[]) {
        // A stream is READY as soon as it is there, and nothing can fail in making it.
        if (tableOf[operation] === 'stream' && expected !== 'READY') continue
        await pretend(operation, id, expected)
        assert.equal(await asked[client].wait(name, input), state, expected)
      }
      await pretend(operation, id, 'READY')
    })
  }
}

/** The CLI looks once in ten seconds, by the same code as boto3. */
const patientClients: ClientName[] = ['boto3', 'sdk']

const testFailingSession = (client: ClientName) =>
  it('waits for a session until it is there, or until it has failed', async () => {
    const { studioId, launchProfileId } = things
    const { call, wait } = asked[client]
    const make = async () => {
      const { answer } = await call('CreateStreamingSession', { studioId, launchProfileId })
      const { sessionId, state } = (answer?.session ?? {}) as Record<string, string>
      assert.equal(state, 'CREATE_IN_PROGRESS')
      return { studioId, sessionId }
    }
    const stateOf = async (one: object) =>
      ((await call('GetStreamingSession', one)).answer?.session as { state: string; statusCode: string }) ?? {}

    const sound = await make()
    assert.equal(await wait('StreamingSessionReady', sound), 'success')
    await call('StopStreamingSession', sound)
    assert.equal(await wait('StreamingSessionStopped', sound), 'success')
    failures.set('ensureMachine', new DriverError('INSUFFICIENT_CAPACITY', 'There is no room, as chosen.'))
    try {
      await call('StartStreamingSession', sound)
      assert.equal(await wait('StreamingSessionReady', sound), 'failure')
      assert.equal((await stateOf(sound)).state, 'START_FAILED')
      const failing = await make()
      assert.equal(await wait('StreamingSessionReady', failing), 'failure')
      const { state, statusCode } = await stateOf(failing)
      assert.deepEqual([state, statusCode], ['CREATE_FAILED', 'INSUFFICIENT_CAPACITY'])
    } finally {
      failures.clear()
    }
    await call('DeleteStreamingSession', sound)
    assert.equal(await wait('StreamingSessionDeleted', sound), 'success')
  })

const testPaginators = (client: ClientName) => {
  for (const name of Object.keys(paginators.pagination))
    it(`meets each item once with the paginator of ${name} while others come and go`, async () => {
      const operation = name as OperationName
      const { table, items, id } = lists[operation as keyof typeof lists] as List
      const { db } = studio
      const there = await addCopies(db, table, 250, Date.now() - 1_000_000)
      const input = Object.fromEntries(
        Object.entries(structureOf(operationOf(operation).input.shape).members).flatMap(([member, { location }]) =>
          location === 'uri' ? [[member, things[member as 'studioId']]] : [],
        ),
      )
      const [gone, come]: [string[], string[]] = [[], []]
      const walked = await asked[client].walk(operation, input, { items, id }, async ids => {
        // One that was on the page, its last, on which the cursor stands, and one that is still to come.
        const going = [there[3], ids.at(-1), there.at(-3)].filter(
          (id): id is string => id !== undefined && there.includes(id) && !gone.includes(id),
        )
        await remove(db, table, going)
        gone.push(...going)
        come.push(...(await addCopies(db, table, 2, Date.now())))
      })
      assert.equal(new Set(walked).size, walked.length, 'an item was met twice')
      assert.deepEqual(
        there.filter(id => !gone.includes(id) && !walked.includes(id)),
        [],
        'an item was missed',
      )
      await remove(db, table, [...there, ...come])
    })
}

const testExceptions = (client: ClientName) => {
  const seen = new Set<string>()
  const refusedWith = async (name: string, reason: string, operation: OperationName, input: object) => {
    const { error } = await asked[client].call(operation, input)
    assert.equal(error?.name, name, JSON.stringify(error))
    assert.equal(error.typed, true, name)
    if (client !== 'cli')
      assert.deepEqual([error.status, error.reason], [modelledErrors[name], reason], JSON.stringify(error))
    seen.add(name)
  }

  it('knows each exception of the contract by its name', async () => {
    const { studioId, sessionId, launchProfileId } = things
    const one = { studioId, sessionId }
    await refusedWith('ResourceNotFoundException', 'NOT_FOUND', 'GetStreamingSession', { ...one, sessionId: 'none' })
    await refusedWith('ConflictException', 'INVALID_STATE', 'StartStreamingSession', one)
    const roles = { adminRoleArn: 'arn:aws:iam::000000000000:role/a', userRoleArn: 'arn:aws:iam::000000000000:role/a' }
    const badName = { studioName: 'Not A Name', displayName: 'x', ...roles }
    await refusedWith('ValidationException', 'INVALID_MEMBER', 'CreateStudio', badName)

    const { quotas } = studio.installation
    const { sessions } = quotas
    try {
      quotas.sessions = 0
      const more = { studioId, launchProfileId }
      await refusedWith('ServiceQuotaExceededException', 'QUOTA_EXCEEDED', 'CreateStreamingSession', more)
    } finally {
      quotas.sessions = sessions
    }

    const profile = studio.db.updateTable('launchProfile').where('id', '=', launchProfileId)
    const { streamConfiguration } = await studio.db
      .selectFrom('launchProfile')
      .select('streamConfiguration')
      .where('id', '=', launchProfileId)
      .executeTakeFirstOrThrow()
    try {
      await profile.set({ streamConfiguration: 'damaged' }).execute()
      const damaged = { studioId, launchProfileId }
      await refusedWith('InternalServerErrorException', 'INTERNAL_ERROR', 'GetLaunchProfileDetails', damaged)
    } finally {
      await profile.set({ streamConfiguration }).execute()
    }

    const { principalId } = keys[client]
    const kindOf = (kind: 'account' | 'user') =>
      studio.db.updateTable('principal').set({ kind }).where('id', '=', principalId).execute()
    try {
      await kindOf('user')
      studio.authenticator.forget()
      await refusedWith('AccessDeniedException', 'NOT_ALLOWED', 'ListStudios', {})
    } finally {
      await kindOf('account')
      studio.authenticator.forget()
    }

    for (let i = 0; i < changes; i++) {
      const { body } = await studio.ask('StartStreamingSession', one, keys[client])
      if (body.code === 'ThrottlingException') break
    }
    await refusedWith('ThrottlingException', 'TOO_MANY_REQUESTS', 'StartStreamingSession', one)
    assert.deepEqual([...seen].sort(), Object.keys(modelledErrors).sort())
  })
}

for (const client of Object.keys(clients) as ClientName[])
  describe(`conformance of ${client}`, () => {
    testRoundTrips(client)
    testPaginators(client)
    testWaiters(client)
    if (patientClients.includes(client)) testFailingSession(client)
    testExceptions(client)
  })

it('every paginator and waiter of the contract is asked here', () => {
  const pages = Object.keys(operations).filter(name => membersIn(name as OperationName).includes('nextToken'))
  assert.deepEqual(
    Object.keys(paginators.pagination).sort(),
    pages.filter(name => serviceOf(name).signingName === 'nimble').sort(),
  )
  assert.deepEqual([Object.keys(paginators.pagination).length, Object.keys(waiters.waiters).length], [10, 12])
})
