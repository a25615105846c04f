/**
 * The rules that the contract has no words for: what the operations themselves refuse (semantics §6 to §14, decisions
 * 15, 17, 19 and 23). Each is refused with its reason, names what is wrong, and changes nothing; and what is just inside
 * is taken.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { reasons } from '../src/contract/reasons.ts'
import type { OperationName, StreamConfigurationCreate } from '../src/contract/types.ts'
import { ownIdentityStore } from '../src/store/members.ts'
import { changeResource } from '../src/store/resources.ts'
import { calls, makeThings, type Things } from './calls.ts'
import { contentsOf, createHttpStudio, type HttpStudio } from './http-studio.ts'
import { accountCaller, ensureTheMember, settle, theMember } from './studio.ts'

let studio: HttpStudio
let things: Things
before(async () => {
  studio = await createHttpStudio()
  await ensureTheMember(studio.db)
  things = await makeThings(studio, accountCaller, await studio.profile())
})
afterEach(() => settle(studio))
after(() => studio?.close())

type Refused = [exception: string, status: number, reason: string]
const invalid = (reason: keyof typeof reasons.ValidationException): Refused => ['ValidationException', 400, reason]
const conflict = (reason: keyof typeof reasons.ConflictException): Refused => ['ConflictException', 409, reason]
const overQuota: Refused = ['ServiceQuotaExceededException', 402, 'QUOTA_EXCEEDED']
const notFound: Refused = ['ResourceNotFoundException', 404, 'NOT_FOUND']

/** Refused so, with every one of these in the message, and nothing was changed. */
const refuses = async (
  operation: OperationName,
  input: object,
  [exception, status, reason]: Refused,
  ...says: (string | RegExp)[]
): Promise<Record<string, string>> => {
  const contents = await contentsOf(studio.db)
  const answer = await studio.ask(operation, input)
  const { code, message = '', context = {} } = answer.body
  assert.deepEqual([answer.status, code, context.reason], [status, exception, reason], answer.text)
  assert.equal(answer.headers['x-amzn-errortype'], exception)
  for (const said of says)
    typeof said === 'string' ? assert.ok(message.includes(said), message) : assert.match(message, said)
  assert.ok((await contentsOf(studio.db)) === contents, 'the refused call has changed something')
  return context
}

/** Accepted; the one resource of the answer. */
const takes = async (operation: OperationName, input: object): Promise<Record<string, unknown>> => {
  const { status, body, text } = await studio.ask(operation, input)
  assert.ok(status === 200 || status === 204, text)
  await settle(studio)
  return (Object.values(body)[0] ?? {}) as Record<string, unknown>
}

const profileWith = (configuration: Partial<StreamConfigurationCreate>) => {
  const input = calls.CreateLaunchProfile(things)
  return { ...input, streamConfiguration: { ...input.streamConfiguration, ...configuration } }
}

const activated = 'ACTIVATED'
const deactivated = 'DEACTIVATED'

