/** Client tokens: an operation that is asked twice has one effect. Over real HTTP, for every operation that takes one. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { operationOf, structureOf } from '../src/contract/model.ts'
import { handlers } from '../src/operations/handlers.ts'
import { stopStreamingSession } from '../src/operations/streaming-sessions.ts'
import { calls, type Implemented, makeThings, putBack, type Things } from './calls.ts'
import { type Answer, contentsOf, createHttpStudio, type HttpStudio } from './http-studio.ts'
import { accountCaller, day, settle } from './studio.ts'

let studio: HttpStudio
let launchProfileId: string
let things: Things

before(async () => {
  studio = await createHttpStudio()
  launchProfileId = await studio.profile()
  const { studioId } = studio
  await studio.ask('PutSessionPolicy', { studioId, launchProfileId, maxExtensionInMinutes: 60 })
  things = await makeThings(studio, accountCaller, launchProfileId)
})
after(() => studio.close())

const withToken = (Object.keys(handlers) as Implemented[]).filter(
  operation => 'clientToken' in structureOf(operationOf(operation).input.shape).members,
)

/** What has to be so for the operation to be accepted: resources that nothing else uses, above all. */
const prepare: Partial<Record<Implemented, (things: Things) => Promise<Partial<Things> | undefined>>> = {
  DeleteLaunchProfile: async () => ({ launchProfileId: await studio.profile() }),
  DeleteStreamingImage: async ({ studioId }) => {
    const { body } = await studio.ask('CreateStreamingImage', { studioId, name: 'x', ec2ImageId: 'ami-host' })
    await settle(studio)
    return { streamingImageId: (body.streamingImage as Things).streamingImageId }
  },
  DeleteStudio: async () => {
    const input = { ...calls.CreateStudio(things), studioName: `brief${studio.clock.now()}` }
    const { body } = await studio.ask('CreateStudio', input)
    await settle(studio)
    return { studioId: (body.studio as Things).studioId }
  },
  DeleteStudioComponent: async ({ studioId }) => {
    const { body } = await studio.ask('CreateStudioComponent', { studioId, name: 'x', type: 'CUSTOM' })
    await settle(studio)
    return { studioComponentId: (body.studioComponent as Things).studioComponentId }
  },
  StartStudioSSOConfigurationRepair: async () => {
    await putBack(studio.db)
    return undefined
  },
  StartStreamingSession: async ({ studioId, sessionId }) => {
    await stopStreamingSession(studio.call(), { studioId, sessionId })
    await settle(studio)
    return undefined
  },
}

const sessionsOf = async () => (await studio.db.selectFrom('session').select('id').execute()).length

const create = (clientToken: string | undefined, input: object = {}, key = studio.account): Promise<Answer> =>
  studio.ask(
    'CreateStreamingSession',
    { studioId: things.studioId, launchProfileId, ...(clientToken === undefined ? {} : { clientToken }), ...input },
    key,
  )

const sessionIdIn = (answer: Answer): string => {
  assert.equal(answer.status, 200, answer.text)
  return (answer.body.session as { sessionId: string }).sessionId
}

describe('the same client token again', () => {
  for (const operation of withToken)
    it(`has no other effect, and answers with the resource as it is: ${operation}`, async () => {
      await settle(studio)
      const own = await makeThings(studio, accountCaller, launchProfileId)
      const given = await prepare[operation]?.(own)
      const input = { ...calls[operation]({ ...own, ...given }), clientToken: `again-${operation}` }
      const first = await studio.ask(operation, input)
      assert.equal(first.status, 200, first.text)
      const contents = await contentsOf(studio.db)
      studio.clock.pass(1000)
      const second = await studio.ask(operation, input)
      assert.deepEqual([second.status, second.body], [200, first.body])
      assert.ok((await contentsOf(studio.db)) === contents, 'the second call has changed something')
    })

  for (const operation of withToken)
    it(`is refused with other parameters: ${operation}`, async () => {
      await settle(studio)
      const own = await makeThings(studio, accountCaller, launchProfileId)
      const given = await prepare[operation]?.(own)
      const input = { ...calls[operation]({ ...own, ...given }), clientToken: `other-${operation}` } as Record<
        string,
        unknown
      >
      if (operation === 'CreateStudio') input.studioName = 'yetanother'
      assert.equal((await studio.ask(operation, input)).status, 200)
      const [name = '', value] = Object.entries(input)[0] ?? []
      const contents = await contentsOf(studio.db)
      const other = String(value).replace(/.$/, last => (last === 'x' ? 'y' : 'x'))
      const { status, body } = await studio.ask(operation, { ...input, [name]: other })
      assert.deepEqual([status, body.code, body.context?.reason], [400, 'ValidationException', 'CLIENT_TOKEN_REUSED'])
      assert.ok((await contentsOf(studio.db)) === contents, 'the refused call has changed something')
    })
})

