/** Accounts and what they may do: policies, keys, and that a change counts from the next request on. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { hashPassword } from '../src/access/passwords.ts'
import type { OperationName } from '../src/contract/types.ts'
import { makeThings, type Things } from './calls.ts'
import { type Answer, createHttpStudio, type HttpStudio } from './http-studio.ts'
import { addPrincipal, type TestPrincipal } from './principals.ts'
import { settle } from './studio.ts'

let studio: HttpStudio
let things: Things
/** An account with no policy but the one that a test gives it. */
let td: TestPrincipal

before(async () => {
  studio = await createHttpStudio()
  things = await makeThings(studio, await studio.add('user', 'owner'), await studio.profile())
})
after(() => studio.close())

let accounts = 0
beforeEach(async () => {
  td = await studio.add('account', `td${accounts++}`)
  await detach(td, 'AdministratorAccess')
})

const ok = (answer: Answer): Answer => {
  assert.ok(answer.status < 300, answer.text)
  return answer
}
const detach = ({ principalId }: TestPrincipal, policyName: string) =>
  studio.ask('DetachPolicy', { principalId, policyName })
const put = (policyName: string, ...Statement: object[]) =>
  studio.ask('PutPolicy', { policyName, document: JSON.stringify({ Version: '2012-10-17', Statement }) })
const give = async (...statements: object[]) => {
  const policyName = `p${td.principalId}`
  ok(await put(policyName, ...statements))
  ok(await studio.ask('AttachPolicy', { principalId: td.principalId, policyName }))
}
const allow = (Action: string | string[], more: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more })
const deny = (Action: string | string[], more: object = {}) => ({ ...allow(Action, more), Effect: 'Deny' })
const asks = async (operation: OperationName, input: object, key = td) =>
  (await studio.ask(operation, input, key)).status
const one = () => ({ studioId: things.studioId, sessionId: things.sessionId })
const refusalOf = ({ status, body }: Answer) => [status, body.context?.reason]