describe('a stream configuration', () => {
  /** By the member that is not allowed. */
  const excluded: [path: string, configuration: Partial<StreamConfigurationCreate>][] = [
    ['automaticTerminationMode', { automaticTerminationMode: activated }],
    ['automaticTerminationMode', { automaticTerminationMode: activated, sessionPersistenceMode: deactivated }],
    ['maxStoppedSessionLengthInMinutes', { maxStoppedSessionLengthInMinutes: 1 }],
    ['maxStoppedSessionLengthInMinutes', { maxStoppedSessionLengthInMinutes: 5760, sessionPersistenceMode: activated }],
    ['sessionBackup/mode', { sessionBackup: { mode: 'AUTOMATIC', maxBackupsToRetain: 1 } }],
    ['volumeConfiguration', { volumeConfiguration: {} }],
    ['volumeConfiguration', { volumeConfiguration: { size: 100 }, sessionPersistenceMode: deactivated }],
  ]
  for (const [path, configuration] of excluded)
    it(`is refused with ${JSON.stringify(configuration)}`, async () => {
      const says = `1 validation error detected: Value at '/streamConfiguration/${path}' failed to satisfy constraint`
      const { studioId, launchProfileId } = things
      const input = profileWith(configuration)
      const { streamConfiguration } = input
      await refuses('CreateLaunchProfile', input, invalid('INVALID_STREAM_CONFIGURATION'), says)
      const update = { studioId, launchProfileId, streamConfiguration }
      await refuses('UpdateLaunchProfile', update, invalid('INVALID_STREAM_CONFIGURATION'), says)
    })

  it('that is wrong in many ways is told of all of them', async () => {
    const all = Object.assign({}, ...excluded.map(([, configuration]) => configuration))
    const paths = [...new Set(excluded.map(([path]) => `'/streamConfiguration/${path}'`))]
    const input = profileWith({ ...all, sessionPersistenceMode: deactivated })
    await refuses(
      'CreateLaunchProfile',
      input,
      invalid('INVALID_STREAM_CONFIGURATION'),
      '4 validation errors',
      ...paths,
    )
  })

  const completed: [given: Partial<StreamConfigurationCreate>, shown: object][] = [
    [
      {},
      {
        ...{ sessionPersistenceMode: deactivated, automaticTerminationMode: deactivated },
        ...{ maxSessionLengthInMinutes: 690, maxStoppedSessionLengthInMinutes: 0 },
        sessionBackup: { mode: deactivated, maxBackupsToRetain: 0 },
        volumeConfiguration: undefined,
      },
    ],
    [{ maxStoppedSessionLengthInMinutes: 0 }, { maxStoppedSessionLengthInMinutes: 0 }],
    [{ sessionBackup: { mode: deactivated } }, { sessionBackup: { mode: deactivated, maxBackupsToRetain: 0 } }],
    [{ maxSessionLengthInMinutes: 43200 }, { maxSessionLengthInMinutes: 43200 }],
    [
      { sessionPersistenceMode: activated },
      {
        ...{ sessionPersistenceMode: activated, automaticTerminationMode: deactivated },
        volumeConfiguration: { size: 500, iops: 3000, throughput: 125 },
      },
    ],
    [
      {
        ...{ sessionPersistenceMode: activated, automaticTerminationMode: activated },
        ...{ maxStoppedSessionLengthInMinutes: 5760, volumeConfiguration: { iops: 16000 } },
        sessionBackup: { mode: 'AUTOMATIC', maxBackupsToRetain: 10 },
      },
      {
        ...{ maxStoppedSessionLengthInMinutes: 5760, volumeConfiguration: { size: 500, iops: 16000, throughput: 125 } },
        sessionBackup: { mode: 'AUTOMATIC', maxBackupsToRetain: 10 },
      },
    ],
  ]
  for (const [given, shown] of completed)
    it(`is completed where it says ${JSON.stringify(given)}`, async () => {
      const { streamConfiguration } = await takes('CreateLaunchProfile', profileWith(given))
      for (const [member, value] of Object.entries(shown))
        assert.deepEqual((streamConfiguration as Record<string, unknown>)[member], value, member)
    })
})

describe('a launch profile', () => {
  it('names nothing twice', async () => {
    const { studioComponentId, streamingImageId } = things
    const twice = (path: string, change: object) =>
      refuses('CreateLaunchProfile', { ...profileWith({}), ...change }, invalid('REPEATED_ID'), `'${path}'`)
    await twice('/ec2SubnetIds', { ec2SubnetIds: ['subnet-1', 'subnet-2', 'subnet-1'] })
    await twice('/studioComponentIds', { studioComponentIds: [studioComponentId, studioComponentId] })
    const streamingImageIds = [streamingImageId, streamingImageId]
    await twice('/streamConfiguration/streamingImageIds', profileWith({ streamingImageIds }))
  })

  it('names nothing that is not there', async () => {
    const nothing = 'x'.repeat(22)
    const named = async (change: object, noun: string) => {
      const context = await refuses('CreateLaunchProfile', { ...profileWith({}), ...change }, notFound, noun)
      assert.equal(context.resourceId, nothing)
    }
    await named({ studioComponentIds: [things.studioComponentId, nothing] }, 'studio component')
    await named(profileWith({ streamingImageIds: [nothing] }), 'streaming image')
  })
})

