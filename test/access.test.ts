/**
 * Who may do what: every operation, asked by every kind of caller, of resources that are his, another's, nobody's and
 * another studio's. What to expect is worked out from semantics §7 and decisions 11, 13 and 22, not from the policies.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { AccessKey } from '../src/access/first-keys.ts'
import { createLaunchProfile } from '../src/operations/launch-profiles.ts'
import { createStreamingImage } from '../src/operations/streaming-images.ts'
import { createStudioComponent } from '../src/operations/studio-components.ts'
import { createStudio } from '../src/operations/studios.ts'
import { ownIdentityStore, putLaunchProfileMember, putStudioMember } from '../src/store/members.ts'
import { addMember, calls, type Implemented, makeThings, putBack, putBackAccess, type Things } from './calls.ts'
import { type Answer, contentsOf, createHttpStudio, type HttpStudio, requestOf } from './http-studio.ts'
import type { TestPrincipal } from './principals.ts'
import { read, settle } from './studio.ts'

/** Whose an operation is: who besides the account may call it, and on what. */
type Kind =
  /** The account's alone. */
  | 'account'
  /** Administrators of the studio. */
  | 'studio'
  /** These, and to nobody else, the owner of the session among them, is it there. */
  | 'hidden'
  /** Administrators, and the members of the launch profile that is named. */
  | 'profile'
  /** Administrators, and the owner of the session or backup that is named. */
  | 'owner'
  /** Administrators, and users who ask for what is their own. */
  | 'list'
  /** Administrators and users of the studio. */
  | 'part'
  /** Of no studio: administrators of any. */
  | 'anyAdmin'
  /** Of no studio: whoever has a part in any. */
  | 'anyPart'
  /** The account's, and a person's where it is about himself. */
  | 'self'

const kinds: Record<Implemented, Kind> = {
  AcceptEulas: 'studio',
  CreateLaunchProfile: 'account',
  CreateStreamingImage: 'account',
  CreateStreamingSession: 'profile',
  CreateStreamingSessionStream: 'owner',
  CreateStudio: 'account',
  CreateStudioComponent: 'account',
  DeleteLaunchProfile: 'account',
  DeleteLaunchProfileMember: 'studio',
  DeleteStreamingImage: 'account',
  DeleteStudio: 'account',
  DeleteStudioComponent: 'account',
  DeleteStudioMember: 'account',
  DeleteStreamingSession: 'owner',
  GetEula: 'anyAdmin',
  GetLaunchProfileInitialization: 'profile',
  GetLaunchProfileMember: 'profile',
  GetStudioMember: 'part',
  ListEulaAcceptances: 'part',
  ListEulas: 'anyPart',
  ListLaunchProfileMembers: 'profile',
  ListStudioComponents: 'account',
  ListStudioMembers: 'part',
  PutLaunchProfileMembers: 'studio',
  PutStudioMembers: 'account',
  StartStudioSSOConfigurationRepair: 'account',
  UpdateLaunchProfile: 'account',
  UpdateLaunchProfileMember: 'studio',
  UpdateStreamingImage: 'account',
  UpdateStudio: 'account',
  UpdateStudioComponent: 'account',
  GetLaunchProfile: 'profile',
  GetLaunchProfileDetails: 'profile',
  GetStreamingImage: 'studio',
  GetStreamingSession: 'owner',
  GetStreamingSessionBackup: 'owner',
  GetStreamingSessionStream: 'owner',
  GetStudio: 'account',
  GetStudioComponent: 'account',
  ListLaunchProfiles: 'list',
  ListStreamingImages: 'studio',
  ListStreamingSessionBackups: 'list',
  ListStreamingSessions: 'list',
  ListStudios: 'account',
  ListTagsForResource: 'account',
  StartStreamingSession: 'owner',
  StopStreamingSession: 'owner',
  TagResource: 'account',
  UntagResource: 'account',
  AttachPolicy: 'account',
  CreateAccessKey: 'self',
  CreateStreamingSessionView: 'owner',
  CreateUser: 'account',
  DeleteAccessKey: 'self',
  DeletePolicy: 'account',
  DeleteStreamingSessionViews: 'owner',
  DeleteUser: 'account',
  DetachPolicy: 'account',
  ExtendStreamingSession: 'owner',
  GetPolicy: 'account',
  GetSessionPolicy: 'studio',
  GetStreamingSessionEnd: 'owner',
  GetStreamingSessionLog: 'hidden',
  GetStreamingSessionStatistics: 'owner',
  GetUser: 'self',
  ListAccessKeys: 'self',
  ListBackupCopies: 'account',
  ListPolicies: 'account',
  ListUsers: 'account',
  PutPolicy: 'account',
  PutSessionPolicy: 'account',
  RestoreBackupCopy: 'account',
  UpdateAccessKey: 'self',
  UpdateUser: 'self',
}

