/** Scripts as studios kept them for the cloud's service, run against Atelier as they stand. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Client } from '../../src/contract/client.ts'
import type { StreamConfigurationCreate, StreamingInstanceType } from '../../src/contract/types.ts'
import { openDatabase } from '../../src/store/database.ts'
import { environmentOf, runProgram } from '../clients/environment.ts'
import { type RunningServer, startServer } from '../server.ts'
import { until } from '../until.ts'

let server: RunningServer
let client: Client
let studioId: string
let env: Record<string, string>

before(async () => {
  server = await startServer({ driver: 'simulated' })
  client = server.client()
  studioId = await server.studioId()
  env = environmentOf(server)
})
after(() => server?.removeEverything())

const run = <Said>(script: string, given: object) =>
  runProgram<Said>(env, `old-scripts/${script}`, { studioId, ...given })

/** A launch profile of that name, beside and like the quick start's. */
const makeProfile = async (name: string, configuration: Partial<StreamConfigurationCreate> = {}) => {
  const { launchProfiles: [model] = [] } = await client.listLaunchProfiles({ studioId })
  const { launchProfile } = await client.createLaunchProfile({
    studioId,
    name,
    ec2SubnetIds: [],
    launchProfileProtocolVersions: ['2021-03-31'],
    studioComponentIds: model?.studioComponentIds ?? [],
    streamConfiguration: {
      clipboardMode: 'ENABLED',
      ec2InstanceTypes: ['local.small'] as string[] as StreamingInstanceType[],
      streamingImageIds: model?.streamConfiguration?.streamingImageIds ?? [],
      sessionPersistenceMode: 'ACTIVATED',
      ...configuration,
    },
  })
  const launchProfileId = launchProfile?.launchProfileId ?? ''
  await until('the profile is ready', async () => {
    return (await client.getLaunchProfile({ studioId, launchProfileId })).launchProfile?.state === 'READY'
  })
  return launchProfileId
}

const sessionOf = async (sessionId: string) => (await client.getStreamingSession({ studioId, sessionId })).session ?? {}

const reach = (sessionId: string, state: string) =>
  until(`the session is ${state}`, async () => (await sessionOf(sessionId)).state === state)

const makeSession = async (launchProfileId: string, ownedBy?: string) => {
  const { session: { sessionId = '', arn = '' } = {} } = await client.createStreamingSession({
    ...{ studioId, launchProfileId },
    ...(ownedBy ? { ownedBy } : {}),
  })
  await reach(sessionId, 'READY')
  return { sessionId, arn }
}

const stop = async (sessionId: string) => {
  await client.stopStreamingSession({ studioId, sessionId })
  await reach(sessionId, 'STOPPED')
}

const sessionsOf = async (ownedBy: string) => (await client.listStreamingSessions({ studioId, ownedBy })).sessions ?? []

