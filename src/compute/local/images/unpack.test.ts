import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { isRoot } from '../host.ts'
import { createDirectoryStorage } from '../storage-directories.ts'
import { testWithoutRoot } from '../without-root.ts'
import { writeDockerArchive, writeOciArchive } from './archives.ts'
import { arrange, unpack } from './unpack.ts'

const execute = promisify(execFile)
const { signal } = new AbortController()

/** A folder with a tree to pack, a folder outside of it that must stay empty, and a box to unpack into. */
const createBench = async (t: TestContext) => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-'))
  t.after(() => rm(folder, { recursive: true }))
  // The user of images must be able to pass, as where a driver keeps them.
  await chmod(folder, 0o711)
  for (const name of ['tree', 'outside', 'box']) await mkdir(join(folder, name), { mode: 0o711 })
  const [tree, box, outside] = [join(folder, 'tree'), join(folder, 'box'), join(folder, 'outside')]
  await mkdir(join(tree, 'usr'))
  const workshop = { box, storage: createDirectoryStorage(box, 'a test'), signal, report: () => {} }
  return {
    folder,
    tree,
    outside,
    /** Named as its ending says that it is packed. */
    async pack(name: string, root = tree, ...flags: string[]) {
      await execute('tar', ['-C', root, ...flags, '-caf', join(folder, name), '.'])
      return join(folder, name)
    },
    /** The tree that the archive becomes. */
    async unpack(archive: string) {
      const kind = await unpack(archive, workshop)
      await arrange(join(box, 'tree'), signal)
      return { kind, tree: join(box, 'tree') }
    },
    async refuses(archive: string, message: RegExp) {
      const work = unpack(archive, workshop).then(() => arrange(join(box, 'tree'), signal))
      await assert.rejects(work, { code: 'AMI_VALIDATION_ERROR', message })
      assert.deepEqual(await readdir(outside), [])
    },
  }
}