describe('a policy', () => {
  it('allows nothing that it does not say', async () => {
    assert.equal(await asks('ListStudios', {}), 403)
    await give(allow('nimble:List*'))
    assert.equal(await asks('ListStudios', {}), 200)
    assert.equal(await asks('GetStudio', { studioId: things.studioId }), 403)
  })

  it('that denies wins over all that allow', async () => {
    await give(allow('*'), deny('nimble:GetStreamingSession'))
    assert.equal(await asks('GetStreamingSession', one()), 403)
    ok(await studio.ask('AttachPolicy', { principalId: td.principalId, policyName: 'AdministratorAccess' }))
    assert.equal(await asks('GetStreamingSession', one()), 403)
    assert.equal(await asks('ListStudios', {}), 200)
  })

  it('is about the resources that it names', async () => {
    await give(allow('nimble:GetStreamingSession', { Resource: things.resourceArn }))
    assert.equal(await asks('GetStreamingSession', one()), 200)
    assert.equal(await asks('GetStreamingSession', { ...one(), sessionId: 'x'.repeat(22) }), 403)
  })

  it('asks for tags of the resource, of the request, and for their keys', async () => {
    ok(await studio.ask('TagResource', { resourceArn: things.resourceArn, tags: { show: 'one' } }))
    await give(
      allow('nimble:GetStreamingSession', { Condition: { StringEquals: { 'aws:ResourceTag/show': 'one' } } }),
      allow('nimble:TagResource', {
        Condition: { StringEquals: { 'aws:RequestTag/show': ['one', 'two'] }, StringLike: { 'aws:TagKeys': 'sh*' } },
      }),
    )
    const { resourceArn } = things
    assert.equal(await asks('GetStreamingSession', one()), 200)
    assert.equal(await asks('TagResource', { resourceArn, tags: { show: 'three' } }), 403)
    assert.equal(await asks('TagResource', { resourceArn, tags: { show: 'two', cost: '1' } }), 403)
    assert.ok((await asks('TagResource', { resourceArn, tags: { show: 'two' } })) < 300)
    assert.equal(await asks('GetStreamingSession', one()), 403)
  })

  it('asks who owns and who made a session, of the request or of the session', async () => {
    const owned = { Condition: { StringEquals: { 'nimble:ownedBy': things.ownedBy } } }
    await give(allow(['nimble:GetStreamingSession', 'nimble:ListStreamingSessions'], owned))
    assert.equal(await asks('GetStreamingSession', one()), 200)
    const { studioId, ownedBy } = things
    assert.equal(await asks('ListStreamingSessions', { studioId }), 403)
    assert.equal(await asks('ListStreamingSessions', { studioId, ownedBy }), 200)
    assert.equal(await asks('ListStreamingSessions', { studioId, ownedBy: 'another' }), 403)
  })

  it('has to allow a start on the backup as well', async () => {
    const parts = ['nimble:GetLaunchProfile', 'nimble:GetLaunchProfileMember']
    await give(allow(parts), allow('nimble:StartStreamingSession', { Resource: things.resourceArn }))
    assert.equal(await asks('StartStreamingSession', { ...one(), backupId: things.backupId }), 403)
    // The session is READY: it was let through.
    assert.equal(await asks('StartStreamingSession', one()), 409)
  })

  it('has to allow what is part of an operation, and the refusal names it', async () => {
    const { studioId, launchProfileId } = things
    await give(allow(['nimble:CreateStreamingSession', 'nimble:GetLaunchProfile', 'nimble:ListEulaAcceptances']))
    const refused = await studio.ask('CreateStreamingSession', { studioId, launchProfileId }, td)
    assert.deepEqual(refusalOf(refused), [403, 'NOT_ALLOWED'])
    assert.match(refused.body.message ?? '', /takes GetLaunchProfileInitialization as well/)
    await give(allow('nimble:CreateStreamingSession'), allow(['nimble:Get*', 'nimble:List*']))
    assert.equal(await asks('CreateStreamingSession', { studioId, launchProfileId }), 200)
    await settle(studio)
  })

  it('outside the subset is refused when it is stored, and the message says where', async () => {
    const condition = { NumericEquals: { 'nimble:ownedBy': '1' } }
    const refused = await put('bad', allow('nimble:*'), allow('nimble:*', { Condition: condition }))
    assert.deepEqual(refusalOf(refused), [400, 'INVALID_POLICY'])
    assert.match(refused.body.message ?? '', /Statement\[1\]\.Condition must not have "NumericEquals"/)
    const twice = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}'
    for (const document of ['{', twice, '[]'])
      assert.deepEqual(refusalOf(await studio.ask('PutPolicy', { policyName: 'bad', document })), [
        400,
        'INVALID_POLICY',
      ])
    assert.equal((await studio.ask('GetPolicy', { policyName: 'bad' })).status, 404)
  })

  it('that comes with Atelier is listed, and nobody changes it', async () => {
    const { policies } = ok(await studio.ask('ListPolicies', {})).body as { policies: Record<string, unknown>[] }
    const managed = policies.filter(policy => policy.managed).map(policy => policy.policyName)
    assert.deepEqual(managed, ['AdministratorAccess', 'OwnAccount', 'StudioAdmin', 'StudioUser'])
    assert.deepEqual(refusalOf(await put('StudioUser', allow('*'))), [409, 'POLICY_IS_MANAGED'])
    assert.deepEqual(refusalOf(await studio.ask('DeletePolicy', { policyName: 'StudioUser' })), [
      409,
      'POLICY_IS_MANAGED',
    ])
  })

  it('is not deleted while it is attached, and not attached to people', async () => {
    await give(allow('nimble:ListStudios'))
    const policyName = `p${td.principalId}`
    assert.deepEqual(refusalOf(await studio.ask('DeletePolicy', { policyName })), [409, 'POLICY_IS_ATTACHED'])
    ok(await detach(td, policyName))
    ok(await studio.ask('DeletePolicy', { policyName }))
    const { principalId } = await studio.add('user', 'person')
    assert.deepEqual(refusalOf(await studio.ask('AttachPolicy', { principalId, policyName: 'StudioUser' })), [
      400,
      'POLICY_OF_USER',
    ])
  })
})

describe('a change of access counts from the next request on', () => {
  const works = () => asks('ListStudios', {})

  it('of a policy', async () => {
    await give(allow('nimble:ListStudios'))
    assert.equal(await works(), 200)
    await give(deny('nimble:ListStudios'))
    assert.equal(await works(), 403)
    await give(allow('nimble:ListStudios'))
    assert.equal(await works(), 200)
    ok(await detach(td, `p${td.principalId}`))
    assert.equal(await works(), 403)
  })

  it('of a key and of its holder', async () => {
    await give(allow('nimble:ListStudios'))
    const { principalId, accessKeyId } = td
    for (const change of [
      (disabled: boolean) => studio.ask('UpdateAccessKey', { principalId, accessKeyId, disabled }),
      (disabled: boolean) => studio.ask('UpdateUser', { principalId, disabled }),
    ])
      for (const disabled of [true, false]) {
        ok(await change(disabled))
        const { body } = await studio.ask('ListStudios', {}, td)
        assert.equal(body.code, disabled ? 'UnrecognizedClientException' : undefined)
      }
    ok(await studio.ask('DeleteAccessKey', { principalId, accessKeyId }))
    assert.equal(await works(), 403)
  })
})

