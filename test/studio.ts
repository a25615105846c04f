/** A studio for tests: a real database in memory, the simulated driver, and a clock that the test moves. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Call, Installation } from '../src/access/call.ts'
import type { Caller } from '../src/access/caller.ts'
import { AdministratorAccess } from '../src/access/managed.ts'
import { compilePolicy } from '../src/access/policies.ts'
import { createSecrets } from '../src/access/secrets.ts'
import { createSignInLimit } from '../src/access/sign-in-limit.ts'
import type { Driver } from '../src/compute/driver.ts'
import type { Repository } from '../src/compute/repository/repository.ts'
import { createSimulatedDriver, type SimulatedOptions } from '../src/compute/simulated/simulated.ts'
import { awsInstanceTypes, ownInstanceTypes } from '../src/contract/instance-types.ts'
import type { StreamConfigurationCreate } from '../src/contract/types.ts'
import { createReconciler, type Reconciler } from '../src/lifecycle/reconciler.ts'
import { createSweep } from '../src/lifecycle/sweep.ts'
import type { LifecycleSettings } from '../src/lifecycle/transition.ts'
import { createLaunchProfile } from '../src/operations/launch-profiles.ts'
import { createStreamingImage } from '../src/operations/streaming-images.ts'
import { createStreamingSession } from '../src/operations/streaming-sessions.ts'
import { createStudioComponent } from '../src/operations/studio-components.ts'
import { createStudio } from '../src/operations/studios.ts'
import { type Db, openDatabase } from '../src/store/database.ts'
import { replaceEulas } from '../src/store/eulas.ts'
import { insertPrincipal, principalById } from '../src/store/principals.ts'
import { type Row, resourceById } from '../src/store/resources.ts'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

export interface Clock {
  now(): number
  pass(ms: number): void
}

export const createClock = (start = Date.UTC(2026, 0, 5, 9)): Clock => {
  let time = start
  return {
    now: () => time,
    pass(ms) {
      time += ms
    },
  }
}

/** For clients that sign with the time there is. It cannot be moved. */
export const realClock: Clock = {
  now: Date.now,
  pass() {
    throw new Error('this clock is the real one')
  },
}

export const limits = {
  createLimit: 15 * minute,
  startLimit: 15 * minute,
  stopLimit: 10 * minute,
  deleteLimit: 10 * minute,
  deletedRetention: day,
  backupInterval: 4 * hour,
}

export const settings: LifecycleSettings = {
  ...{ limits, cpuOvercommit: 1000, backupRetention: 7 * day },
  network: { directories: new Map(), subnets: [] },
}

export const silent = pino({ level: 'silent' })

export const accountCaller: Caller = {
  principalId: 'theAccount',
  userName: 'account',
  displayName: 'Account',
  kind: 'account',
  administers: new Set(),
  policies: [compilePolicy(AdministratorAccess)],
  memberOf: [],
}

/** The profile of the quick start, unless something else is asked for. */
export const persistent: Partial<StreamConfigurationCreate> = {
  sessionPersistenceMode: 'ACTIVATED',
  automaticTerminationMode: 'DEACTIVATED',
  sessionBackup: { mode: 'AUTOMATIC', maxBackupsToRetain: 2 },
}

export type TestStudio = Awaited<ReturnType<typeof createTestStudio>>

export interface TestStudioOptions {
  driver?: Partial<SimulatedOptions>
  clock?: Clock
  failuresPerName?: number
  failuresPerAddress?: number
}