describe('an archive', () => {
  for (const name of ['a.tar', 'a.tar.gz', 'a.tar.xz', 'a.tar.zst'])
    it(`may be a ${name.slice(1)}`, async t => {
      const bench = await createBench(t)
      await writeFile(join(bench.tree, 'usr/notes'), 'kept', { mode: 0o600 })
      const { kind, tree } = await bench.unpack(await bench.pack(name))
      assert.equal(kind, 'tar')
      assert.equal(await readFile(join(tree, 'usr/notes'), 'utf8'), 'kept')
      assert.deepEqual(
        await readdir(join(tree, 'var')),
        ['cache', 'local', 'tmp'],
        'what a sandbox lays over it has a place',
      )
    })

  it('may be a squashfs', async t => {
    const bench = await createBench(t)
    await writeFile(join(bench.tree, 'usr/notes'), 'kept')
    if (isRoot) {
      await mkdir(join(bench.tree, 'dev'))
      await execute('mknod', [join(bench.tree, 'dev/disk'), 'b', '8', '0'])
    }
    const archive = join(bench.folder, 'a.squashfs')
    await execute('mksquashfs', [bench.tree, archive, '-quiet', '-no-progress'])
    const { kind, tree } = await bench.unpack(archive)
    assert.equal(kind, 'squashfs')
    assert.equal(await readFile(join(tree, 'usr/notes'), 'utf8'), 'kept')
  })

  for (const [what, write] of Object.entries({ 'OCI archive': writeOciArchive, 'docker save': writeDockerArchive }))
    it(`may be layers of an ${what}, of which the upper ones hide what is below`, async t => {
      const bench = await createBench(t)
      for (const name of ['below', 'gone', 'changed']) await writeFile(join(bench.tree, 'usr', name), 'below')
      const below = await bench.pack('below.tar')
      const above = join(bench.folder, 'above')
      await mkdir(join(above, 'usr'), { recursive: true })
      for (const name of ['.wh.gone', 'changed']) await writeFile(join(above, 'usr', name), 'above')
      const archive = join(bench.folder, 'a.tar')
      await write(archive, [below, await bench.pack('above.tar', above)])
      const { kind, tree } = await bench.unpack(archive)
      assert.equal(kind, 'layers')
      assert.deepEqual(await readdir(join(tree, 'usr')), ['below', 'changed'])
      assert.equal(await readFile(join(tree, 'usr/changed'), 'utf8'), 'above')
    })

  it('is refused when a layer is not what its digest says', async t => {
    const bench = await createBench(t)
    await writeOciArchive(join(bench.folder, 'a.tar'), [await bench.pack('layer.tar')], true)
    await bench.refuses(join(bench.folder, 'a.tar'), /cannot be unpacked: .*digest/)
  })

  it('is refused when it names layers outside of it', async t => {
    const bench = await createBench(t)
    const secret = join(bench.folder, 'secret')
    await writeFile(secret, 'of the host')
    const docker = join(bench.folder, 'docker')
    await mkdir(docker)
    await writeFile(join(docker, 'config.json'), '{}')
    await symlink(secret, join(docker, 'link.tar'))
    for (const layer of ['../secret', secret, 'link.tar']) {
      await writeFile(join(docker, 'manifest.json'), JSON.stringify([{ Config: 'config.json', Layers: [layer] }]))
      await bench.refuses(await bench.pack('docker.tar', docker), /lacks .*, which it names/)
      await rm(join(bench.folder, 'box'), { recursive: true })
      await mkdir(join(bench.folder, 'box'), { mode: 0o711 })
    }
  })

  it('that is none is refused', async t => {
    const bench = await createBench(t)
    await writeFile(join(bench.folder, 'a.tar'), 'This is no archive.')
    await bench.refuses(join(bench.folder, 'a.tar'), /cannot be unpacked/)
  })

  it('is refused when its files would lie outside of it', async t => {
    const bench = await createBench(t)
    await writeFile(join(bench.tree, 'file'), '')
    const archive = await bench.pack(
      'up.tar',
      bench.tree,
      '-P',
      '--transform',
      `s,^\\./file,../../../../..${bench.outside}/x,`,
    )
    await bench.refuses(archive, /\.\./)
  })

  it('is refused when it puts files behind a link', async t => {
    const bench = await createBench(t)
    await writeFile(join(bench.tree, 'file'), '')
    await symlink(bench.outside, join(bench.tree, 'a'))
    const archive = await bench.pack('link.tar', bench.tree, '--sort=name', '--transform', 's,^./file,a/x,')
    await bench.refuses(archive, /symlink/)
  })

  it('has its absolute names inside of it', async t => {
    const bench = await createBench(t)
    await writeFile(join(bench.tree, 'file'), 'inside')
    const archive = await bench.pack('a.tar', bench.tree, '-P', '--transform', `s,^\\./file,${bench.outside}/x,`)
    const { tree } = await bench.unpack(archive)
    assert.equal(await readFile(join(tree, bench.outside, 'x'), 'utf8'), 'inside')
    assert.deepEqual(await readdir(bench.outside), [])
  })

  for (const path of ['etc', 'etc/X11', 'var/tmp', 'etc/passwd', 'usr'])
    it(`is refused when /${path} leads elsewhere, which is laid over`, async t => {
      const bench = await createBench(t)
      await rm(join(bench.tree, 'usr'), { recursive: true })
      await mkdir(join(bench.tree, path, '..'), { recursive: true })
      await symlink(bench.outside, join(bench.tree, path))
      await bench.refuses(await bench.pack('a.tar'), new RegExp(`something else than a (folder|file) at /${path}$`))
    })

  it('gives nobody the rights of an owner, and brings nothing but files, folders and links', async t => {
    const bench = await createBench(t)
    await writeFile(join(bench.tree, 'usr/lent'), '')
    await chmod(join(bench.tree, 'usr/lent'), 0o6755)
    await mkdir(join(bench.tree, 'usr/closed'), { mode: 0o500 })
    await mkdir(join(bench.tree, 'dev'))
    await execute('mkfifo', [join(bench.tree, 'usr/pipe')])
    if (isRoot) await execute('mknod', [join(bench.tree, 'dev/disk'), 'b', '8', '0'])
    const { tree } = await bench.unpack(await bench.pack('a.tar'))
    assert.deepEqual(await readdir(join(tree, 'usr')), ['closed', 'lent'])
    assert.equal((await stat(join(tree, 'usr/lent'))).mode & 0o7777, 0o755)
    if (isRoot) assert.equal((await stat(join(tree, 'usr/lent'))).uid, 2_100_000_000)
  })

  it('is refused when it has devices elsewhere than in /dev', {
    skip: isRoot ? false : 'only root makes devices',
  }, async t => {
    const bench = await createBench(t)
    await execute('mknod', [join(bench.tree, 'usr/disk'), 'b', '8', '0'])
    await bench.refuses(await bench.pack('a.tar'), /usr\/disk/)
  })
})

testWithoutRoot(import.meta.filename)
