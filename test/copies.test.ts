/** A server is lost with its disk; another one goes on with nothing but the repository and its password. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chown, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { hasRestic } from '../src/compute/repository/restic.ts'
import type { StreamingSession, StreamingSessionState } from '../src/contract/types.ts'
import { ownEnvironment, type RunningServer, startServer } from './server.ts'
import { noSshServer, type SshServer, startSshServer } from './sshd.ts'
import { until } from './until.ts'

const execute = promisify(execFile)

/** restic gives way to everything else on the host, so that on a busy one its seconds of work take a minute. */
const copyLimitMs = 90_000

const skip = hasRestic() ? false : 'restic is not installed'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'a-copies-'))
  await writeFile(join(folder, 'password'), 'correct horse battery staple', { mode: 0o600 })
})
after(() => rm(folder, { recursive: true }))

/** The command line on the machine of a server. */
const atelier = async (server: RunningServer, ...args: string[]) => {
  const main = new URL('../src/cli/main.ts', import.meta.url).pathname
  const env = { ...ownEnvironment(), ...server.settings }
  const { stdout } = await execute(process.execPath, [main, ...args], { env, timeout: 120_000 })
  return stdout
}

const json = async (server: RunningServer, ...args: string[]) =>
  JSON.parse(await atelier(server, ...args, '--output', 'json'))

const settled = (server: RunningServer, studioId: string, sessionId: string): Promise<StreamingSession> =>
  until('the session has settled', async () => {
    const { session } = await server.client().getStreamingSession({ studioId, sessionId })
    return session?.state?.endsWith('_IN_PROGRESS') ? undefined : session
  })

const assertState = async (server: RunningServer, sessionId: string, state: StreamingSessionState) => {
  const session = await settled(server, await server.studioId(), sessionId)
  assert.equal(session.state, state, session.statusMessage ?? 'no message')
}

/** A session that is stopped, owned by a user of that name. */
const stoppedSession = async (server: RunningServer, userName: string): Promise<string> => {
  const studioId = await server.studioId()
  const { launchProfiles = [] } = await server.client().listLaunchProfiles({ studioId })
  const { users } = await server.client().listUsers({ userName })
  const { session } = await server.client().createStreamingSession({
    studioId,
    launchProfileId: launchProfiles[0]?.launchProfileId ?? '',
    ownedBy: users[0]?.principalId ?? assert.fail(`there is no ${userName}`),
  })
  const sessionId = session?.sessionId ?? assert.fail('no session')
  await assertState(server, sessionId, 'READY')
  return sessionId
}

const stop = async (server: RunningServer, sessionId: string) => {
  await server.client().stopStreamingSession({ studioId: await server.studioId(), sessionId })
  await assertState(server, sessionId, 'STOPPED')
}

/** The artist's home on the newest volume of a session. */
const homeOf = async ({ home }: RunningServer, sessionId: string): Promise<string> => {
  const pools = (await readdir('/run')).filter(name => /^atelier-[0-9a-f]{12}$/.test(name))
  const places = [join(home, 'local/volumes'), ...pools.map(name => join('/run', name, 'pool/volumes'))]
  for (const place of places) {
    const names = await readdir(place).catch(() => [])
    const newest = names
      .filter(name => name.startsWith(`${sessionId}-`))
      .sort()
      .at(-1)
    if (newest) return join(place, newest, 'tree/home')
  }
  return assert.fail('the session has no volume')
}

/** From the first machine to the second, over that repository. */
const carryOver = async (repository: string, more: Record<string, string> = {}) => {
  const env = {
    ATELIER_BACKUP_REPOSITORY: repository,
    ATELIER_BACKUP_PASSWORD_FILE: join(folder, 'password'),
    ATELIER_CPU_OVERCOMMIT: '100',
    ...more,
  }
  const servers: RunningServer[] = []
  const start = async () => {
    const server = await startServer({ driver: 'local', env })
    servers.push(server)
    return server
  }
  try {
    const lost = await start()
    await atelier(lost, 'backup', 'init')
    await atelier(lost, 'user', 'create', 'zoe')
    const sessionId = await stoppedSession(lost, 'zoe')
    const work = join(await homeOf(lost, sessionId), 'scene.txt')
    await writeFile(work, 'of a year')
    const { uid } = await stat(join(work, '..'))
    await chown(work, uid, uid)
    await stop(lost, sessionId)
    const studio = { studioId: await lost.studioId() }
    const look = async () => {
      const [found] = (await lost.client().listBackupCopies(studio)).backupCopies
      assert.notEqual(found?.state, 'FAILED', found?.statusMessage ?? 'no message')
      return found?.state === 'COPIED' && found.backupId
    }
    const backupId = await until('the backup is copied', look, copyLimitMs)
    const [shown] = await json(lost, 'backup', 'list')
    assert.deepEqual([shown.backupId, shown.state], [backupId, 'COPIED'])
    await lost.removeEverything()

    const found = await start()
    assert.match(await atelier(found, 'backup', 'check', '--read-data-subset', '100%'), /whole/)
    const [listed] = await json(found, 'backup', 'list', '--repository')
    assert.deepEqual([listed.backupId, listed.owner, listed.sessionId], [backupId, 'zoe', sessionId])
    // The one user of this server is another.
    await assert.rejects(atelier(found, 'backup', 'restore', backupId), /There is no user "zoe"/)
    await atelier(found, 'user', 'create', 'zoe')
    const restored = await json(found, 'backup', 'restore', backupId)
    assert.equal(restored.state, 'READY')

    const next = await stoppedSession(found, 'zoe')
    await stop(found, next)
    const studioId = await found.studioId()
    await found.client().startStreamingSession({ studioId, sessionId: next, backupId: restored.backupId })
    await assertState(found, next, 'READY')
    assert.equal(await readFile(join(await homeOf(found, next), 'scene.txt'), 'utf8'), 'of a year')
    const own = await homeOf(found, next)
    assert.equal((await stat(join(own, 'scene.txt'))).uid, (await stat(own)).uid)
  } finally {
    for (const server of servers) await server.removeEverything()
  }
}

describe('another machine goes on from the copies of a lost one', { skip }, () => {
  // Each takes half a minute of restic's own work, and a folder is the easier one.
  it('in a folder', { skip: noSshServer ? false : 'the next test does the same over ssh' }, () =>
    carryOver(join(folder, 'repository')),
  )

  it('on a host that ssh reaches', { skip: noSshServer ?? false }, async () => {
    const server: SshServer = await startSshServer()
    try {
      const place = `sftp://${server.user}@127.0.0.1:${server.port}/${join(folder, 'remote')}`
      await carryOver(place, { ATELIER_BACKUP_SSH_CONFIG: server.config })
    } finally {
      await server.close()
    }
  })
})
