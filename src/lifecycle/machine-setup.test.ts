import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { createTestStudio, persistent, read, settings, settle, type TestStudio } from '../../test/studio.ts'
import type { Driver, MachineSpec } from '../compute/driver.ts'
import type { SimulatedOptions } from '../compute/simulated/simulated.ts'
import type { UpdateStudioComponentRequest } from '../contract/types.ts'
import { getLaunchProfileInitialization } from '../operations/launch-profile-initialization.ts'
import {
  deleteStreamingSession,
  startStreamingSession,
  stopStreamingSession,
} from '../operations/streaming-sessions.ts'
import { updateStudioComponent } from '../operations/studio-components.ts'
import { sessionLog } from '../store/session-logs.ts'
import { machineSetupOf, sessionPurpose } from './machine-setup.ts'
import { createReconciler } from './reconciler.ts'

const profile = { id: 'p', name: 'Paint', protocolVersions: '["2021-03-31"]' }
const component = (type: string, name: string, details: object) => ({
  ...{ id: `id-${name}`, name, type, details: JSON.stringify(details) },
})
const script = (text: string, runContext: string) => ({ script: text, runContext, platform: 'LINUX' })
const setup = (...components: ReturnType<typeof component>[]) => machineSetupOf('aSession', profile, components)

describe('the set-up of a workstation', () => {
  it('has licence servers and farms in the environment of every program', () => {
    const { environment } = setup(
      component('LICENSE_SERVICE', 'nuke', {
        configuration: { licenseServiceConfiguration: { endpoint: '4101@lic1.studio.lan' } },
        scriptParameters: [{ key: 'foundry_LICENSE', value: '4101@lic1.studio.lan' }],
      }),
      component('LICENSE_SERVICE', 'other', {
        configuration: { licenseServiceConfiguration: { endpoint: 'lic2:27000' } },
      }),
      component('COMPUTE_FARM', 'farm', {
        configuration: {
          computeFarmConfiguration: { endpoint: 'farm.studio.lan:8080', activeDirectoryUser: 'render' },
        },
        scriptParameters: [{ key: 'CUEBOT_HOSTS', value: 'farm' }],
      }),
      component('CUSTOM', 'tools', { scriptParameters: [{ key: 'SECRET', value: 'hunter2' }] }),
    )
    assert.deepEqual(environment, {
      LICENSE_SERVICE_ENDPOINT: '4101@lic1.studio.lan,lic2:27000',
      LM_LICENSE_FILE: '4101@lic1.studio.lan:27000@lic2',
      RLM_LICENSE: '4101@lic1.studio.lan:27000@lic2',
      foundry_LICENSE: '4101@lic1.studio.lan',
      COMPUTE_FARM_ENDPOINT: 'farm.studio.lan:8080',
      COMPUTE_FARM_ACTIVE_DIRECTORY_USER: 'render',
      CUEBOT_HOSTS: 'farm',
    })
  })

  it('takes nothing for a licence server that is none, and a parameter before what follows from an endpoint', () => {
    const service = (endpoint: string, key = 'xx') =>
      component('LICENSE_SERVICE', 'l', {
        configuration: { licenseServiceConfiguration: { endpoint } },
        scriptParameters: [{ key, value: 'mine' }],
      })
    assert.equal(setup(service('licenses.studio.lan')).environment.LM_LICENSE_FILE, undefined)
    assert.equal(setup(service('1@h', 'RLM_LICENSE')).environment.RLM_LICENSE, 'mine')
  })

  it('gives scripts the configuration and the parameters of their own component alone', () => {
    const { scripts } = setup(
      component('SHARED_FILE_SYSTEM', 'projects', {
        configuration: {
          sharedFileSystemConfiguration: { endpoint: 'fs1', shareName: 'p', linuxMountPoint: '/projects' },
        },
        scriptParameters: [{ key: 'QUOTA', value: '5' }],
        initializationScripts: [script('one', 'USER_INITIALIZATION'), script('two', 'USER_INITIALIZATION')],
      }),
      component('CUSTOM', 'tools', { initializationScripts: [script('three', 'SYSTEM_INITIALIZATION')] }),
    )
    const launch = { LAUNCH_PROFILE_ID: 'p', LAUNCH_PURPOSE: sessionPurpose }
    const environment = {
      ...launch,
      STUDIO_COMPONENT_ID: 'id-projects',
      SHARED_FILE_SYSTEM_ENDPOINT: 'fs1',
      SHARED_FILE_SYSTEM_SHARE_NAME: 'p',
      SHARED_FILE_SYSTEM_LINUX_MOUNT_POINT: '/projects',
      QUOTA: '5',
    }
    const user = { component: 'id-projects', runs: 'USER_INITIALIZATION', environment }
    assert.deepEqual(scripts, [
      {
        ...{ component: 'id-tools', runs: 'SYSTEM_INITIALIZATION', text: 'three' },
        title: 'The SYSTEM_INITIALIZATION script of the component “tools”',
        environment: { ...launch, STUDIO_COMPONENT_ID: 'id-tools' },
      },
      { ...user, title: 'The USER_INITIALIZATION script of the component “projects”', text: 'one' },
      { ...user, title: 'The USER_INITIALIZATION script 2 of the component “projects”', text: 'two' },
    ])
  })

  it('asks for shares by what the operator may call them, where there is a mount point for Linux', () => {
    const share = (sharedFileSystemConfiguration: object) =>
      component('SHARED_FILE_SYSTEM', 's', { configuration: { sharedFileSystemConfiguration } })
    const names = (configuration: object) => setup(share({ linuxMountPoint: '/p', ...configuration })).shares[0]?.names
    assert.deepEqual(names({ endpoint: 'fs1', shareName: 'p' }), ['fs1/p', 'p', 'fs1'])
    assert.deepEqual(names({ fileSystemId: 'fs-0123', endpoint: '' }), ['fs-0123'])
    assert.deepEqual(setup(share({ endpoint: 'fs1', windowsMountDrive: 'P' })).shares, [])
  })

  it('asks for the directory of an Active Directory component, and has a name that is the same at every start', () => {
    const directory = component('ACTIVE_DIRECTORY', 'ad', { configuration: { activeDirectoryConfiguration: {} } })
    assert.equal(setup(directory).directory, 'id-ad')
    assert.equal(setup().directory, undefined)
    assert.match(setup().hostname, /^WS-[0-9A-Z]{12}$/)
    assert.equal(setup().hostname, setup(directory).hostname)
  })
})