const tiers = ['account', 'narrow', 'admin', 'user', 'otherUser', 'otherAdmin', 'disabled', 'unsigned'] as const
type Tier = (typeof tiers)[number]

/**
 * `user`'s and `otherUser`'s own, each with a launch profile he is a member of; ids of nothing; ids of another studio
 * as if they were of this one, or as they are; and ids as they are in a studio that does not exist.
 */
const whoses = ['user', 'otherUser', 'nothing', 'smuggled', 'elsewhere', 'noStudio'] as const
type Whose = (typeof whoses)[number]

type Outcome = 'allowed' | 'denied' | 'notFound' | 'unknown' | 'unsigned'

/** What is tagged is in a studio, though its ARN does not say in which. */
const isTagged = (operation: Implemented) => inputText(operation, 'a', 'x').includes('resourceArn')

const expected = (operation: Implemented, kind: Kind, tier: Tier, whose: Whose): Outcome => {
  if (tier === 'unsigned') return 'unsigned'
  if (tier === 'disabled') return 'unknown'
  if (tier === 'narrow') {
    const isInside = isTagged(operation)
      ? whose === 'user' || whose === 'otherUser'
      : namesStudio(operation) && whose !== 'elsewhere' && whose !== 'noStudio'
    return isInside ? expected(operation, kind, 'account', whose) : 'denied'
  }
  if (kind === 'anyPart') return 'allowed'
  if (kind === 'anyAdmin') return ['account', 'admin', 'otherAdmin'].includes(tier) ? 'allowed' : 'denied'
  if (kind === 'self' && tier !== 'account') return tier === whose ? 'allowed' : 'denied'
  if (whose === 'noStudio') return tier === 'account' ? 'notFound' : 'denied'
  const administers =
    tier === 'account' || (kind !== 'account' && tier === (whose === 'elsewhere' ? 'otherAdmin' : 'admin'))
  const isThere = kind === 'list' || ['user', 'otherUser', 'elsewhere'].includes(whose)
  if (administers) return isThere ? 'allowed' : 'notFound'
  if (tier === 'admin' || tier === 'otherAdmin' || whose === 'elsewhere') return 'denied'
  if (kind === 'part') return 'allowed'
  if (tier === whose && ['profile', 'owner', 'list'].includes(kind)) return 'allowed'
  return kind === 'owner' || kind === 'hidden' ? 'notFound' : 'denied'
}

const refusals: Record<Exclude<Outcome, 'allowed'>, [status: number, code: string, reason: string]> = {
  denied: [403, 'AccessDeniedException', 'NOT_ALLOWED'],
  notFound: [404, 'ResourceNotFoundException', 'NOT_FOUND'],
  unknown: [403, 'UnrecognizedClientException', 'UNKNOWN_KEY'],
  unsigned: [403, 'MissingAuthenticationTokenException', 'NOT_SIGNED'],
}

const thingsNamed = (studioId: string, id: string): Things => ({
  ...{ studioId, launchProfileId: id, streamingImageId: id, studioComponentId: id, sessionId: id, streamId: id },
  ...{ ownedBy: id, accessKeyId: id, accountId: id, policyName: id },
  ...{ backupId: id, resourceArn: `arn:aws:nimble:us-west-2:000000000000:streaming-session/${id}` },
})

/** Whether an input says which studio, and whether it says anything beyond that. */
const inputText = (operation: Implemented, studioId: string, id: string) =>
  JSON.stringify(calls[operation](thingsNamed(studioId, id)))
const namesStudio = (operation: Implemented) => inputText(operation, 'a', 'x') !== inputText(operation, 'b', 'x')
const namesMore = (operation: Implemented) => inputText(operation, 'a', 'x') !== inputText(operation, 'a', 'y')

const makesSense = (operation: Implemented, whose: Whose) => {
  if (whose === 'noStudio' || whose === 'elsewhere') return namesStudio(operation)
  if (whose === 'smuggled') return namesStudio(operation) && namesMore(operation)
  return whose === 'user' || namesMore(operation)
}

let studio: HttpStudio
let things: Record<Whose, Things>
let keys: Record<Exclude<Tier, 'unsigned'>, TestPrincipal>

