/**
 * What may be asked of each state, over HTTP. What to expect is written down here as decision 13 and semantics §5 have it,
 * not taken from the tables that the server works by.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { LaunchProfileState, OperationName, StreamingSessionState } from '../src/contract/types.ts'
import { changeResource, type ResourceTable } from '../src/store/resources.ts'
import { calls, makeThings, type Things } from './calls.ts'
import { contentsOf, createHttpStudio, type HttpStudio } from './http-studio.ts'
import { accountCaller, persistent, settle } from './studio.ts'

let studio: HttpStudio
let things: Things
before(async () => {
  studio = await createHttpStudio()
  const terminating = {
    ...persistent,
    automaticTerminationMode: 'ACTIVATED',
    maxStoppedSessionLengthInMinutes: 60,
  } as const
  things = await makeThings(studio, accountCaller, await studio.profile(terminating))
})
after(() => studio?.close())

/** The row is in that state, and nobody works on it. */
const pretend = (table: ResourceTable, id: string, state: string) =>
  changeResource(studio.db, table, { id }, { state, step: null, dueAt: null, deadline: null } as never)

const asks = async (operation: OperationName, input: object, taken: 200 | 404 | 409, state: string) => {
  const contents = await contentsOf(studio.db)
  const { status, body, text } = await studio.ask(operation, input)
  assert.equal(status, taken, `${operation} while ${state}: ${text}`)
  if (status === 200) return
  const refusal = { 404: ['ResourceNotFoundException', 'NOT_FOUND'], 409: ['ConflictException', 'INVALID_STATE'] }
  assert.deepEqual([body.code, body.context?.reason], refusal[taken as 404], text)
  if (status === 409) assert.ok(body.message?.includes(state), text)
  assert.ok((await contentsOf(studio.db)) === contents, `${operation} while ${state} has changed something`)
}

/** Whether start, stop, delete and a new stream are taken (decision 13). */
const ofSessions: Record<StreamingSessionState, [start: 0 | 1, stop: 0 | 1, remove: 0 | 1, stream: 0 | 1]> = {
  CREATE_IN_PROGRESS: [0, 0, 1, 0],
  READY: [0, 1, 1, 1],
  STOP_IN_PROGRESS: [0, 0, 1, 0],
  START_IN_PROGRESS: [0, 0, 1, 0],
  STOPPED: [1, 0, 1, 0],
  STOP_FAILED: [0, 1, 1, 0],
  START_FAILED: [1, 0, 1, 0],
  CREATE_FAILED: [0, 0, 1, 0],
  DELETE_FAILED: [0, 0, 1, 0],
  DELETE_IN_PROGRESS: [0, 0, 0, 0],
  DELETED: [0, 0, 0, 0],
}

describe('a session', () => {
  const operations = [
    'StartStreamingSession',
    'StopStreamingSession',
    'DeleteStreamingSession',
    'CreateStreamingSessionStream',
  ] as const
  for (const [state, taken] of Object.entries(ofSessions))
    it(`that is ${state} takes ${operations.filter((_, i) => taken[i]).join(', ') || 'nothing'}`, async () => {
      for (const [i, operation] of operations.entries()) {
        await pretend('session', things.sessionId, state)
        await asks(operation, calls[operation](things), taken[i] ? 200 : state === 'DELETED' ? 404 : 409, state)
      }
      assert.equal((await studio.ask('GetStreamingSession', calls.GetStreamingSession(things))).status, 200)
    })

  it('says in each state what it has come to', async () => {
    const { studioId, launchProfileId } = things
    const created = await studio.ask('CreateStreamingSession', { studioId, launchProfileId })
    const { sessionId } = created.body.session as { sessionId: string }
    const one = { studioId, sessionId }
    const told = async () => {
      const { body } = await studio.ask('GetStreamingSession', one)
      const { state, statusCode } = body.session as Record<string, string>
      return [state, statusCode]
    }
    const codes = async (operation: OperationName, ...expected: [during: string[], after: string[]]) => {
      if (operation !== 'CreateStreamingSession') await studio.ask(operation, one)
      assert.deepEqual(await told(), expected[0])
      await settle(studio)
      assert.deepEqual(await told(), expected[1])
    }
    const during = (what: string) => [`${what}_IN_PROGRESS`, `STREAMING_SESSION_${what}_IN_PROGRESS`]
    await codes('CreateStreamingSession', during('CREATE'), ['READY', 'STREAMING_SESSION_READY'])
    await codes('StopStreamingSession', during('STOP'), ['STOPPED', 'STREAMING_SESSION_STOPPED'])
    await codes('StartStreamingSession', during('START'), ['READY', 'STREAMING_SESSION_STARTED'])
    await codes('DeleteStreamingSession', during('DELETE'), ['DELETED', 'STREAMING_SESSION_DELETED'])
  })
})

