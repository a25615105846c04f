/** Members of studios and of launch profiles: who may be one, and what that changes. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ownIdentityStore as identityStoreId } from '../src/store/members.ts'
import { type Answer, createHttpStudio, type HttpStudio } from './http-studio.ts'
import type { TestPrincipal } from './principals.ts'

let studio: HttpStudio
let launchProfileId: string
let ada: TestPrincipal

before(async () => {
  studio = await createHttpStudio()
  launchProfileId = await studio.profile()
  ada = await studio.add('user', 'ada')
})
after(() => studio.close())

const answered = ({ status, body }: Answer) => [status, body.code, body.context?.reason, body.context?.resourceId]

const kinds = [
  {
    what: 'studio',
    persona: 'ADMINISTRATOR',
    place: () => ({ studioId: studio.studioId }),
    operations: ['PutStudioMembers', 'GetStudioMember', 'ListStudioMembers', 'DeleteStudioMember'],
  },
  {
    what: 'launch profile',
    persona: 'USER',
    place: () => ({ studioId: studio.studioId, launchProfileId }),
    operations: [
      'PutLaunchProfileMembers',
      'GetLaunchProfileMember',
      'ListLaunchProfileMembers',
      'DeleteLaunchProfileMember',
    ],
  },
] as const

for (const { what, persona, place, operations } of kinds) {
  const [put, get, list, remove] = operations
  const putting = (ids: string[], store = identityStoreId) =>
    studio.ask(put, {
      ...place(),
      identityStoreId: store,
      members: ids.map(principalId => ({ principalId, persona })),
    })

  describe(`members of a ${what}`, () => {
    it('are put, read, put again to no effect, and taken away', async () => {
      const { principalId } = ada
      const one = { ...place(), principalId }
      const member = { principalId, identityStoreId, persona }
      const absent = [404, 'ResourceNotFoundException', 'NOT_FOUND', principalId]
      assert.deepEqual(answered(await studio.ask(get, one)), absent)
      for (let i = 0; i < 2; i++) {
        const { status, body } = await putting([principalId])
        assert.deepEqual([status, body], [200, {}])
        assert.deepEqual((await studio.ask(get, one)).body, { member })
        assert.deepEqual((await studio.ask(list, place())).body, { members: [member] })
      }
      assert.deepEqual((await studio.ask(remove, one)).body, {})
      for (const operation of [get, remove]) assert.deepEqual(answered(await studio.ask(operation, one)), absent)
    })

    it('are users of this installation: one that is not keeps all of them out, and is named', async () => {
      for (const unknown of ['x'.repeat(22), studio.account.principalId]) {
        const answer = await putting([ada.principalId, unknown])
        assert.deepEqual(answered(answer), [400, 'ValidationException', 'UNKNOWN_PRINCIPAL', unknown])
        assert.match(answer.body.message ?? '', new RegExp(unknown))
      }
      const [, , reason] = answered(await putting([ada.principalId], 'd-0000000000'))
      assert.equal(reason, 'UNKNOWN_IDENTITY_STORE')
      assert.deepEqual((await studio.ask(list, place())).body, { members: [] })
    })
  })
}

describe('membership', () => {
  it('of a launch profile lets a user launch; of the studio, administer it', async () => {
    const { studioId } = studio
    const bob = await studio.add('user', 'bob')
    const launch = () => studio.ask('CreateStreamingSession', { studioId, launchProfileId }, bob)
    const look = () => studio.ask('ListStreamingSessions', { studioId }, bob)
    assert.deepEqual([(await launch()).status, (await look()).status], [403, 403])
    const member = (persona: string) => ({ identityStoreId, members: [{ principalId: bob.principalId, persona }] })
    await studio.ask('PutLaunchProfileMembers', { studioId, launchProfileId, ...member('USER') })
    studio.clock.pass(2001)
    assert.deepEqual([(await launch()).status, (await look()).status], [200, 403])
    await studio.ask('PutStudioMembers', { studioId, ...member('ADMINISTRATOR') })
    studio.clock.pass(2001)
    assert.deepEqual([(await launch()).status, (await look()).status], [200, 200])
  })
})

describe('the initialization of a launch profile', () => {
  it('is asked for by version, purpose and platform, and says which of them does not fit', async () => {
    const right = {
      studioId: studio.studioId,
      launchProfileId,
      launchProfileProtocolVersions: ['2011-01-01', '2021-03-31'],
      launchPurpose: 'WORKSTATION',
      platform: 'Linux',
    }
    const { status, body } = await studio.ask('GetLaunchProfileInitialization', right)
    assert.deepEqual(
      [status, body.launchProfileInitialization],
      [
        200,
        {
          launchProfileId,
          name: 'p',
          launchProfileProtocolVersion: '2021-03-31',
          launchPurpose: 'WORKSTATION',
          platform: 'LINUX',
          systemInitializationScripts: [],
          userInitializationScripts: [],
        },
      ],
    )
    for (const [wrong, reason] of [
      [{ launchProfileProtocolVersions: ['2011-01-01'] }, 'PROTOCOL_VERSION_NOT_IN_LAUNCH_PROFILE'],
      [{ launchPurpose: 'work' }, 'INVALID_LAUNCH_PURPOSE'],
      [{ launchPurpose: 'W'.repeat(65) }, 'INVALID_LAUNCH_PURPOSE'],
      [{ platform: 'plan9' }, 'INVALID_PLATFORM'],
    ] as const) {
      const [status, code, said] = answered(await studio.ask('GetLaunchProfileInitialization', { ...right, ...wrong }))
      assert.deepEqual([status, code, said], [400, 'ValidationException', reason])
    }
  })
})

describe('the details of a launch profile', () => {
  it('have of each component what a summary has, and no script', async () => {
    const { studioId, streamingImageId } = studio
    const made = await studio.ask('CreateStudioComponent', {
      ...{ studioId, name: 'Render', type: 'CUSTOM', description: 'Queue' },
      initializationScripts: [{ script: 'echo secret', platform: 'LINUX', runContext: 'USER_INITIALIZATION' }],
    })
    const { studioComponentId } = made.body.studioComponent as { studioComponentId: string }
    const profile = await studio.ask('CreateLaunchProfile', {
      ...{ studioId, name: 'd', ec2SubnetIds: [], launchProfileProtocolVersions: ['2021-03-31'] },
      studioComponentIds: [studioComponentId],
      streamConfiguration: {
        clipboardMode: 'ENABLED',
        ec2InstanceTypes: ['local.small'],
        streamingImageIds: [streamingImageId],
      },
    })
    const { launchProfileId } = profile.body.launchProfile as { launchProfileId: string }
    const { body, text } = await studio.ask('GetLaunchProfileDetails', { studioId, launchProfileId })
    const [summary] = body.studioComponentSummaries as object[]
    assert.deepEqual(Object.keys(summary ?? {}).sort(), [
      ...['createdAt', 'createdBy', 'description', 'name', 'studioComponentId', 'type', 'updatedAt', 'updatedBy'],
    ])
    assert.ok(!text.includes('echo secret'))
  })
})
