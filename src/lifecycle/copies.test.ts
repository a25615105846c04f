/** Copies of backups in a repository, made with restic itself. */
import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { createTestStudio, day, hour, limits, minute, settle, silent, type TestStudio } from '../../test/studio.ts'
import { readLocation } from '../compute/repository/location.ts'
import { createRepository, type Repository } from '../compute/repository/repository.ts'
import { hasRestic } from '../compute/repository/restic.ts'
import { type BackupCopyRow, changeCopies } from '../store/backup-copies.ts'
import { backupNoun } from './backup-steps.ts'
import { createCopies } from './copies.ts'
import type { Rounds } from './rounds.ts'
import { sessionNoun } from './session-steps.ts'
import { ask } from './transition.ts'

let folder: string
let place: string
let repository: Repository
let studio: TestStudio
let copies: Rounds

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-copies-'))
  await writeFile(join(folder, 'password'), 'correct horse', { mode: 0o600 })
})
after(() => rm(folder, { recursive: true }))

let count = 0
const open = (): Repository => {
  const location = readLocation(place) ?? assert.fail()
  return createRepository({ location, passwordFile: join(folder, 'password'), cacheFolder: join(folder, 'cache') })
}

beforeEach(async () => {
  place = join(folder, `repository-${count++}`)
  repository = open()
  await repository.init()
  studio = await createTestStudio()
  const { db, driver, clock } = studio
  copies = createCopies({ db, driver, repository, now: clock.now, log: silent, everyMs: 2 ** 30 })
})
afterEach(async () => {
  await repository.close()
  await copies.close()
  await studio.close()
})

/** A session that was stopped, which has made a backup. */
const stopped = async (): Promise<string> => {
  const { id } = await studio.session()
  await settle(studio)
  await turn(id, 'stop')
  return id
}

const turn = async (id: string, verb: 'start' | 'stop' | 'delete') => {
  studio.clock.pass(minute)
  const moment = { now: studio.clock.now(), by: 'theAccount', limits }
  assert.ok(await ask(studio.db, sessionNoun, await studio.row(id), verb, moment))
  await settle(studio)
}

const rows = (): Promise<BackupCopyRow[]> =>
  studio.db.selectFrom('backupCopy').selectAll().orderBy('backupId').execute()

const theRow = async (): Promise<BackupCopyRow> => {
  const [row, ...others] = await rows()
  assert.ok(row && others.length === 0)
  return row
}

describe('a backup', { skip: hasRestic() ? false : 'restic is not installed' }, () => {
  it('that is READY is copied once, with what it is of', async () => {
    const id = await stopped()
    for (const _ of [1, 2]) await copies.once()
    const row = await theRow()
    assert.equal(row.copiedAt, studio.clock.now())
    const session = await studio.row(id)
    const snapshots = await repository.list()
    const [snapshot] = snapshots
    assert.equal(snapshots.length, 1)
    assert.ok(snapshot)
    assert.ok(snapshot.id.startsWith(row.snapshotId ?? 'x'))
    assert.deepEqual(snapshot.tags, {
      backup: row.backupId,
      session: id,
      owner: 'theAccount',
      'owner-name': 'account',
      studio: studio.studioId,
      'studio-name': 'test',
      profile: session.launchProfileId,
      'profile-name': 'p',
      image: 'ami-host',
      'size-gib': String(session.volumeSizeGiB),
    })
  })

  it('that is no more is forgotten there, and its space comes back within a day', async () => {
    const id = await stopped()
    await copies.once()
    await turn(id, 'delete')
    studio.clock.pass(7 * day)
    await settle(studio)
    await copies.once()
    assert.deepEqual(await repository.list(), [])
    assert.equal((await theRow()).forgottenAt, studio.clock.now())
    studio.clock.pass(day)
    await copies.once()
    assert.deepEqual(await rows(), [])
  })

  it('is copied when the repository is back, and harmed by nothing meanwhile', async () => {
    await rename(place, `${place}.away`)
    const id = await stopped()
    await copies.once()
    assert.match((await theRow()).failure ?? '', /there is no repository at .*: if its disk is there/)
    await turn(id, 'start')
    assert.equal((await studio.row(id)).state, 'READY')
    studio.clock.pass(4 * hour)
    await settle(studio)
    await copies.once()
    assert.equal((await rows()).length, 2)
    await rename(`${place}.away`, place)
    studio.clock.pass(minute)
    await copies.once()
    for (const row of await rows()) assert.deepEqual([row.failure, row.copiedAt], [null, studio.clock.now()])
    assert.equal((await repository.list()).length, 2)
  })

  it('whose copy a crash has cut off from its note is copied again, and both are forgotten with it', async () => {
    const id = await stopped()
    await copies.once()
    const { backupId } = await theRow()
    // The deed without the note that it is done.
    await changeCopies(studio.db, [backupId], { copiedAt: null, snapshotId: null, repositoryId: null })
    await copies.once()
    assert.equal((await repository.list()).length, 2)
    await turn(id, 'delete')
    studio.clock.pass(7 * day)
    await settle(studio)
    await copies.once()
    assert.deepEqual(await repository.list(), [])
  })

  it('is copied again to another repository', async () => {
    await stopped()
    await copies.once()
    await rename(place, `${place}.old`)
    await repository.init()
    await stopped()
    await copies.once()
    await copies.once()
    assert.equal((await repository.list()).length, 2)
  })

  it('that is removed while it is copied leaves nothing in the repository', async () => {
    await stopped()
    const { db, driver, clock } = studio
    const removing: typeof driver = {
      ...driver,
      readBackup: (id, read) =>
        driver.readBackup(id, async from => {
          const found = await read(from)
          const [row] = await db.selectFrom('backup').selectAll().execute()
          assert.ok(row && (await ask(db, backupNoun, row, 'delete', { now: clock.now(), by: 'x', limits })))
          await settle(studio)
          return found
        }),
    }
    const other = createCopies({ db, driver: removing, repository, now: clock.now, log: silent, everyMs: 2 ** 30 })
    await other.once()
    assert.match((await theRow()).failure ?? '', /there is no backup/)
    clock.pass(minute)
    await other.once()
    await other.close()
    assert.deepEqual(await repository.list(), [])
  })
})
