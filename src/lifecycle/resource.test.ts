/** The life that studios, components, images and launch profiles share, and what of it each has for itself. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'node:test'
import {
  createTestStudio,
  day,
  ensureTheMember,
  hour,
  limits,
  read,
  settings,
  settle,
  silent,
  type TestStudio,
  theMember,
} from '../../test/studio.ts'
import type { ApiError } from '../contract/errors.ts'
import type { ValidationResult } from '../contract/types.ts'
import {
  createLaunchProfile,
  deleteLaunchProfile,
  getLaunchProfile,
  updateLaunchProfile,
} from '../operations/launch-profiles.ts'
import {
  createStreamingImage,
  deleteStreamingImage,
  getStreamingImage,
  updateStreamingImage,
} from '../operations/streaming-images.ts'
import { createStreamingSession, deleteStreamingSession } from '../operations/streaming-sessions.ts'
import {
  createStudioComponent,
  deleteStudioComponent,
  getStudioComponent,
  updateStudioComponent,
} from '../operations/studio-components.ts'
import {
  createStudio,
  deleteStudio,
  getStudio,
  startStudioSSOConfigurationRepair,
  updateStudio,
} from '../operations/studios.ts'
import { putLaunchProfileMember } from '../store/members.ts'
import { memberships } from '../store/principals.ts'
import { type AnyRow, changeResource, type ResourceTable, resourceById } from '../store/resources.ts'
import { createReconciler } from './reconciler.ts'
import type { ResourceVerb } from './resource.ts'
import { launchProfileNoun, streamingImageNoun, studioComponentNoun, studioNoun } from './resource-steps.ts'
import { type AnyNoun, ask } from './transition.ts'

let studio: TestStudio
beforeEach(async () => {
  studio = await createTestStudio()
})
afterEach(() => studio.close())

const roles = { adminRoleArn: 'arn:aws:iam::000000000000:role/a', userRoleArn: 'arn:aws:iam::000000000000:role/u' }
const call = () => studio.call()
const moment = () => ({ now: studio.clock.now(), by: 'theAccount', limits })

const refused =
  (name: string, reason: string) =>
  (error: unknown): boolean => {
    assert.equal((error as ApiError).name, name)
    assert.equal((error as ApiError).context.reason, reason)
    return true
  }

const newStudio = async () =>
  read((await createStudio(call(), { studioName: 'other', displayName: 'Other', ...roles })).studio).studioId ?? ''
const newComponent = async () => {
  const { studioId } = studio
  return read((await createStudioComponent(call(), { studioId, name: 'x', type: 'CUSTOM' })).studioComponent)
    .studioComponentId as string
}
const newImage = async () => {
  const { studioId } = studio
  return read((await createStreamingImage(call(), { studioId, name: 'x', ec2ImageId: 'ami-host' })).streamingImage)
    .streamingImageId as string
}

const kinds: Readonly<Record<string, { noun: AnyNoun; make: () => Promise<string> }>> = {
  studio: { noun: studioNoun as unknown as AnyNoun, make: newStudio },
  'studio component': { noun: studioComponentNoun as unknown as AnyNoun, make: newComponent },
  'streaming image': { noun: streamingImageNoun as unknown as AnyNoun, make: newImage },
  'launch profile': { noun: launchProfileNoun as unknown as AnyNoun, make: () => studio.profile() },
}

const rowOf = async (table: ResourceTable, id: string): Promise<AnyRow> => {
  const row = await resourceById(studio.db, table, id)
  assert.ok(row)
  return row as unknown as AnyRow
}

for (const [kind, { noun, make }] of Object.entries(kinds))
  describe(`a ${kind}`, () => {
    const entering: Readonly<Record<string, ResourceVerb | undefined>> = {
      CREATE_IN_PROGRESS: undefined,
      ...(noun.life.UPDATE_IN_PROGRESS?.do ? { UPDATE_IN_PROGRESS: 'update' as const } : {}),
      DELETE_IN_PROGRESS: 'delete',
    }
    const enter = async (state: string) => {
      const id = await make()
      const verb = entering[state]
      if (!verb) {
        await changeResource(studio.db, noun.table, { id }, {
          state: 'CREATE_IN_PROGRESS',
          step: 'verify',
          dueAt: 0,
          deadline: studio.clock.now() + hour,
        } as never)
        return id
      }
      await settle(studio)
      assert.ok(await ask(studio.db, noun, await rowOf(noun.table, id), verb, moment()))
      return id
    }
    const { life } = noun
    for (const state of Object.keys(entering)) {
      const steps = life[state]?.do ?? []
      for (const [i, step] of steps.entries()) {
        it(`${state}: a crash after '${step}' changes nothing`, async () => {
          const id = await enter(state)
          const context = { db: studio.db, driver: studio.driver, now: studio.clock.now(), settings, log: silent }
          for (const done of steps.slice(0, i + 1)) {
            const change = await noun.steps[done]?.(context, await rowOf(noun.table, id))
            // All but the last are written down; the crash comes between the last one's deed and its note.
            if (done !== step) await changeResource(studio.db, noun.table, { id }, { ...change, step } as never)
          }
          await settle(studio)
          assert.equal((await rowOf(noun.table, id)).state, life[state]?.reach)
        })
        it(`${state}: '${step}' that never succeeds ends as ${life[state]?.otherwise}, and can be got out of`, async () => {
          const id = await enter(state)
          const whole = noun.steps[step]
          const steps = noun.steps as Record<string, unknown>
          steps[step] = () => Promise.reject(new Error('the password is secret'))
          try {
            await settle(studio)
          } finally {
            steps[step] = whole
          }
          const failed = await rowOf(noun.table, id)
          assert.deepEqual([failed.state, failed.statusCode], [life[state]?.otherwise, 'INTERNAL_ERROR'])
          assert.ok(!failed.statusMessage?.includes('secret'))
          assert.ok(await ask(studio.db, noun, failed, 'delete', moment()))
          await settle(studio)
          assert.equal((await rowOf(noun.table, id)).state, 'DELETED')
        })
      }
    }

    it('refuses every verb that its state does not have', async () => {
      const id = await make()
      for (const [state, row] of Object.entries(life))
        for (const verb of ['update', 'delete'] as const) {
          await changeResource(studio.db, noun.table, { id }, { state } as never)
          assert.equal((await ask(studio.db, noun, await rowOf(noun.table, id), verb, moment()))?.state, row.on?.[verb])
        }
    })

    it('that is deleted can be read for a day, and is then forgotten', async () => {
      const id = await enter('DELETE_IN_PROGRESS')
      await settle(studio)
      assert.equal((await rowOf(noun.table, id)).state, 'DELETED')
      studio.clock.pass(day - 1)
      await settle(studio)
      assert.equal((await rowOf(noun.table, id)).state, 'DELETED')
      studio.clock.pass(1)
      await settle(studio)
      assert.equal(await resourceById(studio.db, noun.table, id), undefined)
    })
  })

describe('a studio', () => {
  it('is updated, and says so', async () => {
    const { studioId } = studio
    const { studio: begun } = await updateStudio(call(), { studioId, displayName: 'New name' })
    assert.deepEqual([read(begun).state, read(begun).statusCode], ['UPDATE_IN_PROGRESS', 'STUDIO_UPDATE_IN_PROGRESS'])
    await assert.rejects(
      updateStudio(call(), { studioId, displayName: 'x' }),
      refused('ConflictException', 'INVALID_STATE'),
    )
    await settle(studio)
    const { state, statusCode, displayName, adminRoleArn } = read((await getStudio(call(), { studioId })).studio)
    assert.deepEqual([state, statusCode, displayName], ['READY', 'STUDIO_UPDATED', 'New name'])
    assert.equal(adminRoleArn, 'arn:aws:iam::000000000000:role/r')
  })

  it('is not deleted while anything is in it, and says what', async () => {
    const { studioId, streamingImageId, studioComponentId } = studio
    const launchProfileId = await studio.profile()
    const attempt = async () => {
      await deleteStudio(call(), { studioId })
      await settle(studio)
      const { state, statusCode } = read((await getStudio(call(), { studioId })).studio)
      return [state, statusCode]
    }
    assert.deepEqual(await attempt(), ['DELETE_FAILED', 'STUDIO_WITH_LAUNCH_PROFILES_NOT_DELETED'])
    // It can be used as before.
    await updateStudio(call(), { studioId, displayName: 'Still here' })
    await settle(studio)
    await deleteLaunchProfile(call(), { studioId, launchProfileId })
    await settle(studio)
    assert.deepEqual(await attempt(), ['DELETE_FAILED', 'STUDIO_WITH_STUDIO_COMPONENTS_NOT_DELETED'])
    await deleteStudioComponent(call(), { studioId, studioComponentId })
    await settle(studio)
    assert.deepEqual(await attempt(), ['DELETE_FAILED', 'STUDIO_WITH_STREAMING_IMAGES_NOT_DELETED'])
    await deleteStreamingImage(call(), { studioId, streamingImageId })
    await settle(studio)
    assert.deepEqual(await attempt(), ['DELETED', 'STUDIO_DELETED'])
    await assert.rejects(deleteStudio(call(), { studioId }), refused('ResourceNotFoundException', 'NOT_FOUND'))
    await assert.rejects(
      createStudioComponent(call(), { studioId, name: 'x', type: 'CUSTOM' }),
      refused('ResourceNotFoundException', 'NOT_FOUND'),
    )
  })

  it('that is being deleted takes nothing new, and no second delete', async () => {
    const studioId = await newStudio()
    await settle(studio)
    await deleteStudio(call(), { studioId })
    await assert.rejects(deleteStudio(call(), { studioId }), refused('ConflictException', 'INVALID_STATE'))
    await assert.rejects(
      createStreamingImage(call(), { studioId, name: 'x', ec2ImageId: 'ami-host' }),
      refused('ConflictException', 'INVALID_STATE'),
    )
  })

  it('has its sign-in configuration repaired only where it has none', async () => {
    const { studioId } = studio
    await assert.rejects(
      startStudioSSOConfigurationRepair(call(), { studioId }),
      refused('ValidationException', 'SSO_CONFIGURATION_VALID'),
    )
    await changeResource(studio.db, 'studio', { id: studioId }, { ssoClientId: '' })
    const { studio: begun } = await startStudioSSOConfigurationRepair(call(), { studioId })
    assert.equal(read(begun).statusCode, 'AWS_SSO_CONFIGURATION_REPAIR_IN_PROGRESS')
    await settle(studio)
    const { state, statusCode, ssoClientId } = read((await getStudio(call(), { studioId })).studio)
    assert.deepEqual([state, statusCode], ['READY', 'AWS_SSO_CONFIGURATION_REPAIRED'])
    assert.match(ssoClientId ?? '', /^[0-9a-f-]{36}$/)
  })
})

describe('a launch profile', () => {
  it('is as it was before when its update fails, and can still be launched', async () => {
    const { studioId } = studio
    const launchProfileId = await studio.profile()
    const image = await newImage()
    await updateLaunchProfile(call(), {
      ...{ studioId, launchProfileId, name: 'never' },
      streamConfiguration: { clipboardMode: 'DISABLED', ec2InstanceTypes: ['g5.xlarge'], streamingImageIds: [image] },
    })
    await changeResource(studio.db, 'streamingImage', { id: image }, { state: 'DELETED', dueAt: null })
    await settle(studio)
    const { launchProfile } = await getLaunchProfile(call(), { studioId, launchProfileId })
    const { state, statusCode, name, streamConfiguration, statusMessage } = read(launchProfile)
    assert.deepEqual([state, statusCode, name], ['UPDATE_FAILED', 'STREAMING_IMAGE_NOT_FOUND', 'p'])
    assert.equal(streamConfiguration?.clipboardMode, 'ENABLED')
    assert.match(statusMessage ?? '', new RegExp(image))
    await createStreamingSession(call(), { studioId, launchProfileId })
  })

  it('that changes leaves its sessions as they are', async () => {
    const session = await studio.session()
    const { studioId } = studio
    const { launchProfileId } = session
    await settle(studio)
    await updateLaunchProfile(call(), {
      ...{ studioId, launchProfileId },
      streamConfiguration: {
        clipboardMode: 'DISABLED',
        ec2InstanceTypes: ['g5.xlarge'],
        streamingImageIds: [studio.streamingImageId],
      },
    })
    await settle(studio)
    const after = await studio.row(session.id)
    assert.deepEqual([after.clipboardMode, after.instanceType], ['ENABLED', 'local.small'])
  })

  it('with sessions is not deleted; without them it is, and its members are none', async () => {
    const session = await studio.session()
    const { studioId } = studio
    const { launchProfileId } = session
    await ensureTheMember(studio.db)
    await putLaunchProfileMember(studio.db, studioId, launchProfileId, {
      ...{ principalId: theMember, identityStoreId: 'd-atelier000' },
    })
    const attempt = async () => {
      await deleteLaunchProfile(call(), { studioId, launchProfileId })
      await settle(studio)
      const { state, statusCode } = read((await getLaunchProfile(call(), { studioId, launchProfileId })).launchProfile)
      return [state, statusCode]
    }
    assert.deepEqual(await attempt(), ['DELETE_FAILED', 'LAUNCH_PROFILE_WITH_STREAM_SESSIONS_NOT_DELETED'])
    assert.equal((await memberships(studio.db, theMember)).length, 1)
    await deleteStreamingSession(call(), { studioId, sessionId: session.id })
    await settle(studio)
    assert.deepEqual(await attempt(), ['DELETED', 'LAUNCH_PROFILE_DELETED'])
    assert.deepEqual(await memberships(studio.db, theMember), [])
    await assert.rejects(
      createStreamingSession(call(), { studioId, launchProfileId }),
      refused('ResourceNotFoundException', 'NOT_FOUND'),
    )
  })

  it('keeps what it names from being deleted', async () => {
    const { studioId, streamingImageId, studioComponentId } = studio
    const launchProfileId = await studio.profile()
    await assert.rejects(
      deleteStreamingImage(call(), { studioId, streamingImageId }),
      refused('ConflictException', 'IN_USE'),
    )
    await assert.rejects(
      deleteStudioComponent(call(), { studioId, studioComponentId }),
      refused('ConflictException', 'IN_USE'),
    )
    await deleteLaunchProfile(call(), { studioId, launchProfileId })
    await settle(studio)
    await deleteStreamingImage(call(), { studioId, streamingImageId })
    await settle(studio)
    const { streamingImage } = await getStreamingImage(call(), { studioId, streamingImageId })
    assert.equal(read(streamingImage).state, 'DELETED')
  })

  it('keeps what it names again if its update fails', async () => {
    const { studioId, studioComponentId, streamingImageId } = studio
    const launchProfileId = await studio.profile()
    const component = await newComponent()
    const image = await newImage()
    await settle(studio)
    await updateLaunchProfile(call(), {
      ...{ studioId, launchProfileId, studioComponentIds: [component] },
      streamConfiguration: { clipboardMode: 'ENABLED', ec2InstanceTypes: ['g5.xlarge'], streamingImageIds: [image] },
    })
    const inUse = refused('ConflictException', 'IN_USE')
    await assert.rejects(deleteStudioComponent(call(), { studioId, studioComponentId }), inUse)
    await assert.rejects(deleteStreamingImage(call(), { studioId, streamingImageId }), inUse)
    await settle(studio)
    await deleteStudioComponent(call(), { studioId, studioComponentId })
    await deleteStreamingImage(call(), { studioId, streamingImageId })
  })

  it('names no component that is being deleted', async () => {
    const { studioId } = studio
    const component = await newComponent()
    await settle(studio)
    await deleteStudioComponent(call(), { studioId, studioComponentId: component })
    await assert.rejects(profileWith([component]), refused('ConflictException', 'INVALID_STATE'))
  })
})

const profileWith = async (components: string[], subnets: string[] = []): Promise<string> => {
  const { launchProfile } = await createLaunchProfile(call(), {
    ...{ studioId: studio.studioId, name: 'p', launchProfileProtocolVersions: ['2021-03-31'] },
    ...{ ec2SubnetIds: subnets, studioComponentIds: components },
    streamConfiguration: {
      ...{ clipboardMode: 'ENABLED', ec2InstanceTypes: ['g5.xlarge'], streamingImageIds: [studio.streamingImageId] },
    },
  })
  return read(launchProfile).launchProfileId ?? ''
}

describe('the validation of a launch profile', () => {
  const resultsOf = async (launchProfileId: string, network = settings.network): Promise<ValidationResult[]> => {
    const reconciler = await createReconciler({
      ...{ db: studio.db, driver: studio.driver, now: studio.clock.now, log: silent },
      settings: { ...settings, network },
    })
    await reconciler.settle()
    await reconciler.close()
    const { studioId } = studio
    const { launchProfile } = await getLaunchProfile(call(), { studioId, launchProfileId })
    assert.equal(read(launchProfile).state, 'READY')
    return read(launchProfile).validationResults ?? []
  }
  const directory = async (directoryId?: string) => {
    const { studioComponent } = await createStudioComponent(call(), {
      ...{ studioId: studio.studioId, name: 'ad', type: 'ACTIVE_DIRECTORY' },
      configuration: { activeDirectoryConfiguration: directoryId === undefined ? {} : { directoryId } },
    })
    return read(studioComponent).studioComponentId ?? ''
  }

  it('is told as four results, in the order of the service', async () => {
    const launchProfileId = await profileWith([studio.studioComponentId], ['subnet-1'])
    const { launchProfile } = await getLaunchProfile(call(), { studioId: studio.studioId, launchProfileId })
    const before = read(launchProfile).validationResults ?? []
    assert.deepEqual(new Set(before.map(({ state }) => state)), new Set(['VALIDATION_NOT_STARTED']))
    const results = await resultsOf(launchProfileId)
    assert.deepEqual(
      results.map(({ type, state }) => [type, state]),
      [
        ['VALIDATE_ACTIVE_DIRECTORY_STUDIO_COMPONENT', 'VALIDATION_SUCCESS'],
        ['VALIDATE_SUBNET_ASSOCIATION', 'VALIDATION_SUCCESS'],
        ['VALIDATE_NETWORK_ACL_ASSOCIATION', 'VALIDATION_SUCCESS'],
        ['VALIDATE_SECURITY_GROUP_ASSOCIATION', 'VALIDATION_SUCCESS'],
      ],
    )
  })

  it('finds a directory that answers, and one that does not', async () => {
    const server = createServer(socket => socket.destroy()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const network = { directories: new Map([['d-1', { host: '127.0.0.1', port }]]), subnets: [] }
    const launchProfileId = await profileWith([await directory('d-1')])
    const [reached] = await resultsOf(launchProfileId, network)
    assert.equal(reached?.state, 'VALIDATION_SUCCESS')
    server.close()
    await once(server, 'close')
    await updateLaunchProfile(call(), { studioId: studio.studioId, launchProfileId, name: 'again' })
    const [gone] = await resultsOf(launchProfileId, network)
    assert.equal(gone?.statusCode, 'VALIDATION_FAILED_INVALID_ACTIVE_DIRECTORY')
    assert.match(gone?.statusMessage ?? '', /does not answer/)
  })

  it('says what is wrong with directory, subnets and security groups', async () => {
    const unknown = await resultsOf(await profileWith([await directory('d-unknown')], ['subnet-1']), {
      ...{ directories: new Map(), subnets: ['subnet-2'] },
    })
    assert.deepEqual(
      unknown.map(({ statusCode }) => statusCode),
      [
        'VALIDATION_FAILED_INVALID_ACTIVE_DIRECTORY',
        'VALIDATION_FAILED_SUBNET_NOT_FOUND',
        'VALIDATION_SUCCESS',
        'VALIDATION_SUCCESS',
      ],
    )
    const { studioComponent } = await createStudioComponent(call(), {
      ...{ studioId: studio.studioId, name: 'groups', type: 'CUSTOM', ec2SecurityGroupIds: ['not-a-group'] },
    })
    const odd = await resultsOf(await profileWith([read(studioComponent).studioComponentId ?? '']))
    assert.equal(odd[3]?.statusCode, 'VALIDATION_FAILED_INVALID_SECURITY_GROUP_ASSOCIATION')
  })
})

describe('a studio component', () => {
  it('is updated member by member', async () => {
    const { studioId } = studio
    const { studioComponent } = await createStudioComponent(call(), {
      ...{ studioId, name: 'farm', type: 'COMPUTE_FARM', description: 'before' },
      configuration: { computeFarmConfiguration: { endpoint: 'http://farm', activeDirectoryUser: 'u' } },
    })
    const studioComponentId = read(studioComponent).studioComponentId ?? ''
    await settle(studio)
    await updateStudioComponent(call(), { studioId, studioComponentId, description: 'after' })
    await settle(studio)
    const found = read((await getStudioComponent(call(), { studioId, studioComponentId })).studioComponent)
    assert.deepEqual([found.name, found.description, found.statusCode], ['farm', 'after', 'STUDIO_COMPONENT_UPDATED'])
    assert.equal(found.configuration?.computeFarmConfiguration?.endpoint, 'http://farm')
    await assert.rejects(
      updateStudioComponent(call(), { studioId, studioComponentId, type: 'LICENSE_SERVICE' }),
      refused('ValidationException', 'CONFIGURATION_OF_ANOTHER_TYPE'),
    )
  })

  it('becomes no shared file system beyond the quota, and has no parameter twice', async () => {
    const { studioId } = studio
    for (let i = 0; i < 10; i++)
      await createStudioComponent(call(), { studioId, name: `share${i}`, type: 'SHARED_FILE_SYSTEM' })
    const studioComponentId = await newComponent()
    await settle(studio)
    await assert.rejects(
      updateStudioComponent(call(), { studioId, studioComponentId, type: 'SHARED_FILE_SYSTEM' }),
      refused('ServiceQuotaExceededException', 'QUOTA_EXCEEDED'),
    )
    const scriptParameters = ['one', 'two'].map(value => ({ key: 'SAME', value }))
    await assert.rejects(
      updateStudioComponent(call(), { studioId, studioComponentId, scriptParameters }),
      refused('ValidationException', 'REPEATED_SCRIPT_PARAMETER'),
    )
  })

  it('of Active Directory is the only one', async () => {
    const { studioId } = studio
    const directory = { studioId, name: 'ad', type: 'ACTIVE_DIRECTORY' } as const
    await createStudioComponent(call(), directory)
    await assert.rejects(
      createStudioComponent(call(), directory),
      refused('ServiceQuotaExceededException', 'QUOTA_EXCEEDED'),
    )
    const studioComponentId = await newComponent()
    await settle(studio)
    await updateStudioComponent(call(), { studioId, studioComponentId, type: 'ACTIVE_DIRECTORY' })
    await settle(studio)
    const found = read((await getStudioComponent(call(), { studioId, studioComponentId })).studioComponent)
    assert.deepEqual(
      [found.state, found.statusCode, found.type],
      ['UPDATE_FAILED', 'ACTIVE_DIRECTORY_ALREADY_EXISTS', 'CUSTOM'],
    )
  })
})

describe('a streaming image', () => {
  it('is renamed at once', async () => {
    const { studioId, streamingImageId } = studio
    const { streamingImage } = await updateStreamingImage(call(), { studioId, streamingImageId, name: 'new' })
    const { name, state, statusCode, ec2ImageId } = read(streamingImage)
    assert.deepEqual([name, state, statusCode, ec2ImageId], ['new', 'READY', 'STREAMING_IMAGE_READY', 'ami-host'])
    await deleteStreamingImage(call(), { studioId, streamingImageId })
    await assert.rejects(
      updateStreamingImage(call(), { studioId, streamingImageId, name: 'late' }),
      refused('ConflictException', 'INVALID_STATE'),
    )
  })
})
