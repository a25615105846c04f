/** Components of a launch profile, as a workstation has them: through the API of a real server, on a real desktop. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Client } from '../src/contract/client.ts'
import type {
  CreateStudioComponentRequest,
  StudioComponentInitializationScriptRunContext,
} from '../src/contract/types.ts'
import { type RunningServer, startServer } from './server.ts'
import { until } from './until.ts'

const patienceMs = 60_000
const secret = 'hunter2-and-more'

describe('a workstation whose launch profile has components', () => {
  let server: RunningServer
  let client: Client
  let studioId: string
  let folder: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'atelier-shares-'))
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'projects'))
    chmodSync(join(folder, 'projects'), 0o1777)
    mkdirSync(join(folder, 'assets'))
    writeFileSync(join(folder, 'assets', 'logo'), 'logo')
    const ATELIER_SHARES = `fs1/projects=${folder}/projects,assets=${folder}/assets:ro`
    server = await startServer({ driver: 'local', env: { ATELIER_SHARES, ATELIER_SCRIPT_LIMIT: '3s' } })
    client = server.client()
    studioId = await server.studioId()
  })
  after(async () => {
    await server?.removeEverything()
    rmSync(folder, { recursive: true, force: true })
  })

  const component = async (name: string, more: Partial<CreateStudioComponentRequest>): Promise<string> => {
    const { studioComponent } = await client.createStudioComponent({ studioId, name, type: 'CUSTOM', ...more })
    return studioComponent?.studioComponentId ?? ''
  }

  const script = (runContext: StudioComponentInitializationScriptRunContext, text: string) => ({
    ...{ runContext, script: text, platform: 'LINUX' as const, launchProfileProtocolVersion: '2021-03-31' },
  })

  const share = (endpoint: string, shareName: string, linuxMountPoint: string) => ({
    type: 'SHARED_FILE_SYSTEM' as const,
    configuration: { sharedFileSystemConfiguration: { endpoint, shareName, linuxMountPoint } },
  })

  /** A session of a new profile with these components, when nothing is under way any more. */
  const launched = async (...studioComponentIds: string[]) => {
    const { launchProfiles } = await client.listLaunchProfiles({ studioId })
    const { streamConfiguration } = launchProfiles?.[0] ?? {}
    const { launchProfile } = await client.createLaunchProfile({
      ...{
        studioId,
        name: 'set up',
        ec2SubnetIds: [],
        launchProfileProtocolVersions: ['2021-03-31'],
        studioComponentIds,
      },
      streamConfiguration: {
        clipboardMode: 'ENABLED',
        ec2InstanceTypes: streamConfiguration?.ec2InstanceTypes ?? [],
        streamingImageIds: streamConfiguration?.streamingImageIds ?? [],
      },
    })
    const launchProfileId = launchProfile?.launchProfileId ?? ''
    await until('the profile is ready', async () => {
      const found = await client.getLaunchProfile({ studioId, launchProfileId })
      return found.launchProfile?.state === 'READY'
    })
    const { session } = await client.createStreamingSession({ studioId, launchProfileId })
    const sessionId = session?.sessionId ?? ''
    const get = async () => (await client.getStreamingSession({ studioId, sessionId })).session ?? {}
    await until(
      'the session is no longer under way',
      async () => (await get()).state !== 'CREATE_IN_PROGRESS',
      patienceMs,
    )
    const { streamingSessionLog } = await client.getStreamingSessionLog({ studioId, sessionId })
    return { ...(await get()), log: streamingSessionLog?.text ?? '' }
  }

  it('has its shares, licences, name and scripts', async () => {
    const { state, statusMessage, log } = await launched(
      await component('Projects', share('fs1', 'projects', '/projects')),
      await component('Assets', share('fs2', 'assets', '$HOME/assets')),
      await component('Licences', {
        type: 'LICENSE_SERVICE',
        configuration: { licenseServiceConfiguration: { endpoint: '4101@licences.studio.lan' } },
      }),
      await component('Tools', {
        scriptParameters: [{ key: 'TOKEN', value: secret }],
        initializationScripts: [
          script('USER_INITIALIZATION', 'cp ~/assets/logo /projects/from-user && env | grep -c "^TOKEN=hunter2"'),
          script(
            'SYSTEM_INITIALIZATION',
            '#!/bin/bash\necho "$(id -un) on $(hostname): $LM_LICENSE_FILE" >/projects/from-system',
          ),
        ],
      }),
    )
    assert.deepEqual({ state, statusMessage }, { state: 'READY', statusMessage: undefined })
    const read = (name: string) => readFileSync(join(folder, 'projects', name), 'utf8')
    assert.match(read('from-system'), /^root on WS-[0-9A-Z]{12}: 4101@licences\.studio\.lan\n$/)
    assert.equal(read('from-user'), 'logo')
    assert.match(
      log,
      /^=== The SYSTEM_INITIALIZATION script of the component “Tools”\n\(exit code 0\)\n=== .*\n1\n\(exit/,
    )
  })

  it('tells why a script has failed, and which', async () => {
    const tools = await component('Broken', {
      scriptParameters: [{ key: 'TOKEN', value: secret }],
      initializationScripts: [script('USER_INITIALIZATION', 'echo "no $TOKEN: cannot go on" >&2; exit 7')],
    })
    const { state, statusCode, statusMessage, log } = await launched(tools)
    assert.deepEqual([state, statusCode], ['CREATE_FAILED', 'INITIALIZATION_SCRIPT_ERROR'])
    assert.equal(
      statusMessage,
      'The USER_INITIALIZATION script of the component “Broken” ended with exit code 7. ' +
        `It printed last:\nno ${secret}: cannot go on`,
    )
    assert.match(log, /cannot go on\n\(exit code 7\)/)
  })

  it('ends a script that takes too long', async () => {
    const { state, statusCode, statusMessage } = await launched(
      await component('Slow', {
        initializationScripts: [script('SYSTEM_INITIALIZATION', 'setsid sleep 77 & sleep 77')],
      }),
    )
    assert.deepEqual([state, statusCode], ['CREATE_FAILED', 'INITIALIZATION_SCRIPT_ERROR'])
    assert.match(statusMessage ?? '', /“Slow” did not end within 3 s/)
  })

  it('says which share is not offered, and that it cannot join a domain', async () => {
    const secrets = await launched(await component('Secrets', share('fs1', 'secrets', '/secrets')))
    assert.deepEqual([secrets.state, secrets.statusCode], ['CREATE_FAILED', 'NETWORK_CONNECTION_ERROR'])
    assert.match(secrets.statusMessage ?? '', /“Secrets” is not one that this server offers/)
    const directory = await component('Directory', {
      type: 'ACTIVE_DIRECTORY',
      configuration: { activeDirectoryConfiguration: { directoryId: 'd-0123456789' } },
    })
    const joined = await launched(directory)
    assert.deepEqual([joined.state, joined.statusCode], ['CREATE_FAILED', 'ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR'])
    assert.match(joined.statusMessage ?? '', /cannot join a domain/)
  })

  it('has told nobody but who may know', () => {
    const log = readFileSync(join(server.home, 'server.log'), 'utf8')
    assert.match(log, /a step failed/)
    assert.doesNotMatch(`${log}${server.output()}`, new RegExp(`${secret}|cannot go on`))
  })
})