describe('a script for the service that was', () => {
  it('launches sessions by a calendar, one for an event however often it comes', async () => {
    await makeProfile('Early birds')
    const event = { id: 'monday-2026-11-23', launchProfile: 'Early birds', artists: ['ada', 'grace', 'hedy'] }
    const first = await run<Record<string, string>>('launch_on_schedule.py', event)
    const again = await run<Record<string, string>>('launch_on_schedule.py', event)
    assert.deepEqual(again, first)
    assert.equal(new Set(Object.values(first)).size, 3)
    for (const artist of event.artists) {
      const sessions = await sessionsOf(artist)
      assert.deepEqual(
        sessions.map(({ sessionId, tags }) => ({ sessionId, tags })),
        [{ sessionId: first[artist], tags: { event: event.id } }],
      )
    }
    const [, other] = await Promise.all([
      run('launch_on_schedule.py', event),
      run<Record<string, string>>('launch_on_schedule.py', { ...event, id: 'tuesday-2026-11-24' }),
    ])
    assert.notEqual(other.ada, first.ada)
    assert.equal((await sessionsOf('ada')).length, 2)
  })

  it('keeps stopped sessions that are about to be terminated, and leaves the others alone', async () => {
    const terminating = { automaticTerminationMode: 'ACTIVATED' } as const
    const soon = await makeProfile('Soon gone', { ...terminating, maxStoppedSessionLengthInMinutes: 60 })
    const late = await makeProfile('Kept for days', { ...terminating, maxStoppedSessionLengthInMinutes: 5760 })
    const never = await makeProfile('Kept')
    const sessions = await Promise.all([soon, soon, late, never].map(profile => makeSession(profile)))
    const [near, ready, far, endless] = sessions.map(({ sessionId }) => sessionId) as [string, string, string, string]
    await Promise.all([near, far, endless].map(stop))
    const before = await Promise.all([near, ready, far, endless].map(sessionOf))
    // A moment is told in seconds, so that a later one has to be in another.
    await until('a second has passed', () => Date.now() - Number(before[0]?.stoppedAt) > 1000)
    const kept = await run<Record<string, { before: string; after: string }>>('keep_stopped.py', { hours: 24 })
    assert.deepEqual(Object.keys(kept), [near])
    const now = await sessionOf(near)
    assert.equal(now.state, 'STOPPED')
    assert.equal(Date.parse(kept[near]?.before ?? ''), before[0]?.terminateAt?.getTime())
    assert.equal(Date.parse(kept[near]?.after ?? ''), now.terminateAt?.getTime())
    assert.ok(Number(now.terminateAt) > Number(before[0]?.terminateAt), 'the termination is put off')
    assert.deepEqual(await Promise.all([ready, far, endless].map(sessionOf)), before.slice(1))
  })

  it('totals the hours of each artist by the states of the sessions', async () => {
    const profile = await makeProfile('Hours')
    const sessions = await Promise.all(['vera', 'vera', 'vera', 'mary'].map(artist => makeSession(profile, artist)))
    const [stopped, running, deleted, marys] = sessions.map(({ sessionId }) => sessionId) as [
      string,
      string,
      string,
      string,
    ]
    await stop(stopped)
    await client.deleteStreamingSession({ studioId, sessionId: deleted })
    await reach(deleted, 'DELETED')
    const shown = await sessionOf(stopped)
    const report = await run<Record<string, { states: Record<string, number>; hours: number }>>('total_hours.py', {
      artists: ['vera', 'mary', 'nobody'],
    })
    assert.deepEqual(report.vera?.states, { STOPPED: 1, READY: 1, DELETED: 1 })
    assert.deepEqual(report.mary?.states, { READY: 1 })
    assert.deepEqual(report.nobody, { states: {}, hours: 0 })
    const ended = Date.now()
    const began = async (id: string) => Number((await sessionOf(id)).startedAt)
    const most = Number(shown.stoppedAt) - Number(shown.startedAt) + ended - (await began(running))
    const total = (report.vera?.hours ?? 0) * 3_600_000
    assert.ok(total > 0 && total <= most, `${total} of at most ${most} ms`)
    assert.ok((report.mary?.hours ?? 0) * 3_600_000 <= ended - (await began(marys)))
  })

  it('stops sessions that nobody comes to, and none that somebody has opened or is about to', async () => {
    const profile = await makeProfile('Idle')
    const [none, waiting, opened, expired] = (await Promise.all(
      ['none', 'waiting', 'opened', 'expired'].map(owner => makeSession(profile, `idle ${owner}`)),
    )) as [Made, Made, Made, Made]
    const addresses = new Map<Made, { streamId: string; url: string }>()
    for (const made of [waiting, opened, expired]) {
      const one = { studioId, sessionId: made.sessionId }
      const { stream: { streamId = '', url = '' } = {} } = await client.createStreamingSessionStream(one)
      await client.tagResource({ resourceArn: made.arn, tags: { stream: streamId } })
      addresses.set(made, { streamId, url })
    }
    await openStream(addresses.get(opened)?.url ?? '')
    await letExpire(addresses.get(expired)?.streamId ?? '')

    const said = await run<Record<string, string>>('stop-idle.js', {})
    assert.deepEqual(
      [none, waiting, opened, expired].map(({ sessionId }) => said[sessionId]),
      ['none', 'waiting', 'opened', 'expired'],
    )
    const states = async () =>
      (await Promise.all([none, waiting, opened, expired].map(({ sessionId }) => sessionOf(sessionId)))).map(
        ({ state }) => state,
      )
    assert.deepEqual(await states(), ['STOPPED', 'READY', 'READY', 'STOPPED'])

    // A run later the address has run out, and the session is still known as one that was opened.
    await letExpire(addresses.get(opened)?.streamId ?? '')
    await run('stop-idle.js', {})
    assert.deepEqual(await states(), ['STOPPED', 'READY', 'READY', 'STOPPED'])
  })
})

interface Made {
  sessionId: string
  arn: string
}

/** As the viewer does that somebody opens the address in. */
const openStream = async (address: string) => {
  const url = new URL(address)
  const response = await fetch(`${url.origin}${url.pathname.replace('/view/', '/streams/')}/open`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url.origin, 'x-atelier-portal': '1' },
    body: JSON.stringify({ token: url.hash.slice(1) }),
  })
  assert.equal(response.status, 200, await response.text())
}

/** As if its time was over: the shortest that the API takes is a minute. */
const letExpire = async (streamId: string) => {
  const db = await openDatabase(join(server.home, 'atelier.db'))
  try {
    await db
      .updateTable('stream')
      .set({ expiresAt: Date.now() - 1000 })
      .where('id', '=', streamId)
      .execute()
  } finally {
    await db.destroy()
  }
}
