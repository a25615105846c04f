/** Real workstations that nobody uses: one whose programs are at work, and one where nothing happens. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, it } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import type { StreamingSession } from '../src/contract/types.ts'
import { type RunningServer, startServer } from './server.ts'
import { until } from './until.ts'

/** A policy has whole minutes; this is the shortest. Half of it is warning, and a viewer asks every 20 seconds. */
const idleAfterMs = 60_000

/** A tenth of a processor, as a quiet machine has it: the rest is left to other tests. */
const computing = 'while :; do i=0; while [ $i -lt 10000 ]; do i=$((i + 1)); done; sleep 0.2; done'

let server: RunningServer
let studioId: string
let browser: Browser
before(async () => {
  server = await startServer({ driver: 'local', env: { ATELIER_CPU_OVERCOMMIT: '100' } })
  studioId = await server.studioId()
})
after(async () => {
  await browser?.close()
  await server?.removeEverything()
})

const get = async (sessionId: string): Promise<StreamingSession> =>
  (await server.client().getStreamingSession({ studioId, sessionId })).session ?? {}

/** A session of a profile like the first one's, in which that script runs when the artist's desktop is there. */
const launch = async (name: string, script: string): Promise<string> => {
  const client = server.client()
  const { launchProfiles = [] } = await client.listLaunchProfiles({ studioId })
  const { streamConfiguration } = launchProfiles[0] ?? {}
  assert.ok(streamConfiguration)
  const { studioComponent } = await client.createStudioComponent({
    studioId,
    name,
    type: 'CUSTOM',
    initializationScripts: [
      { script, platform: 'LINUX', runContext: 'USER_INITIALIZATION', launchProfileProtocolVersion: '2021-03-31' },
    ],
  })
  const { launchProfile } = await client.createLaunchProfile({
    studioId,
    name,
    ec2SubnetIds: [],
    launchProfileProtocolVersions: ['2021-03-31'],
    studioComponentIds: [studioComponent?.studioComponentId ?? ''],
    streamConfiguration: { ...streamConfiguration, ec2InstanceTypes: ['local.small' as never] },
  })
  const { launchProfileId = '' } = launchProfile ?? {}
  await until('the launch profile is READY', async () => {
    const answer = await client.getLaunchProfile({ studioId, launchProfileId })
    return answer.launchProfile?.state === 'READY'
  })
  // Low, because other tests may leave a loop little of this machine.
  await client.putSessionPolicy({ studioId, launchProfileId, idleStopInMinutes: 1, idleCpuThresholdInPercent: 1 })
  const { sessionId = '' } = (await client.createStreamingSession({ studioId, launchProfileId })).session ?? {}
  await until('the session is READY', async () => {
    const session = await get(sessionId)
    assert.notEqual(session.state, 'CREATE_FAILED', session.statusMessage ?? '')
    return session.state === 'READY'
  })
  return sessionId
}

/** Opens the desktop in a browser that nobody touches. */
const openTab = async (sessionId: string) => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
  const page = await browser.newPage()
  const { stream } = await server.client().createStreamingSessionStream({ studioId, sessionId })
  await page.goto(stream?.url ?? '')
  await page.locator('body[data-phase=connected]').waitFor()
  return page
}

it('the one that computes runs on; the other is stopped and says why, though a tab shows it', async () => {
  const busy = await launch('busy', `(${computing}) </dev/null >/dev/null 2>&1 &`)
  const quiet = await launch('quiet', 'sleep 1000 </dev/null >/dev/null 2>&1 &')
  const page = await openTab(quiet)
  const database = new DatabaseSync(join(server.home, 'atelier.db'), { timeout: 5000 })
  database.prepare('update session set idleAfterMs = ?').run(idleAfterMs)
  database.close()
  const warned = await until(
    'it is said that nobody uses it',
    async () => (await get(quiet)).statusMessage ?? '',
    90_000,
  )
  assert.match(warned, /Nobody uses this workstation/)
  await page.locator('[data-testid=end-notice][data-reason=IDLE]').waitFor()
  const stopped = await until(
    'the quiet one is STOPPED',
    async () => {
      const session = await get(quiet)
      return session.state === 'STOPPED' && session
    },
    90_000,
  )
  assert.equal(stopped.stoppedBy, 'system:idle')
  assert.match(stopped.statusMessage ?? '', /nobody used it/)
  await page.getByTestId('ended').waitFor()
  assert.match((await page.getByTestId('ended').textContent()) ?? '', /nobody used it/)
  const { state, statusMessage } = await get(busy)
  assert.deepEqual([state, statusMessage], ['READY', undefined])
})