before(async () => {
  studio = await createHttpStudio()
  const { db, studioId } = studio
  const adds = async (userName: string) => await studio.add('user', userName)
  keys = {
    account: studio.account,
    narrow: await studio.add('account', 'narrow'),
    admin: await adds('admin'),
    user: await adds('user'),
    otherUser: await adds('otherUser'),
    otherAdmin: await adds('otherAdmin'),
    disabled: await adds('disabled'),
  }
  const profiles = { user: await studio.profile(), otherUser: await studio.profile() }
  const member = ({ principalId }: TestPrincipal) => ({ principalId, identityStoreId: ownIdentityStore })
  await putStudioMember(db, studioId, member(keys.admin))
  for (const name of ['user', 'otherUser'] as const)
    await putLaunchProfileMember(db, studioId, profiles[name], member(keys[name]))
  await putStudioMember(db, studioId, member(keys.disabled))
  await db.updateTable('principal').set({ disabled: 1 }).where('id', '=', keys.disabled.principalId).execute()

  // Everything, in one studio.
  const inStudio = { StringEquals: { 'nimble:studioId': studioId } }
  const statement = { Effect: 'Allow', Action: '*', Resource: '*', Condition: inStudio }
  const document = JSON.stringify({ Version: '2012-10-17', Statement: statement })
  await studio.ask('PutPolicy', { policyName: 'InStudio', document })
  const { principalId } = keys.narrow
  await studio.ask('AttachPolicy', { principalId, policyName: 'InStudio' })
  await studio.ask('DetachPolicy', { principalId, policyName: 'AdministratorAccess' })

  const elsewhere = await makeElsewhere()
  await putStudioMember(db, elsewhere.studioId, member(keys.otherAdmin))
  const user = await makeThings(studio, keys.user, profiles.user)
  things = {
    user,
    otherUser: await makeThings(studio, keys.otherUser, profiles.otherUser),
    nothing: thingsNamed(studioId, 'x'.repeat(22)),
    elsewhere,
    smuggled: { ...elsewhere, studioId },
    noStudio: { ...user, studioId: studioId.replace(/.$/, '_') },
  }
})
after(() => studio.close())

/** Another studio with all that can be in one. */
const makeElsewhere = async (): Promise<Things> => {
  const role = 'arn:aws:iam::000000000000:role/r'
  const made = await createStudio(studio.call(), {
    studioName: 'elsewhere',
    displayName: 'E',
    adminRoleArn: role,
    userRoleArn: role,
  })
  const { studioId = '' } = read(made.studio) ?? {}
  const { studioComponent } = await createStudioComponent(studio.call(), { studioId, name: 'c', type: 'CUSTOM' })
  const { studioComponentId = '' } = read(studioComponent) ?? {}
  const { streamingImage } = await createStreamingImage(studio.call(), { studioId, name: 'i', ec2ImageId: 'ami-host' })
  const { streamingImageId = '' } = read(streamingImage) ?? {}
  await settle(studio)
  const { launchProfile } = await createLaunchProfile(studio.call(), {
    ...calls.CreateLaunchProfile({ ...thingsNamed(studioId, ''), studioComponentId, streamingImageId }),
    streamConfiguration: {
      clipboardMode: 'ENABLED',
      ec2InstanceTypes: ['local.small'] as string[] as never[],
      streamingImageIds: [streamingImageId],
      sessionPersistenceMode: 'ACTIVATED',
      sessionBackup: { mode: 'AUTOMATIC', maxBackupsToRetain: 1 },
    },
  })
  await settle(studio)
  const owner = await studio.add('user', 'far')
  const place = { ...studio, studioId, studioComponentId, streamingImageId }
  return await makeThings(place, owner, read(launchProfile)?.launchProfileId ?? '')
}

const ask = (operation: Implemented, input: object, tier: Tier): Promise<Answer> =>
  tier === 'unsigned' ? studio.send(requestOf(operation, input)) : studio.ask(operation, input, keys[tier])

/** What an answer says but for the ids that were asked for. */
const withoutIds = (answer: Answer, input: object) =>
  Object.values(input).reduce<string>((text, id) => text.replaceAll(String(id), '…'), answer.text)

/** What the database holds, while the last call was refused and has changed nothing. */
let untouched: string | undefined

const putEverythingBack = async (): Promise<string> => {
  for (const { studioId, launchProfileId } of [things.user, things.otherUser, things.elsewhere])
    await addMember(studio.db, { studioId }, launchProfileId)
  for (const one of [things.user, things.otherUser]) await putBackAccess(studio.db, one)
  await putBack(studio.db)
  return await contentsOf(studio.db)
}