describe('a session', () => {
  it('is of an instance type and an image that its launch profile offers', async () => {
    const input = calls.CreateStreamingSession(things)
    const other = { ...input, ec2InstanceType: 'g4dn.xlarge' }
    await refuses(
      'CreateStreamingSession',
      other,
      invalid('INSTANCE_TYPE_NOT_IN_LAUNCH_PROFILE'),
      'local.small, g5.xlarge',
    )
    const image = await takes('CreateStreamingImage', calls.CreateStreamingImage(things))
    const streamingImageId = String(image.streamingImageId)
    const context = await refuses(
      'CreateStreamingSession',
      { ...input, streamingImageId },
      invalid('IMAGE_NOT_IN_LAUNCH_PROFILE'),
    )
    assert.equal(context.resourceId, streamingImageId)
  })

  it('is of the first of both, of him who asks, where nothing is said', async () => {
    const session = await takes('CreateStreamingSession', calls.CreateStreamingSession(things))
    const { ec2InstanceType, streamingImageId, ownedBy } = session
    assert.deepEqual(
      [ec2InstanceType, streamingImageId, ownedBy],
      ['local.small', things.streamingImageId, studio.account.principalId],
    )
  })

  it('is of no instance type that the installation has no longer', async () => {
    const types = studio.installation.instanceTypes as Map<string, { vcpus: number; memoryMiB: number; gpus: number }>
    const small = types.get('local.small')
    assert.ok(small && types.delete('local.small'))
    try {
      const input = calls.CreateStreamingSession(things)
      await refuses('CreateStreamingSession', input, invalid('UNKNOWN_INSTANCE_TYPE'), 'local.small')
    } finally {
      types.set('local.small', small)
    }
  })

  it('starts from no backup that is not READY, or is of another owner', async () => {
    const { db } = studio
    const { studioId, sessionId, backupId: id } = things
    await takes('StopStreamingSession', { studioId, sessionId })
    const start = { studioId, sessionId, backupId: id }
    for (const [change, back] of [
      [{ state: 'CREATE_FAILED' }, { state: 'READY' }],
      [{ ownedBy: theMember }, { ownedBy: things.ownedBy }],
    ] as const) {
      await changeResource(db, 'backup', { id }, change as object)
      const context = await refuses('StartStreamingSession', start, invalid('BACKUP_NOT_USABLE'))
      assert.equal(context.resourceId, id)
      await changeResource(db, 'backup', { id }, back as object)
    }
    assert.equal((await takes('StartStreamingSession', start)).state, 'START_IN_PROGRESS')
  })
})

describe('a studio', () => {
  const input = (change: object) => ({ ...calls.CreateStudio(things), studioName: 'encrypted', ...change })
  const keyArn = 'arn:aws:kms:us-west-2:0:key/1'

  it('has a key of the customer with its ARN, and no other key', async () => {
    for (const studioEncryptionConfiguration of [
      { keyType: 'CUSTOMER_MANAGED_KEY' },
      { keyType: 'AWS_OWNED_KEY', keyArn },
    ])
      await refuses('CreateStudio', input({ studioEncryptionConfiguration }), invalid('INVALID_ENCRYPTION'), 'keyArn')
    for (const [i, given] of [undefined, { keyType: 'CUSTOMER_MANAGED_KEY', keyArn }].entries()) {
      const made = await takes(
        'CreateStudio',
        input({ studioName: `encrypted${i}`, ...(given ? { studioEncryptionConfiguration: given } : {}) }),
      )
      assert.deepEqual(made.studioEncryptionConfiguration, given ?? { keyType: 'AWS_OWNED_KEY' })
    }
  })

  it('has a name of its own', async () => {
    const { studioId } = await takes('CreateStudio', input({ studioName: 'once' }))
    await refuses('CreateStudio', input({ studioName: 'once' }), conflict('STUDIO_NAME_IN_USE'))
    await takes('DeleteStudio', { studioId })
    await takes('CreateStudio', input({ studioName: 'once' }))
  })

  it('that is deleted is shown, and takes nothing', async () => {
    const { studioId } = await takes('CreateStudio', input({ studioName: 'gone' }))
    await takes('DeleteStudio', { studioId })
    const gone = { ...things, studioId: String(studioId) }
    assert.equal((await takes('GetStudio', { studioId })).state, 'DELETED')
    for (const operation of [
      'AcceptEulas',
      'CreateLaunchProfile',
      'CreateStreamingImage',
      'CreateStreamingSession',
      'CreateStudioComponent',
      'DeleteStudio',
      'DeleteStudioMember',
      'PutStudioMembers',
      'StartStudioSSOConfigurationRepair',
      'UpdateStudio',
    ] as const)
      await refuses(operation, calls[operation](gone), notFound)
  })
})

