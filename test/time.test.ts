/** The real server, its deadlines, and a wall clock that is set: while it is down, and while it runs. */
import assert from 'node:assert/strict'
import { globSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { type RunningServer, type ServerOptions, startServer } from './server.ts'
import { until } from './until.ts'

const minute = 60_000
const hour = 60 * minute

/** What the database holds of a session. Of a server whose clock is not ours, no signature would be right. */
interface Kept {
  state: string
  stopAt: number | null
  stoppedAt: number | null
  stoppedBy: string | null
}

const inDatabase = <Result>(server: RunningServer, work: (database: DatabaseSync) => Result): Result => {
  const database = new DatabaseSync(join(server.home, 'atelier.db'), { timeout: 5000 })
  try {
    return work(database)
  } finally {
    database.close()
  }
}

const kept = (server: RunningServer, id: string): Kept =>
  inDatabase(server, database => {
    const row = database.prepare('select state, stopAt, stoppedAt, stoppedBy from session where id = ?').get(id)
    return { ...row } as unknown as Kept
  })

const startWithSession = async (options: ServerOptions): Promise<{ server: RunningServer; id: string }> => {
  const server = await startServer(options)
  const studioId = await server.studioId()
  const { launchProfiles = [] } = await server.client().listLaunchProfiles({ studioId })
  const { launchProfileId = '' } = launchProfiles[0] ?? {}
  const { session } = await server.client().createStreamingSession({ studioId, launchProfileId })
  const id = session?.sessionId ?? assert.fail('no session')
  await until('the session is READY', () => kept(server, id).state === 'READY')
  return { server, id }
}

describe('a deadline that passed while the server was down', () => {
  let server: RunningServer | undefined
  after(() => server?.removeEverything())

  it('is acted on within a minute of the start, and once', async () => {
    const started = await startWithSession({ driver: 'simulated' })
    server = started.server
    const { id } = started
    await server.kill9()
    inDatabase(server, database =>
      database
        .prepare('update session set stopAt = stopAt - ?, dueAt = ?, leaseUntil = ? where id = ?')
        .run(1440 * minute, Date.now() - hour, Date.now() + hour, id),
    )
    await server.restart()
    const restartedAt = Date.now()
    const running = server
    await until('the session is STOPPED', () => kept(running, id).state === 'STOPPED', minute)
    const stopped = kept(server, id)
    assert.equal(stopped.stoppedBy, 'system:maxSessionLength')
    assert.ok((stopped.stoppedAt ?? 0) >= restartedAt - 10_000, 'it was stopped when it was seen, not when it was due')
    const backups = () =>
      inDatabase(running, database => database.prepare('select id from backup where sessionId = ?').all(id).length)
    assert.equal(backups(), 1)
    await server.kill9()
    await server.restart()
    await running.client().listStudios({})
    assert.deepEqual(kept(server, id), stopped)
    assert.equal(backups(), 1)
  })
})

describe('a wall clock that is set', () => {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-test-'))
  let server: RunningServer | undefined
  after(async () => {
    await server?.removeEverything()
    rmSync(folder, { recursive: true })
  })

  // Debian's faketime changes what the wall clock tells to a process, and leaves the other clocks alone.
  const [library = assert.fail('faketime is not installed: npm test installs it')] = globSync(
    '/usr/lib/*/faketime/libfaketime.so.1',
  )

  it('moves the end of a session along: while the server runs, while it is down, and back', async () => {
    const file = join(folder, 'set')
    const set = (ms: number) => {
      writeFileSync(`${file}.new`, `${ms < 0 ? '' : '+'}${ms / 1000}\n`)
      renameSync(`${file}.new`, file)
    }
    set(0)
    const started = await startWithSession({
      driver: 'simulated',
      env: {
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        FAKETIME_DONT_RESET: '1',
      },
    })
    server = started.server
    const running = server
    const before = kept(server, started.id)
    const movedBy = () => (kept(running, started.id).stopAt ?? 0) - (before.stopAt ?? 0)
    const assertMoved = async (ms: number) => {
      await until(`the end has moved by ${ms} ms`, () => Math.abs(movedBy() - ms) < 5000)
      assert.equal(kept(running, started.id).state, 'READY')
    }
    for (const ms of [hour, 25 * hour, -24 * hour]) {
      set(ms)
      await assertMoved(ms)
    }
    await server.stop()
    set(48 * hour)
    await server.restart()
    await assertMoved(48 * hour)
    set(0)
    await assertMoved(0)
  })
})