for (const [name, kind] of Object.entries(kinds)) {
  const operation = name as Implemented
  describe(operation, () => {
    for (const tier of tiers)
      it(`asked by ${tier}`, async () => {
        const said = new Set<string>()
        for (const whose of whoses.filter(whose => makesSense(operation, whose))) {
          const outcome = expected(operation, kind, tier, whose)
          const input = calls[operation](things[whose])
          const before = untouched ?? (await putEverythingBack())
          untouched = undefined
          const answer = await ask(operation, input, tier)
          if (outcome === 'allowed') {
            // Let through to the operation, which may find that the state has no use for it.
            assert.ok([200, 204, 409].includes(answer.status), `${whose}: ${answer.text}`)
            continue
          }
          const { code, context } = answer.body
          assert.deepEqual([answer.status, code, context?.reason], refusals[outcome], `${whose}: ${answer.text}`)
          assert.ok((await contentsOf(studio.db)) === before, `${whose}: the refused call has changed something`)
          untouched = before
          if (outcome === 'notFound' || outcome === 'denied') said.add(`${outcome} ${withoutIds(answer, input)}`)
        }
        // "Not yours" and "not there" are told apart by nothing. In another studio, a user is a stranger.
        if (tier === 'user' || tier === 'otherUser')
          assert.ok([...said].filter(text => text.startsWith('notFound')).length <= 1, [...said].join('\n'))
      })
  })
}

describe('a studio user', () => {
  before(() => putBack(studio.db))

  const refused = ({ body }: Answer) => [body.code, body.context?.reason]

  it('lists nothing without saying that it is his own', async () => {
    const { studioId } = studio
    for (const operation of ['ListStreamingSessions', 'ListStreamingSessionBackups', 'ListLaunchProfiles'] as const)
      for (const input of [
        {},
        { ownedBy: '' },
        { createdBy: keys.user.principalId },
        { sessionIds: things.user.sessionId },
      ])
        assert.deepEqual(
          refused(await studio.ask(operation, { studioId, ...input }, keys.user)),
          ['AccessDeniedException', 'NOT_ALLOWED'],
          `${operation} ${JSON.stringify(input)}`,
        )
  })

  it('sees by no filter what is not his', async () => {
    const { studioId } = studio
    const ownedBy = keys.user.principalId
    for (const filter of [{ sessionIds: things.otherUser.sessionId }, { createdBy: keys.otherUser.principalId }]) {
      const { status, body } = await studio.ask('ListStreamingSessions', { studioId, ownedBy, ...filter }, keys.user)
      assert.deepEqual([status, body], [200, { sessions: [] }])
    }
  })

  it('lists the launch profiles that he is a member of', async () => {
    const principalId = keys.user.principalId
    const { body } = await studio.ask('ListLaunchProfiles', { studioId: studio.studioId, principalId }, keys.user)
    assert.deepEqual(
      (body.launchProfiles as { launchProfileId: string }[]).map(({ launchProfileId }) => launchProfileId),
      [things.user.launchProfileId],
    )
  })

  it('makes sessions for nobody else, as an administrator can', async () => {
    const input = { ...calls.CreateStreamingSession(things.user), ownedBy: keys.otherUser.principalId }
    const answer = await studio.ask('CreateStreamingSession', input, keys.user)
    assert.deepEqual(refused(answer), ['AccessDeniedException', 'NOT_ALLOWED'])
    const { body } = await studio.ask('CreateStreamingSession', input, keys.admin)
    assert.equal((body.session as { ownedBy: string }).ownedBy, keys.otherUser.principalId)
  })

  it('starts from no backup of another, which is as one that is not there', async () => {
    const own = await makeThings(studio, keys.user, things.user.launchProfileId)
    const one = { studioId: own.studioId, sessionId: own.sessionId }
    await studio.ask('StopStreamingSession', one, keys.user)
    await settle(studio)
    const answers = []
    for (const { backupId } of [things.otherUser, things.nothing, things.elsewhere]) {
      const answer = await studio.ask('StartStreamingSession', { ...one, backupId }, keys.user)
      assert.deepEqual(refused(answer), ['ResourceNotFoundException', 'NOT_FOUND'])
      answers.push(withoutIds(answer, { backupId }))
    }
    assert.equal(new Set(answers).size, 1)
    const { status } = await studio.ask('StartStreamingSession', { ...one, backupId: own.backupId }, keys.user)
    assert.equal(status, 200)
  })

  it('reads no stream of another session through his own', async () => {
    const { studioId, sessionId } = things.user
    const input = { studioId, sessionId, streamId: things.otherUser.streamId }
    for (const key of [keys.user, keys.admin] as AccessKey[])
      assert.deepEqual(refused(await studio.ask('GetStreamingSessionStream', input, key)), [
        'ResourceNotFoundException',
        'NOT_FOUND',
      ])
  })

  it('loses what he could do when he is no member any more', async () => {
    const { studioId, principalId } = { studioId: studio.studioId, principalId: keys.user.principalId }
    await studio.db.deleteFrom('launchProfileMember').where('principalId', '=', principalId).execute()
    studio.clock.pass(2001)
    for (const operation of ['CreateStreamingSession', 'GetLaunchProfile', 'GetStreamingSession'] as const)
      assert.deepEqual(
        refused(await studio.ask(operation, calls[operation]({ ...things.user, studioId }), keys.user)),
        ['AccessDeniedException', 'NOT_ALLOWED'],
      )
  })
})
