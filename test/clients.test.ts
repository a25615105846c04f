/** Clients that know nothing of Atelier: Debian's boto3 and AWS CLI, and the SDK, as `npx atelier env` sets them up. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { StreamingInstanceType } from '../src/contract/types.ts'
import type { Day, Morning, Refusal, RefusalName } from './clients/day.ts'
import { environmentOf, runProgram } from './clients/environment.ts'
import { dayWithCli } from './clients/with-cli.ts'
import { addStranger } from './principals.ts'
import { type RunningServer, startServer } from './server.ts'

/** More than a page of sessions, every third one of the artist's. */
const sessionsThere = 120
const artist = 'anArtistOfTheStudio'

let server: RunningServer
let env: Record<string, string>
let morning: Morning
/** Ids of the sessions that are there already, and of those that are the artist's. */
let there: string[] = []
let artists: string[] = []

before(async () => {
  server = await startServer({
    driver: 'simulated',
    env: { ATELIER_QUOTA_SESSIONS: '1000', ATELIER_QUOTA_LAUNCH_PROFILES: '1' },
  })
  env = environmentOf(server)
  const client = server.client()
  const studioId = await server.studioId()
  const { launchProfiles = [] } = await client.listLaunchProfiles({ studioId })
  const { launchProfileId = '' } = launchProfiles[0] ?? {}
  const made = await Promise.all(
    Array.from({ length: sessionsThere }, async (_, i) => {
      const { session } = await client.createStreamingSession({
        studioId,
        launchProfileId,
        ec2InstanceType: 'local.small' as string as StreamingInstanceType,
        ownedBy: i % 3 === 0 ? artist : 'somebodyElse',
      })
      return session ?? {}
    }),
  )
  there = made.map(({ sessionId = '' }) => sessionId)
  artists = made.flatMap(({ sessionId = '', ownedBy }) => (ownedBy === artist ? [sessionId] : []))
  morning = {
    studioId,
    launchProfileId,
    artist,
    itsSession: artists[0] ?? '',
    creator: made[0]?.createdBy ?? '',
    tags: { show: 'Ödland', 'team & unit': 'a/b=c d' },
    stranger: await addStranger(server.home),
  }
})
after(() => server?.removeEverything())

const refusals: Record<RefusalName, Required<Refusal>> = {
  unknownStudio: { name: 'ResourceNotFoundException', typed: true, status: 404, reason: 'NOT_FOUND' },
  startOfReady: { name: 'ConflictException', typed: true, status: 409, reason: 'INVALID_STATE' },
  badName: { name: 'ValidationException', typed: true, status: 400, reason: 'INVALID_MEMBER' },
  stranger: { name: 'AccessDeniedException', typed: true, status: 403, reason: 'NOT_ALLOWED' },
  overQuota: { name: 'ServiceQuotaExceededException', typed: true, status: 402, reason: 'QUOTA_EXCEEDED' },
  tokenReused: { name: 'ValidationException', typed: true, status: 400, reason: 'CLIENT_TOKEN_REUSED' },
  // No exception of the API, but the name that AWS's services have for it.
  wrongSecret: { name: 'InvalidSignatureException', typed: false, status: 403, reason: 'WRONG_SIGNATURE' },
}

const testClient = (name: string, spend: () => Promise<Day>) =>
  describe(name, () => {
    let day: Day
    before(async () => {
      day = await spend()
    })

    it('lists the studio', () => assert.deepEqual(day.studioIds, [morning.studioId]))

    it('creates a session, waits for it with its own waiter, stops, starts and deletes it', () =>
      assert.deepEqual(day.states, {
        created: 'CREATE_IN_PROGRESS',
        ready: 'READY',
        stopping: 'STOP_IN_PROGRESS',
        stopped: 'STOPPED',
        starting: 'START_IN_PROGRESS',
        restarted: 'READY',
        deleting: 'DELETE_IN_PROGRESS',
        deleted: 'DELETED',
      }))

    it('gets the same session for the same client token', () => assert.equal(day.sameToken, day.sessionId))

    it('walks over all pages with its own paginator, and meets every session once', () => {
      for (const list of ['everything', 'createdBy'] as const) {
        const ids = day.listed[list]
        assert.equal(new Set(ids).size, ids.length)
        assert.deepEqual(
          [day.sessionId, ...there].filter(id => !ids.includes(id)),
          [],
        )
      }
    })

    it('lists sessions by owner and by id', () => {
      assert.deepEqual([...day.listed.ownedBy].sort(), [...artists].sort())
      assert.deepEqual([...day.listed.sessionIds].sort(), [morning.itsSession, day.sessionId].sort())
    })

    it('gets the address of a stream, to be used in time', () => {
      assert.ok(day.stream.url.startsWith(`${server.url}/view/`), day.stream.url)
      assert.match(day.stream.url, /\/view\/[0-9A-Za-z]{22}#[\w-]{43}$/)
      assert.equal(day.stream.secondsToUse, 90)
    })

    it('lists the backup that was made at the stop', () => {
      const own = day.backups.filter(({ sessionId }) => sessionId === day.sessionId)
      assert.deepEqual(
        own.map(({ state }) => state),
        ['READY'],
      )
    })

    it('puts tags on and takes them off', () => {
      const { created, tagged, untagged } = day.tags
      assert.deepEqual(Object.keys(created), ['made'])
      assert.deepEqual(tagged, { ...created, ...morning.tags })
      assert.deepEqual(untagged, created)
    })

    it('knows by their names the exceptions it is refused with', () => {
      assert.ok(Object.keys(day.refusals).length >= 4)
      for (const [what, { name, typed, status, reason }] of Object.entries(day.refusals)) {
        const expected = refusals[what as RefusalName]
        assert.equal(name, expected.name, what)
        assert.equal(typed, expected.typed, what)
        // The CLI tells neither, and boto3 no reason where the exception is none of the API's.
        assert.equal(status ?? expected.status, expected.status, what)
        assert.equal(reason ?? expected.reason, expected.reason, what)
      }
    })
  })

describe('a client of the API', { concurrency: true }, () => {
  testClient('boto3', () => runProgram<Day>(env, 'with_boto3.py', morning))
  testClient('the AWS SDK for JavaScript', () => runProgram<Day>(env, 'with-sdk.ts', morning))
  testClient('the AWS CLI', () => dayWithCli(env, server.client(), morning))
})