describe('a studio component', () => {
  const types = ['ACTIVE_DIRECTORY', 'SHARED_FILE_SYSTEM', 'COMPUTE_FARM', 'LICENSE_SERVICE', 'CUSTOM'] as const
  const typeOf = {
    AWS_MANAGED_MICROSOFT_AD: 'ACTIVE_DIRECTORY',
    AMAZON_FSX_FOR_WINDOWS: 'SHARED_FILE_SYSTEM',
    AMAZON_FSX_FOR_LUSTRE: 'SHARED_FILE_SYSTEM',
  } as const
  const input = (change: object) => ({ ...calls.CreateStudioComponent(things), ...change })

  for (const [subtype, type] of Object.entries(typeOf))
    it(`of subtype ${subtype} is of type ${type}`, async () => {
      const wrong = invalid('SUBTYPE_OF_ANOTHER_TYPE')
      for (const other of types.filter(each => each !== type))
        await refuses('CreateStudioComponent', input({ type: other, subtype }), wrong, other, subtype)
      const { studioComponentId, subtype: shown } = await takes('CreateStudioComponent', input({ type, subtype }))
      assert.equal(shown, subtype)
      const { studioId } = things
      const one = { studioId, studioComponentId }
      await refuses('UpdateStudioComponent', { ...one, type: 'CUSTOM' }, wrong, 'CUSTOM', subtype)
      await takes('UpdateStudioComponent', { ...one, type: 'CUSTOM', subtype: 'CUSTOM' })
      await refuses('UpdateStudioComponent', { ...one, subtype }, wrong, 'CUSTOM', subtype)
      await takes('DeleteStudioComponent', one)
    })

  it('keeps its configuration when it is updated with a union of no member', async () => {
    const configuration = { licenseServiceConfiguration: { endpoint: '5053@licenses.example' } }
    const made = await takes('CreateStudioComponent', input({ type: 'LICENSE_SERVICE', configuration }))
    const { studioId } = things
    const one = { studioId, studioComponentId: made.studioComponentId }
    for (const none of [{}, { unheardOf: { endpoint: 'x' } }, null])
      assert.deepEqual(
        (await takes('UpdateStudioComponent', { ...one, configuration: none })).configuration,
        configuration,
      )
  })
})

describe('tags', () => {
  const wide = '\u{1f3a8}'

  it('are refused beyond the limits of AWS, each named', async () => {
    const { resourceArn } = things
    const refused: [tags: object, ...says: string[]][] = [
      [{ '': 'x' }, "'/tags/key' failed to satisfy constraint: Member must have length greater than or equal to 1"],
      [{ [wide.repeat(129)]: 'x' }, "'/tags/key' failed to satisfy constraint: Member must have length less than"],
      [{ 'aws:show': 'x' }, "'/tags/key' failed to satisfy constraint: Member must not begin with aws:"],
      [{ 'AWS:show': 'x' }, "'/tags/key' failed to satisfy constraint: Member must not begin with aws:"],
      [{ show: wide.repeat(257) }, "'/tags/value' failed to satisfy constraint: Member must have length less than"],
      [{ ok: 'x', 'aws:x': wide.repeat(257), '': 'x' }, '3 validation errors detected', "'/tags/key'", "'/tags/value'"],
    ]
    for (const [tags, ...says] of refused) {
      await refuses('TagResource', { resourceArn, tags }, invalid('INVALID_TAG'), ...says)
      await refuses('CreateStreamingSession', { ...calls.CreateStreamingSession(things), tags }, invalid('INVALID_TAG'))
    }
  })

  it('are fifty at most, of the greatest lengths', async () => {
    const { studioId, launchProfileId } = things
    const tags = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`${String(i).padStart(2, '0')}${wide.repeat(126)}`, wide.repeat(256)]),
    )
    const fifty = await takes('CreateStreamingSession', { studioId, launchProfileId, tags })
    const resourceArn = fifty.arn
    assert.deepEqual(fifty.tags, tags)
    const [first = ''] = Object.keys(tags)
    const more = { resourceArn, tags: { oneMore: '' } }
    await refuses('TagResource', more, invalid('TOO_MANY_TAGS'), "'/tags'", '50')
    // One that is there already is not one more.
    await takes('TagResource', { resourceArn, tags: { [first]: 'other' } })
    await takes('UntagResource', { resourceArn, tagKeys: [first] })
    await takes('TagResource', more)
    const { sessionId } = fifty
    const shown = await takes('GetStreamingSession', { studioId, sessionId })
    assert.equal((shown.tags as Record<string, string>).oneMore, '')
  })
})

