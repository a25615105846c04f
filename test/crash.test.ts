/** The server is killed in the middle of real work, and finishes it when it starts again. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StreamingSession, StreamingSessionState } from '../src/contract/types.ts'
import { type RunningServer, startServer } from './server.ts'
import { until } from './until.ts'

let server: RunningServer
let studioId: string
let launchProfileId: string

before(async () => {
  server = await startServer({ driver: 'local', env: { ATELIER_CPU_OVERCOMMIT: '100' } })
  studioId = await server.studioId()
  const { launchProfiles = [] } = await server.client().listLaunchProfiles({ studioId })
  launchProfileId = launchProfiles[0]?.launchProfileId ?? ''
})
after(() => server?.removeEverything())

const create = async (): Promise<string> => {
  const asked = { studioId, launchProfileId, ec2InstanceType: 'local.small' as never }
  const { session } = await server.client().createStreamingSession(asked)
  return session?.sessionId ?? assert.fail('no session')
}

/** The session, once its state is no longer one of work in progress. */
const settled = (sessionId: string): Promise<StreamingSession> =>
  until('the session has settled', async () => {
    const { session } = await server.client().getStreamingSession({ studioId, sessionId })
    return session?.state?.endsWith('_IN_PROGRESS') ? undefined : session
  })

const assertState = async (sessionId: string, state: StreamingSessionState) => {
  const session = await settled(sessionId)
  assert.equal(session.state, state, session.statusMessage ?? 'no message')
}

/** X servers of that session on this host: the machine's id is among their sandbox's arguments. */
const desktops = (sessionId: string): number =>
  readdirSync('/proc').filter(pid => {
    if (!/^\d+$/.test(pid)) return false
    try {
      const [program = '', ...rest] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      return /bwrap$/.test(program) && rest.includes(sessionId)
    } catch {
      return false // It ended meanwhile.
    }
  }).length

const killAfter = async (ms: number) => {
  await sleep(ms)
  await server.kill9()
  await server.restart()
}

for (const ms of [0, 60, 250]) {
  it(`a session whose creation is cut off after ${ms} ms becomes READY, once`, async () => {
    const sessionId = await create()
    await killAfter(ms)
    await assertState(sessionId, 'READY')
    assert.equal(desktops(sessionId), 1)
    await server.client().deleteStreamingSession({ studioId, sessionId })
    await assertState(sessionId, 'DELETED')
    assert.equal(desktops(sessionId), 0)
  })

  it(`a session whose stop is cut off after ${ms} ms becomes STOPPED, with one backup`, async () => {
    const sessionId = await create()
    await assertState(sessionId, 'READY')
    await server.client().stopStreamingSession({ studioId, sessionId })
    await killAfter(ms)
    await assertState(sessionId, 'STOPPED')
    assert.equal(desktops(sessionId), 0)
    const { streamingSessionBackups = [] } = await server.client().listStreamingSessionBackups({ studioId })
    const own = streamingSessionBackups.filter(backup => backup.sessionId === sessionId)
    assert.deepEqual(
      own.map(backup => backup.state),
      ['READY'],
    )
    await server.client().startStreamingSession({ studioId, sessionId })
    await assertState(sessionId, 'READY')
    await server.client().deleteStreamingSession({ studioId, sessionId })
    await assertState(sessionId, 'DELETED')
  })
}
