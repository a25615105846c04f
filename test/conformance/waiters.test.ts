/** Every waiter of the contract, for each state that it knows, in three of AWS's clients. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import model from '../../contract/nimble/2020-08-01/waiters-2.json' with { type: 'json' }
import { DriverError } from '../../src/compute/driver.ts'
import type { OperationName } from '../../src/contract/types.ts'
import type { ResourceTable } from '../../src/store/resources.ts'
import { type ClientName, type ClientsStudio, clientNames, createClientsStudio, membersIn } from './clients.ts'

let studio: ClientsStudio
before(async () => {
  studio = await createClientsStudio()
})
after(() => studio?.close())

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
  for (const [name, waiter] of Object.entries(model.waiters)) {
    const operation = waiter.operation as OperationName
    const label = membersIn(operation).find(member => member !== 'studioId') ?? 'studioId'
    it(`waits with ${name} for its states, and for its failures`, async () => {
      const input = Object.fromEntries(
        membersIn(operation).map(member => [member, studio.things[member as 'studioId']]),
      )
      const id = studio.things[(operation === 'GetStreamingSessionStream' ? 'streamId' : label) as 'studioId']
      for (const { state, expected } of waiter.acceptors as Acceptor[]) {
        // A stream is READY as soon as it is there, and nothing can fail in making it.
        if (tableOf[operation] === 'stream' && expected !== 'READY') continue
        await pretend(operation, id, expected)
        assert.equal(await studio.asked[client].wait(name, input), state, expected)
      }
      await pretend(operation, id, 'READY')
    })
  }
}

/** The CLI looks once in ten seconds, by the same code as boto3. */
const patientClients: ClientName[] = ['boto3', 'sdk']

const testFailingSession = (client: ClientName) =>
  it('waits for a session until it is there, or until it has failed', async () => {
    const { studioId, launchProfileId } = studio.things
    const { call, wait } = studio.asked[client]
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
    studio.failures.set('ensureMachine', new DriverError('INSUFFICIENT_CAPACITY', 'There is no room, as chosen.'))
    try {
      await call('StartStreamingSession', sound)
      assert.equal(await wait('StreamingSessionReady', sound), 'failure')
      assert.equal((await stateOf(sound)).state, 'START_FAILED')
      const failing = await make()
      assert.equal(await wait('StreamingSessionReady', failing), 'failure')
      const { state, statusCode } = await stateOf(failing)
      assert.deepEqual([state, statusCode], ['CREATE_FAILED', 'INSUFFICIENT_CAPACITY'])
    } finally {
      studio.failures.clear()
    }
    await call('DeleteStreamingSession', sound)
    assert.equal(await wait('StreamingSessionDeleted', sound), 'success')
  })

for (const client of clientNames)
  describe(`conformance of ${client}`, () => {
    testWaiters(client)
    if (patientClients.includes(client)) testFailingSession(client)
  })

it('all twelve of them', () => assert.equal(Object.keys(model.waiters).length, 12))