describe('quotas', () => {
  /** As the service had them, but for sessions (decision 23). */
  const quotas = [
    { quota: 'launchProfiles', create: 'CreateLaunchProfile', remove: 'DeleteLaunchProfile', id: 'launchProfileId' },
    { quota: 'customImages', create: 'CreateStreamingImage', remove: 'DeleteStreamingImage', id: 'streamingImageId' },
    { quota: 'sessions', create: 'CreateStreamingSession', remove: 'DeleteStreamingSession', id: 'sessionId' },
  ] as const
  for (const { quota, create, remove, id } of quotas)
    it(`of ${quota} count what is not DELETED`, async () => {
      const { studioId } = things
      const all = studio.installation.quotas
      const before = all[quota]
      const made = await takes(create, calls[create](things))
      const table = id.replace('Id', '') as 'session'
      const { count } = await studio.db
        .selectFrom(table)
        .select(eb => eb.fn.countAll<number>().as('count'))
        .where('state', '<>', 'DELETED')
        .executeTakeFirstOrThrow()
      all[quota] = Number(count)
      try {
        const context = await refuses(create, calls[create](things), overQuota, String(count))
        assert.ok(context.quota)
        await takes(remove, { studioId, [id]: made[id] })
        await takes(create, calls[create](things))
        await refuses(create, calls[create](things), overQuota)
      } finally {
        all[quota] = before
      }
    })
})

describe('users', () => {
  it('have names of their own, and passwords, which accounts have not', async () => {
    const { principalId } = await takes('CreateUser', { userName: 'grace', kind: 'account' })
    await refuses('CreateUser', { userName: 'grace', kind: 'user' }, conflict('USER_NAME_IN_USE'))
    const password = 'long enough for one'
    const wrong = invalid('PASSWORD_OF_ACCOUNT')
    await refuses('CreateUser', { userName: 'hopper', kind: 'account', password }, wrong)
    await refuses('UpdateUser', { principalId, password }, wrong)
  })

  it('are members, and nobody else is', async () => {
    const { studioId, launchProfileId } = things
    const { principalId: account } = studio.account
    for (const [operation, persona, place] of [
      ['PutStudioMembers', 'ADMINISTRATOR', { studioId }],
      ['PutLaunchProfileMembers', 'USER', { studioId, launchProfileId }],
    ] as const) {
      const one = { ...place, identityStoreId: ownIdentityStore }
      const members = [theMember, account].map(principalId => ({ principalId, persona }))
      assert.equal((await refuses(operation, { ...one, members }, invalid('UNKNOWN_PRINCIPAL'))).resourceId, account)
      const elsewhere = { ...one, members: members.slice(0, 1), identityStoreId: 'd-1234567890' }
      await refuses(operation, elsewhere, invalid('UNKNOWN_IDENTITY_STORE'))
    }
  })
})

it('every reason that a script may rely on is in a test', () => {
  const folders = ['../src', '.'].map(folder => join(import.meta.dirname, folder))
  const texts = folders.flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.test.ts') || path.startsWith('conformance/'))
      .map(path => readFileSync(join(folder, path), 'utf8')),
  )
  const untold = Object.values(reasons)
    .flatMap(words => Object.keys(words))
    .filter(reason => !texts.some(text => new RegExp(`\\b${reason}\\b`).test(text)))
  assert.deepEqual(untold, [])
})