const studioWith = async (t: TestContext, runScript: SimulatedOptions['runScript']) => {
  const started: MachineSpec[] = []
  const studio = await createTestStudio(runScript ? { driver: { runScript } } : {})
  t.after(() => studio.close())
  const driver: Driver = {
    ...studio.driver,
    ensureMachine: (id, spec, watcher) => {
      started.push(spec)
      return studio.driver.ensureMachine(id, spec, watcher)
    },
  }
  return { studio: { ...studio, reconciler: () => studio.reconciler({ driver }) } as TestStudio, started }
}

const change = async (studio: TestStudio, what: Partial<UpdateStudioComponentRequest>) => {
  const { studioId, studioComponentId } = studio
  await updateStudioComponent(studio.call(), { studioId, studioComponentId, ...what })
  await settle(studio)
}

const twoScripts = (...texts: [string, string]) =>
  ({
    initializationScripts: [script(texts[0], 'SYSTEM_INITIALIZATION'), script(texts[1], 'USER_INITIALIZATION')],
  }) as Partial<UpdateStudioComponentRequest>

describe('a session whose profile has components', () => {
  it('runs what GetLaunchProfileInitialization says, at every start what it says then', async t => {
    const { studio, started } = await studioWith(t, undefined)
    const { studioId } = studio
    await change(studio, { ...twoScripts('first', 'second'), scriptParameters: [{ key: 'TOOL', value: 'x' }] })
    const { id, launchProfileId } = await studio.session(persistent)
    await settle(studio)
    const told = async () => {
      const { launchProfileInitialization } = await getLaunchProfileInitialization(studio.call(), {
        ...{ studioId, launchProfileId, launchPurpose: sessionPurpose, platform: 'linux' },
        launchProfileProtocolVersions: ['2021-03-31'],
      })
      const { systemInitializationScripts = [], userInitializationScripts = [] } =
        read(launchProfileInitialization) ?? {}
      return [...systemInitializationScripts, ...userInitializationScripts].map(each => each.script)
    }
    const ran = () => started.at(-1)?.setup?.scripts.map(({ text }) => text)
    assert.deepEqual(ran(), await told())
    assert.deepEqual(ran(), ['first', 'second'])
    assert.equal(started[0]?.setup?.scripts[0]?.environment.TOOL, 'x')

    await change(studio, twoScripts('third', 'fourth'))
    assert.equal(started.length, 1, 'a change of a component does nothing to a session that runs')
    await stopStreamingSession(studio.call(), { studioId, sessionId: id })
    await settle(studio)
    await startStreamingSession(studio.call(), { studioId, sessionId: id })
    await settle(studio)
    assert.deepEqual(ran(), await told())
    assert.deepEqual(ran(), ['third', 'fourth'])
  })

  it('fails with the reason when a script fails, keeps what was printed, and logs none of it', async t => {
    const { studio } = await studioWith(t, ({ text }) => ({
      output: `saying ${text}`,
      exitCode: text === 'bad' ? 3 : 0,
    }))
    await change(studio, { ...twoScripts('good', 'bad'), name: 'Tools' })
    const lines: string[] = []
    const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
    const { id } = await studio.session(persistent)
    const { db, driver, clock } = studio
    const reconciler = await createReconciler({ db, driver, now: clock.now, settings, log })
    await reconciler.settle()
    await reconciler.close()
    const { state, statusCode, statusMessage } = await studio.row(id)
    assert.deepEqual(
      { state, statusCode, statusMessage },
      {
        ...{ state: 'CREATE_FAILED', statusCode: 'INITIALIZATION_SCRIPT_ERROR' },
        statusMessage:
          'The USER_INITIALIZATION script of the component “Tools” ended with exit code 3. It printed last:\nsaying bad',
      },
    )
    const kept = await sessionLog(db, id)
    assert.match(kept?.text ?? '', /saying good\n.*\n.*\nsaying bad/)
    assert.ok(lines.some(line => line.includes('a step failed')))
    assert.deepEqual(
      lines.filter(line => /saying|Tools/.test(line)),
      [],
    )
  })

  it('is deleted at once while a script goes on and on', async t => {
    let running: (() => void) | undefined
    const begun = new Promise<void>(resolve => {
      running = resolve
    })
    const { studio } = await studioWith(t, async (_, signal) => {
      running?.()
      while (!signal?.aborted) await pause(10)
      return { output: '', exitCode: 0 }
    })
    await change(studio, twoScripts('for ever', 'never'))
    const { id } = await studio.session(persistent)
    const reconciler = await studio.reconciler()
    reconciler.wake()
    await begun
    const { studioId } = studio
    await deleteStreamingSession(studio.call(), { studioId, sessionId: id })
    const began = performance.now()
    await reconciler.settle()
    await reconciler.close()
    assert.equal((await studio.row(id)).state, 'DELETED')
    assert.ok(performance.now() - began < 20_000)
    assert.deepEqual((await studio.driver.inventory()).machines, [])
  })

  it('is set up anew by the next server when one ends while a script runs', async t => {
    let ran = 0
    const { studio } = await studioWith(t, async (_, signal) => {
      ran++
      while (ran === 1 && !signal?.aborted) await pause(10)
      return { output: '', exitCode: 0 }
    })
    await change(studio, twoScripts('one', 'two'))
    const { id } = await studio.session(persistent)
    const first = await studio.reconciler()
    while (ran === 0) await pause(10)
    await first.close()
    assert.equal((await studio.row(id)).state, 'CREATE_IN_PROGRESS')
    await settle(studio)
    assert.equal((await studio.row(id)).state, 'READY')
    assert.equal(ran, 3)
  })
})
