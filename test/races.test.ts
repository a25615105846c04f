/** Two ask something of one session at the same moment, over real HTTP: as if one had come after the other. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { OperationName } from '../src/contract/types.ts'
import { session as life, type SessionVerb } from '../src/lifecycle/session.ts'
import { createHttpStudio, type HttpStudio } from './http-studio.ts'
import { persistent, settle } from './studio.ts'

let studio: HttpStudio
let launchProfileId: string

before(async () => {
  studio = await createHttpStudio()
  launchProfileId = await studio.profile({ ...persistent, ec2InstanceTypes: ['local.small'] as never[] })
})
after(() => studio.close())

type Ids = { studioId: string; sessionId: string }

const arnOf = ({ sessionId }: Ids) => `arn:aws:nimble:us-west-2:000000000000:streaming-session/${sessionId}`

/** What is asked, and the verb of the table that it is, if it is one. */
const questions: Partial<Record<OperationName, { input: (ids: Ids) => object; verb?: SessionVerb }>> = {
  StartStreamingSession: { input: ids => ids, verb: 'start' },
  StopStreamingSession: { input: ids => ids, verb: 'stop' },
  DeleteStreamingSession: { input: ids => ids, verb: 'delete' },
  CreateStreamingSessionStream: { input: ids => ids },
  GetStreamingSession: { input: ids => ids },
  TagResource: { input: ids => ({ resourceArn: arnOf(ids), tags: { shot: '010' } }) },
  UntagResource: { input: ids => ({ resourceArn: arnOf(ids), tagKeys: ['shot'] }) },
}
type Question = keyof typeof questions

const names = Object.keys(questions) as Question[]
const pairs = names.flatMap((first, i) => names.slice(i).map(second => [first, second] as const))

/** The answers to one after the other, as the table has them. */
const inTurn = (state: keyof typeof life, asked: readonly Question[]): number[] => {
  let now = state
  return asked.map(name => {
    const { verb } = questions[name] ?? {}
    if (name === 'CreateStreamingSessionStream') return now === 'READY' ? 200 : 409
    if (!verb) return 200
    const next = life[now].on?.[verb]
    if (!next) return 409
    now = next
    return 200
  })
}

const sessionIn = async (state: 'CREATE_IN_PROGRESS' | 'READY' | 'STOPPED'): Promise<Ids> => {
  const { studioId } = studio
  const { status, text, body } = await studio.ask('CreateStreamingSession', { studioId, launchProfileId })
  assert.equal(status, 200, text)
  const ids = { studioId, sessionId: (body.session as Ids).sessionId }
  if (state === 'CREATE_IN_PROGRESS') return ids
  await settle(studio)
  if (state === 'STOPPED') assert.equal((await studio.ask('StopStreamingSession', ids)).status, 200)
  await settle(studio)
  assert.equal((await studio.row(ids.sessionId)).state, state)
  return ids
}

const ask = (name: Question, ids: Ids) => studio.ask(name, questions[name]?.input(ids) ?? {})

for (const state of ['CREATE_IN_PROGRESS', 'READY', 'STOPPED'] as const)
  describe(`asked at once of a session that is ${state}`, () => {
    for (const [first, second] of pairs)
      it(`${first} and ${second} are answered as if one had come after the other`, async () => {
        const ids = await sessionIn(state)
        const answers = await Promise.all([ask(first, ids), ask(second, ids)])
        const statuses = answers.map(({ status }) => (status < 300 ? 200 : status))
        const possible = [inTurn(state, [first, second]), inTurn(state, [second, first]).reverse()]
        assert.ok(
          possible.some(each => each.join() === statuses.join()),
          `${statuses} is neither of ${possible.join(' and ')}`,
        )
        for (const { status, body } of answers)
          if (status >= 300) assert.deepEqual([body.code, body.context?.reason], ['ConflictException', 'INVALID_STATE'])
        await settle(studio)
        const { state: reached } = await studio.row(ids.sessionId)
        assert.ok(['READY', 'STOPPED', 'DELETED'].includes(reached), reached)
        if (reached !== 'DELETED') assert.equal((await ask('DeleteStreamingSession', ids)).status, 200)
        await settle(studio)
        assert.equal((await studio.row(ids.sessionId)).state, 'DELETED')
        const { machines, volumes } = await studio.driver.inventory()
        const own = [...machines, ...volumes].filter(id => id.startsWith(ids.sessionId))
        assert.deepEqual(own, [])
      })
  })