describe('a key', () => {
  it('shows its secret once, works, and tells when it was last used', async () => {
    const { principalId } = td
    await give(allow('nimble:ListStudios'))
    const { accessKey } = ok(await studio.ask('CreateAccessKey', { principalId })).body as { accessKey: TestPrincipal }
    const listed = async () => {
      const answer = ok(await studio.ask('ListAccessKeys', { principalId }))
      assert.ok(!answer.text.includes(accessKey.secretAccessKey) && !answer.text.includes('secret'))
      const keys = (answer.body.accessKeys ?? []) as Record<string, string>[]
      return keys.find(({ accessKeyId }) => accessKeyId === accessKey.accessKeyId)
    }
    assert.equal((await listed())?.lastUsedAt, undefined)
    assert.equal(await asks('ListStudios', {}, accessKey), 200)
    const first = (await listed())?.lastUsedAt
    assert.equal(first, new Date(studio.clock.now()).toISOString().replace('.000', ''))
    studio.clock.pass(30_000)
    assert.equal(await asks('ListStudios', {}, accessKey), 200)
    assert.equal((await listed())?.lastUsedAt, first)
    studio.clock.pass(31_000)
    assert.equal(await asks('ListStudios', {}, accessKey), 200)
    assert.notEqual((await listed())?.lastUsedAt, first)
  })
})

describe('the last administrator', () => {
  it('keeps his account, his policy and his key', async () => {
    const other = await createHttpStudio()
    try {
      const { principalId, accessKeyId } = other.account
      const ask = (operation: OperationName, input: object = {}) => other.ask(operation, { principalId, ...input })
      const attempts = () => [
        ask('DeleteUser'),
        ask('UpdateUser', { disabled: true }),
        ask('DetachPolicy', { policyName: 'AdministratorAccess' }),
        ask('DeleteAccessKey', { accessKeyId }),
        ask('UpdateAccessKey', { accessKeyId, disabled: true }),
      ]
      for (const answer of await Promise.all(attempts()))
        assert.deepEqual(refusalOf(answer), [409, 'LAST_ADMINISTRATOR'])
      await addPrincipal(other.db, other.installation.secrets, { kind: 'account', userName: 'second' })
      assert.equal((await ask('DeleteUser')).status, 200)
    } finally {
      await other.close()
    }
  })
})

describe('a person', () => {
  it('changes his own password by the one he has, an administrator of the installation any', async () => {
    const passwordHash = await hashPassword('the first password')
    const { db, installation } = studio
    const ada = await addPrincipal(db, installation.secrets, { kind: 'user', userName: 'ada', passwordHash })
    const { principalId } = ada
    const change = (input: object, key: TestPrincipal) =>
      studio.ask('UpdateUser', { principalId, password: 'the second password', ...input }, key)
    for (const input of [{}, { currentPassword: 'another password' }])
      assert.deepEqual(refusalOf(await change(input, ada)), [403, 'WRONG_PASSWORD'])
    ok(await change({ currentPassword: 'the first password' }, ada))
    ok(await change({ password: 'the third password' }, studio.account))
  })

  it('guesses his own password no more often than at the sign-in', async () => {
    const passwordHash = await hashPassword('the first password')
    const { db, installation } = studio
    const eve = await addPrincipal(db, installation.secrets, { kind: 'user', userName: 'eve', passwordHash })
    const guess = () =>
      studio.ask(
        'UpdateUser',
        { ...{ principalId: eve.principalId, password: 'my own password' }, currentPassword: 'guess' },
        eve,
      )
    for (let tries = 0; tries < 10; tries++) assert.deepEqual(refusalOf(await guess()), [403, 'WRONG_PASSWORD'])
    assert.equal((await guess()).status, 429)
  })

  it('is not deleted while he owns a session', async () => {
    assert.deepEqual(refusalOf(await studio.ask('DeleteUser', { principalId: things.ownedBy })), [
      409,
      'USER_WITH_STREAMING_SESSIONS_NOT_DELETED',
    ])
  })
})
