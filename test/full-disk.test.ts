/**
 * The disk under the data runs full, or fails to write. What was answered is kept, what cannot be kept is refused with a reason,
 * desktops go on, and so does everything else when there is room again.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { whereabouts } from '../src/compute/local/place.ts'
import { ApiError } from '../src/contract/errors.ts'
import { createDisk, type Disk } from './disk.ts'
import { type RunningServer, startServer } from './server.ts'
import { slowdown } from './slowdown.ts'
import { until } from './until.ts'

const execute = promisify(execFile)

const skip = process.getuid?.() === 0 ? false : 'only root mounts a disk for it'

/** From room on the disk to everything as it was, on a machine that keeps up with its work. */
const recoveryMs = () => 10_000 * slowdown()

/** Ids of what the server has said to have made. */
type Made = string[]

/** Asks for components until one is refused, or so many have been made; the refusal. */
const createUntilRefused = async (server: RunningServer, studioId: string, made: Made, most = 400) => {
  const script = 'x'.repeat(5000)
  for (let count = 0; count < most; count++)
    try {
      const { studioComponent } = await server.client().createStudioComponent({
        studioId,
        name: `component ${made.length}`,
        type: 'CUSTOM',
        initializationScripts: [
          { script, platform: 'LINUX', runContext: 'USER_INITIALIZATION', launchProfileProtocolVersion: '2021-03-31' },
        ],
      })
      made.push(studioComponent?.studioComponentId ?? assert.fail('no id'))
    } catch (error) {
      return error instanceof ApiError ? error : assert.fail(String(error))
    }
  return undefined
}

const assertAllThere = async (server: RunningServer, studioId: string, made: Made) => {
  for (const studioComponentId of made) {
    const { studioComponent } = await server.client().getStudioComponent({ studioId, studioComponentId })
    assert.equal(studioComponent?.studioComponentId, studioComponentId)
  }
}

const assertWhole = (home: string) => {
  const database = new DatabaseSync(join(home, 'atelier.db'), { readOnly: true })
  try {
    assert.deepEqual({ ...database.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' })
  } finally {
    database.close()
  }
}

const session = async (server: RunningServer, studioId: string, sessionId: string, state: string, limitMs?: number) =>
  until(
    `the session is ${state}`,
    async () => (await server.client().getStreamingSession({ studioId, sessionId })).session?.state === state,
    limitMs,
  )

const launch = async (server: RunningServer, studioId: string): Promise<string> => {
  const { launchProfiles = [] } = await server.client().listLaunchProfiles({ studioId })
  const asked = { studioId, launchProfileId: launchProfiles[0]?.launchProfileId ?? '' }
  const created = await server.client().createStreamingSession({ ...asked, ec2InstanceType: 'local.small' as never })
  return created.session?.sessionId ?? assert.fail('no session')
}

/** Room on the disk is needed to delete what there is, and the disk cannot go before that. */
const cleanUp = (t: TestContext, disk: Disk, server: RunningServer) =>
  t.after(async () => {
    await disk.giveBack()
    await server.removeEverything()
    await disk.remove()
  })

it('on a full disk desktops and reads go on, and all else within ten seconds of room', { skip }, async t => {
  const disk = await createDisk(2048)
  const server = await startServer({ driver: 'local', home: join(disk.folder, 'home') })
  cleanUp(t, disk, server)
  const studioId = await server.studioId()
  const running = await launch(server, studioId)
  await session(server, studioId, running, 'READY')
  const place = whereabouts(join(realpathSync(server.home), 'local'), true)
  const work = join(place.folder, 'pool/volumes', `${running}-0`, 'tree/home/work')
  const made: Made = []

  await disk.fill()
  const refused = (await createUntilRefused(server, studioId, made)) ?? assert.fail('nothing was refused')
  assert.equal(refused.name, 'InternalServerErrorException')
  assert.equal(refused.context.reason, 'DISK_FULL')
  assert.equal(refused.context.retryAfterSeconds, '5')
  await assertAllThere(server, studioId, made)
  await session(server, studioId, running, 'READY')
  writeFileSync(work, 'x'.repeat(20_000_000), { flush: true })
  // Longer than the log holds back, and than the sweep and the reconciler take to look.
  for (const end = Date.now() + 5000; Date.now() < end; ) await server.client().listStreamingSessions({ studioId })

  await disk.giveBack()
  const began = Date.now()
  await until('a change is taken', async () => !(await createUntilRefused(server, studioId, made, 1)), recoveryMs())
  const another = await launch(server, studioId)
  await session(server, studioId, another, 'READY', recoveryMs() - (Date.now() - began))
  assert.equal(readFileSync(work).length, 20_000_000)
  await server.kill9()
  await server.restart()
  await assertAllThere(server, studioId, made)
  await session(server, studioId, running, 'READY')
  assertWhole(server.home)
})

it('work in progress waits for room on the disk, and is finished with it', { skip }, async t => {
  const disk = await createDisk(256)
  const server = await startServer({ driver: 'simulated', home: join(disk.folder, 'home') })
  cleanUp(t, disk, server)
  const studioId = await server.studioId()
  const ids: string[] = []
  // Some are caught by the full disk before they are asked for, some while they are worked on, some after.
  const launching = (async () => {
    for (let count = 0; count < 60; count++) ids.push(await launch(server, studioId).catch(() => ''))
  })()
  await until('some are made', () => ids.length > 5)
  await disk.fill()
  await launching
  await createUntilRefused(server, studioId, [])
  await disk.giveBack()
  const began = Date.now()
  const asked = ids.filter(id => id !== '')
  assert.ok(asked.length > 5)
  for (const id of asked) await session(server, studioId, id, 'READY', recoveryMs() - (Date.now() - began))
})

/** Of what the server's files may grow to, bytes: past it, every write fails, as on a disk with faults. */
const limitFiles = (server: RunningServer, bytes: number | 'unlimited') =>
  execute('prlimit', ['--pid', String(server.pid()), `--fsize=${bytes}:`])

it('when writing fails, what was answered is kept, and the rest refused', async t => {
  const server = await startServer({ driver: 'simulated' })
  t.after(server.removeEverything)
  const studioId = await server.studioId()
  const made: Made = []
  assert.equal(await createUntilRefused(server, studioId, made, 20), undefined)
  await limitFiles(server, statSync(join(server.home, 'atelier.db-wal')).size + 100_000)
  for (const _ of [1, 2, 3]) {
    const refused = (await createUntilRefused(server, studioId, made)) ?? assert.fail('nothing was refused')
    assert.equal(refused.name, 'InternalServerErrorException')
    assert.equal(refused.context.reason, 'DATABASE_UNAVAILABLE')
  }
  await assertAllThere(server, studioId, made)
  await limitFiles(server, 'unlimited')
  assert.equal(await createUntilRefused(server, studioId, made, 1), undefined)
  await limitFiles(server, 1000)
  await createUntilRefused(server, studioId, made)
  await server.kill9()
  await server.restart()
  await assertAllThere(server, studioId, made)
  assert.equal(await createUntilRefused(server, studioId, made, 1), undefined)
  assertWhole(server.home)
})
