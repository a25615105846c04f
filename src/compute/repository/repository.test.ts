/** What Atelier asks of a repository, with restic itself: in a folder, and on a host that ssh reaches. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, glob, mkdir, mkdtemp, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { noSshServer, type SshServer, startSshServer } from '../../../test/sshd.ts'
import { readLocation } from './location.ts'
import { createRepository, type Repository } from './repository.ts'
import { hasRestic } from './restic.ts'

const skip = hasRestic() ? false : 'restic is not installed'

let folder: string
let sshServer: SshServer | undefined
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-repository-'))
  await writeFile(join(folder, 'password'), 'correct horse', { mode: 0o600 })
  if (!skip && !noSshServer) sshServer = await startSshServer()
})
after(async () => {
  await sshServer?.close()
  await rm(folder, { recursive: true })
})

const open = (text: string, passwordFile = join(folder, 'password')): Repository => {
  const location = readLocation(text) ?? assert.fail(`${text} is no location`)
  return createRepository({ location, passwordFile, sshConfig: sshServer?.config, cacheFolder: join(folder, 'cache') })
}

const tree = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name)
  await mkdir(join(path, 'home'), { recursive: true })
  await writeFile(join(path, 'home', 'work'), text)
  return path
}

const tags = { backup: 'b', 'owner-name': 'Zoë, of “Nimble”' }
const time = new Date('2026-11-24T08:00:00Z')

const places = {
  'in a folder': { skip, at: (name: string) => join(folder, name) },
  'on a host that ssh reaches': {
    skip: skip || (noSshServer ?? false),
    at: (name: string) => `sftp://${sshServer?.user}@127.0.0.1:${sshServer?.port}/${join(folder, `remote-${name}`)}`,
  },
}

for (const [place, { skip, at }] of Object.entries(places))
  describe(`a repository ${place}`, { skip }, () => {
    it('keeps copies, tells what they are of, and gives them back', async () => {
      const repository = open(at('one'))
      await repository.init()
      assert.match(await repository.identify(), /^[0-9a-f]{64}$/)
      const first = await repository.save(await tree('first', 'before'), { tags, time })
      assert.ok(first.bytes >= 6 && first.addedBytes > 0)
      const second = await repository.save(await tree('second', 'after'), {
        ...{ tags: { ...tags, backup: 'c' }, time: new Date(time.getTime() + 1000), parent: first.snapshotId },
      })
      const [one, two] = await repository.list()
      assert.ok(one && two)
      assert.deepEqual([one.tags, one.time], [tags, time])
      assert.ok(one.id.startsWith(first.snapshotId) && two.id.startsWith(second.snapshotId))

      const restored = join(folder, `restored-${place.length}`)
      await mkdir(restored)
      await repository.restore(one.id, restored)
      assert.equal(await readFile(join(restored, 'home/work'), 'utf8'), 'before')

      await repository.check('100%')
      for (const _ of [1, 2]) await repository.forget([one.id])
      await repository.prune()
      assert.deepEqual(
        (await repository.list()).map(({ id }) => id),
        [two.id],
      )
      await repository.close()
    })

    it('that is not there says so, and is not made by itself', async () => {
      const repository = open(at('none'))
      const asked = [
        () => repository.identify(),
        () => repository.list(),
        async () => repository.save(await tree('first', 'x'), { tags, time }),
      ]
      for (const ask of asked)
        await assert.rejects(ask, { name: 'RepositoryError', message: /there is no repository at .*backup init/ })
      await repository.close()
    })
  })

describe('a repository', { skip }, () => {
  it('is not opened with another password, whose text is not told', async () => {
    await open(join(folder, 'locked')).init()
    const wrong = join(folder, 'wrong')
    await writeFile(wrong, 'battery staple', { mode: 0o600 })
    await assert.rejects(open(join(folder, 'locked'), wrong).identify(), (error: Error) => {
      assert.match(error.message, /wrong password/)
      assert.ok(!error.message.includes('battery'))
      return true
    })
  })

  it('takes no password from a file that others can open, that is empty or that is not there', async () => {
    const shared = join(folder, 'shared')
    await writeFile(shared, 'x')
    await chmod(shared, 0o644)
    await assert.rejects(open(join(folder, 'locked'), shared).identify(), /chmod go= /)
    const empty = join(folder, 'empty')
    await writeFile(empty, '\n', { mode: 0o600 })
    await assert.rejects(open(join(folder, 'locked'), empty).identify(), /is empty/)
    await assert.rejects(open(join(folder, 'locked'), join(folder, 'absent')).identify(), /cannot be read: ENOENT/)
  })

  it('that has lost data is found out', async () => {
    const repository = open(join(folder, 'damaged'))
    await repository.init()
    await repository.save(await tree('first', randomBytes(100_000).toString('hex')), { tags, time })
    // Of the data, not of the folders: restic waits for minutes until it believes that a folder is gone.
    for await (const file of glob(join(folder, 'damaged/data/*/*')))
      if ((await stat(file)).size > 50_000) await rm(file)
    await assert.rejects(repository.check(), { name: 'RepositoryError' })
  })

  it('copies a link as a link, wherever it points', async () => {
    const repository = open(join(folder, 'links'))
    await repository.init()
    const from = await tree('linked', 'x')
    await symlink('/etc/passwd', join(from, 'home/link'))
    const { bytes } = await repository.save(from, { tags, time })
    assert.equal(bytes, 1)
  })

  it('ends what it is doing when it is closed, and leaves no lock that keeps others out', async () => {
    const repository = open(join(folder, 'cut-off'))
    await repository.init()
    const from = await tree('large', '')
    await truncate(join(from, 'home/work'), 2 ** 33)
    const saving = assert.rejects(repository.save(from, { tags, time }), { name: 'RepositoryError' })
    await pause(1500)
    const began = performance.now()
    await repository.close()
    await saving
    assert.ok(performance.now() - began < 20_000)
    await truncate(join(from, 'home/work'), 10)
    const again = open(join(folder, 'cut-off'))
    await again.save(from, { tags, time })
    await again.prune()
    await again.close()
  })

  it('ends a restore that is wanted no more, and one that is not begins none', async () => {
    const repository = open(join(folder, 'unwanted'))
    await repository.init()
    const { snapshotId } = await repository.save(await tree('wanted', 'x'), { tags, time })
    const into = await mkdtemp(join(folder, 'unwanted-'))
    const unwanted = { name: 'RepositoryError', message: 'what restic did is wanted no more' }
    // Nobody can open a repository in so little time: a password takes restic longer.
    await assert.rejects(repository.restore(snapshotId, into, AbortSignal.timeout(50)), unwanted)
    await assert.rejects(repository.restore(snapshotId, into, AbortSignal.abort()), unwanted)
    await repository.restore(snapshotId, into, new AbortController().signal)
    assert.equal(await readFile(join(into, 'home/work'), 'utf8'), 'x')
  })

  for (const text of [
    'relative/path',
    'sftp:-oProxyCommand=x:/p',
    'sftp://a b/p',
    'sftp:host',
    's3:bucket',
    'sftp:h;x:/p',
    '/a\nb',
  ])
    it(`is not at ${JSON.stringify(text)}`, () => assert.equal(readLocation(text), undefined))
})