/** Whether update and delete are taken (semantics §5). */
const ofResources: Record<LaunchProfileState, [update: 0 | 1, remove: 0 | 1]> = {
  CREATE_IN_PROGRESS: [0, 0],
  READY: [1, 1],
  UPDATE_IN_PROGRESS: [0, 0],
  DELETE_IN_PROGRESS: [0, 0],
  DELETED: [0, 0],
  DELETE_FAILED: [1, 1],
  CREATE_FAILED: [0, 1],
  UPDATE_FAILED: [1, 1],
}

const resources = [
  { table: 'studio', id: 'studioId', update: 'UpdateStudio', remove: 'DeleteStudio' },
  {
    table: 'studioComponent',
    id: 'studioComponentId',
    update: 'UpdateStudioComponent',
    remove: 'DeleteStudioComponent',
  },
  { table: 'streamingImage', id: 'streamingImageId', update: 'UpdateStreamingImage', remove: 'DeleteStreamingImage' },
  { table: 'launchProfile', id: 'launchProfileId', update: 'UpdateLaunchProfile', remove: 'DeleteLaunchProfile' },
] as const

for (const { table, id, update, remove } of resources)
  describe(`a ${table}`, () => {
    /** Of its own, which no launch profile uses. */
    const own = async (): Promise<Things> => {
      const create = update.replace('Update', 'Create') as 'CreateStudio'
      const { body, text } = await studio.ask(create, {
        ...calls[create](things),
        ...(table === 'studio' ? { studioName: 'own' } : {}),
      })
      const made = body[table] as Record<string, string> | undefined
      assert.ok(made?.[id], text)
      return { ...things, [id]: made[id] }
    }

    it('takes updates and deletes where nothing is under way', async () => {
      const one = await own()
      const key = one[id]
      for (const [state, [updates, deletes]] of Object.entries(ofResources)) {
        // An image is updated at once: it has no state in between, and none of a failed update.
        if (table === 'streamingImage' && state.startsWith('UPDATE')) continue
        const refused = state === 'DELETED' ? 404 : 409
        await pretend(table, key, state)
        await asks(update, calls[update](one), updates ? 200 : refused, state)
        await pretend(table, key, state)
        await asks(remove, calls[remove](one), deletes ? 200 : refused, state)
      }
    })
  })

describe('a stream', () => {
  type Stream = Record<'streamId' | 'state' | 'statusCode' | 'url' | 'createdAt' | 'expiresAt', string | undefined>
  const streamIn = (answer: { body: Record<string, unknown>; text: string }): Stream => {
    assert.ok(answer.body.stream, answer.text)
    return answer.body.stream as Stream
  }
  const make = async (input: object = {}) =>
    streamIn(
      await studio.ask('CreateStreamingSessionStream', { ...calls.CreateStreamingSessionStream(things), ...input }),
    )
  const get = async (streamId: string | undefined) =>
    streamIn(await studio.ask('GetStreamingSessionStream', { ...calls.GetStreamingSessionStream(things), streamId }))

  before(() => pretend('session', things.sessionId, 'READY'))

  it('is there at once, for two minutes unless it says otherwise', async () => {
    for (const [input, seconds] of [
      [{}, 120],
      [{ expirationInSeconds: 60 }, 60],
      [{ expirationInSeconds: 3600 }, 3600],
    ] as const) {
      const made = await make(input)
      assert.deepEqual([made.state, made.statusCode], ['READY', 'STREAM_READY'])
      assert.equal(Date.parse(made.expiresAt ?? '') - Date.parse(made.createdAt ?? ''), seconds * 1000)
      assert.deepEqual(await get(made.streamId), made)
      studio.clock.pass(seconds * 1000 - 1)
      assert.equal((await get(made.streamId)).state, 'READY')
      studio.clock.pass(1)
      const { url: _, ...rest } = made
      assert.deepEqual(await get(made.streamId), { ...rest, state: 'DELETED', statusCode: 'STREAM_DELETED' })
    }
  })

  it('may be one of several, each with an address of its own', async () => {
    const several = [await make(), await make(), await make()]
    assert.equal(new Set(several.map(({ url }) => url)).size, 3)
    for (const { streamId, url } of several)
      assert.deepEqual([(await get(streamId)).state, (await get(streamId)).url], ['READY', url])
  })

  it('ends with its session', async () => {
    const { streamId } = await make()
    await studio.ask('StopStreamingSession', calls.StopStreamingSession(things))
    await settle(studio)
    const { state, url } = await get(streamId)
    assert.deepEqual([state, url], ['DELETED', undefined])
  })
})