export const createTestStudio = async (options: TestStudioOptions = {}) => {
  const root = mkdtempSync(join(tmpdir(), 'atelier-test-'))
  const { clock = createClock() } = options
  const db = await openDatabase(':memory:')
  const driver = await createSimulatedDriver({ root, capacity: { gpus: 0 }, ...options.driver })
  const installation: Installation = {
    region: 'us-west-2',
    accountId: '000000000000',
    publicUrl: 'http://atelier.test',
    instanceTypes: new Map(Object.entries({ ...ownInstanceTypes, ...awsInstanceTypes })),
    limits,
    quotas: { sessions: 100, launchProfiles: 50, customImages: 10, activeDirectories: 1, sharedFileSystems: 10 },
    secrets: createSecrets(randomBytes(32)),
    signInLimit: createSignInLimit({
      now: clock.now,
      failuresPerName: options.failuresPerName ?? 10,
      failuresPerAddress: options.failuresPerAddress ?? 100,
    }),
  }
  const call = (caller: Caller = accountCaller): Call => ({ caller, db, now: clock.now(), installation })
  /** What reconcilers and sweeps are made of. */
  const parts = { db, driver, now: clock.now, settings, log: silent }
  const reconcilers: Reconciler[] = []
  const reconciler = async (workings: Partial<{ driver: Driver; workers: number; repository: Repository }> = {}) => {
    const made = await createReconciler({ ...parts, backOffMs: 0, pollMs: 5, ...workings })
    reconcilers.push(made)
    return made
  }
  const sweep = createSweep({ ...parts, wake: () => {}, everyMs: 2 ** 30 })

  await insertPrincipal(db, {
    id: accountCaller.principalId,
    kind: 'account',
    userName: 'account',
    displayName: 'Account',
    passwordHash: null,
    createdAt: clock.now(),
  })
  await replaceEulas(db, { eulas: [{ id: 'theEula', name: 'Test', content: 'Test.' }], images: {} }, clock.now())
  const role = 'arn:aws:iam::000000000000:role/r'
  const made = await createStudio(call(), {
    studioName: 'test',
    displayName: 'T',
    adminRoleArn: role,
    userRoleArn: role,
  })
  const { studioId = '' } = read(made.studio)
  const component = read((await createStudioComponent(call(), { studioId, name: 'c', type: 'CUSTOM' })).studioComponent)
  const image = read(
    (await createStreamingImage(call(), { studioId, name: 'i', ec2ImageId: 'ami-host' })).streamingImage,
  )
  const setUp = await reconciler()
  await setUp.settle()

  const profile = async (configuration: Partial<StreamConfigurationCreate> = persistent): Promise<string> => {
    const { launchProfile } = await createLaunchProfile(call(), {
      studioId,
      name: 'p',
      ec2SubnetIds: [],
      launchProfileProtocolVersions: ['2021-03-31'],
      studioComponentIds: [component.studioComponentId ?? ''],
      streamConfiguration: {
        clipboardMode: 'ENABLED',
        ec2InstanceTypes: ['local.small', 'g5.xlarge'] as never[],
        streamingImageIds: [image.streamingImageId ?? ''],
        ...configuration,
      },
    })
    const settler = await reconciler()
    await settler.settle()
    await settler.close()
    return read(launchProfile).launchProfileId ?? ''
  }
  await setUp.close()

  return {
    db,
    driver,
    clock,
    parts,
    installation,
    studioId,
    streamingImageId: image.streamingImageId ?? '',
    studioComponentId: component.studioComponentId ?? '',
    call,
    profile,
    reconciler,
    sweep: () => sweep.once(),
    /** A session that has just been asked for. */
    session: async (configuration?: Partial<StreamConfigurationCreate>): Promise<Row<'session'>> => {
      const launchProfileId = await profile(configuration)
      const { session } = await createStreamingSession(call(), { studioId, launchProfileId })
      return sessionRow(read(session).sessionId ?? '')
    },
    row: sessionRow,
    close: async () => {
      for (const each of reconcilers) await each.close()
      await sweep.close()
      await driver.close()
      await db.destroy()
      rmSync(root, { recursive: true, force: true })
    },
  }

  async function sessionRow(id: string): Promise<Row<'session'>> {
    const row = await resourceById(db, 'session', id)
    if (!row) throw new Error(`there is no session ${id}`)
    return row
  }
}

/** A user who can be made a member. */
export const theMember = 'theMember'

/** He is not there from the beginning, because only who finds no user can make the first sign-in. */
export const ensureTheMember = async (db: Db): Promise<void> => {
  const names = { userName: 'member', displayName: 'Member' }
  if (!(await principalById(db, theMember)))
    await insertPrincipal(db, { id: theMember, kind: 'user', ...names, passwordHash: null, createdAt: 1 })
}

/** Does all the work that is due. */
export const settle = async (studio: Pick<TestStudio, 'reconciler'>): Promise<void> => {
  const reconciler = await studio.reconciler()
  await reconciler.settle()
  await reconciler.close()
}

/** What an operation answers, read as a client would read it. */
export const read = <Value>(output: Value | undefined): Value => {
  const pieces = (output as { pieces?: readonly (string | Uint8Array)[] } | undefined)?.pieces
  return pieces === undefined ? (output as Value) : JSON.parse(pieces.map(piece => Buffer.from(piece)).join(''))
}