describe('a client token', () => {
  it('that comes fifty times at once makes one session', async () => {
    const before = await sessionsOf()
    const answers = await Promise.all(Array.from({ length: 50 }, () => create('fifty')))
    assert.equal(new Set(answers.map(sessionIdIn)).size, 1)
    assert.equal(await sessionsOf(), before + 1)
  })

  it('that comes at once with other parameters makes what the first asked for', async () => {
    const before = await sessionsOf()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => create('contest', { tags: { wish: String(i % 2) } })),
    )
    const won = answers.filter(({ status }) => status === 200)
    assert.equal(won.length, 10)
    assert.equal(new Set(won.map(sessionIdIn)).size, 1)
    for (const { status, body } of answers.filter(answer => !won.includes(answer)))
      assert.deepEqual([status, body.context?.reason], [400, 'CLIENT_TOKEN_REUSED'])
    assert.equal(await sessionsOf(), before + 1)
  })

  it('that is absent makes a session each time', async () => {
    assert.notEqual(sessionIdIn(await create(undefined)), sessionIdIn(await create(undefined)))
  })

  it('is its principal’s own', async () => {
    const other = await studio.add('account', 'somebody')
    assert.notEqual(sessionIdIn(await create('shared')), sessionIdIn(await create('shared', {}, other)))
  })

  it('is not used up by a call that was refused', async () => {
    assert.equal((await create('wrong first', { launchProfileId: 'x'.repeat(22) })).status, 404)
    sessionIdIn(await create('wrong first'))
  })

  it('is forgotten after a day', async () => {
    const first = sessionIdIn(await create('a day'))
    studio.clock.pass(day - 60_000)
    await studio.sweep()
    assert.equal(sessionIdIn(await create('a day')), first)
    studio.clock.pass(120_000)
    await studio.sweep()
    assert.notEqual(sessionIdIn(await create('a day')), first)
  })
})

describe('a caller who asks too often', () => {
  it('is told when to come again, and others are served', async t => {
    const limited = await createHttpStudio({
      throttle: { read: { perSecond: 0.5, burst: 3 }, write: { perSecond: 1, burst: 1 } },
    })
    t.after(limited.close)
    const other = await limited.add('account', 'other')
    const asks = async (operation: Implemented, key = limited.account) => {
      const { status, headers, body } = await limited.ask(operation, { studioName: 'x' }, key)
      return { status, wait: headers['retry-after'], code: body.code, reason: body.context?.reason }
    }
    const served = { status: 200, wait: undefined, code: undefined, reason: undefined }
    const refused = { status: 429, wait: '2', code: 'ThrottlingException', reason: 'TOO_MANY_REQUESTS' }
    for (let i = 0; i < 3; i++) assert.deepEqual(await asks('ListStudios'), served)
    assert.deepEqual(await asks('ListStudios'), refused)
    assert.deepEqual(await asks('ListStudios', other), served)
    // Changes are counted apart, also those that are refused for another reason.
    assert.equal((await asks('CreateStudio')).status, 400)
    assert.deepEqual(await asks('CreateStudio'), { ...refused, wait: '1' })
    limited.clock.pass(2000)
    assert.deepEqual(await asks('ListStudios'), served)
  })
})
