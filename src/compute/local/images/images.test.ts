import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, statfs, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createShelf } from '../../shelf.ts'
import { createHost, type Host, isRoot } from '../host.ts'
import { findImage } from '../image.ts'
import { type Image, type Images, openImages } from './images.ts'
import { makeSmallSystem } from './small-system.ts'

const execute = promisify(execFile)
/** A pool that stays as it is. */
const small = { poolSizeGiB: 3, poolShare: 0.01 }
const options = { ...small, report: () => {}, signal: new AbortController().signal }

describe('an image', () => {
  let host: Host
  let images: Images
  let kept: string
  let folder: string
  let system: string
  before(async () => {
    host = await createHost(small)
    kept = join(host.volumes, '../images')
    images = await openImages({ root: host.root, ...options })
    folder = await mkdtemp(join(tmpdir(), 'atelier-'))
    system = join(folder, 'system')
    await makeSmallSystem(system)
  })
  after(async () => {
    await images.close()
    await host.close()
    await rm(folder, { recursive: true })
  })

  /** Named as its ending says that it is packed. */
  const pack = async (name: string, root: string, ...flags: string[]) => {
    await execute('tar', [...flags, '-C', root, '-caf', join(folder, name), '.'])
    return join(folder, name)
  }

  /** The system, with what `change` makes of it. */
  const variant = async (name: string, change: (root: string) => Promise<unknown>) => {
    const root = join(folder, name)
    await execute('cp', ['-al', system, root])
    await change(root)
    return root
  }

  /** What a program says in a workstation that the server, which was told nothing, starts from the image. */
  const said = async ({ id: image }: Image, script: string) => {
    await host.driver.ensureVolume('a', { image, sizeGiB: 1 })
    await host.driver.ensureMachine('a', { image, volume: 'a', vcpus: 1, memoryMiB: 512, clipboard: true })
    try {
      return await host.inside('a', script)
    } finally {
      await host.driver.removeMachine('a')
      await host.driver.removeVolume('a')
    }
  }

  const refuses = async (archive: string, message: RegExp, code = 'AMI_VALIDATION_ERROR') => {
    const before = await readdir(kept)
    await assert.rejects(images.import(archive, 'Refused'), { code, message })
    assert.deepEqual(await readdir(kept), before, 'nothing of it stays')
  }

  it('that was imported is what workstations start from, and all they see', async () => {
    const image = await images.import(await pack('system.tar', system), 'Small')
    assert.match(image.id, /^ami-[0-9a-f]{17}$/)
    assert.equal(image.system, 'Small System 1')
    assert.deepEqual(await images.list(), [image])
    assert.equal(
      await said(image, 'id -un; cat /opt/studio/notes; echo $(ls /)'),
      'artist\nfrom the image\nbin dev etc home lib lib64 opt proc run tmp usr var',
    )
    const another = await images.import(join(folder, 'system.tar'), 'Another name')
    assert.deepEqual(another, image, 'the same archive is the same image')
  })

  it('cannot be written by those who work in it', async () => {
    const [image] = await images.list()
    assert.ok(image)
    const script = 'for d in / /opt /opt/studio /usr/bin /etc /etc/atelier /var; do : 2>&1 >$d/x; done; : >~/x && ls ~'
    const answers = (await said(image, script)).split('\n')
    assert.equal(answers.pop(), 'x')
    assert.equal(answers.length, 7)
    for (const answer of answers) assert.match(answer, /Read-only file system|Permission denied/)
  })

  it('is removed only when no workstation starts from it any more', async () => {
    const [{ id = '' } = {}] = await images.list()
    await host.driver.ensureVolume('user', { image: id, sizeGiB: 1 })
    assert.deepEqual(await images.users(id), ['user'])
    await assert.rejects(images.remove(id), { message: /in use by 1 workstations, as by the volume user/ })
    await host.driver.removeVolume('user')
    await images.remove(id)
    assert.deepEqual([await images.list(), await readdir(kept)], [[], []])
    const machine = { image: id, sizeGiB: 1 }
    await assert.rejects(host.driver.ensureVolume('user', machine), {
      code: 'AMI_VALIDATION_ERROR',
      message: /no image/,
    })
  })

  for (const id of ['ami-0123456789abcdef0', 'ami-none', '../volumes', 'ami-host', ''])
    it(`of the id ${JSON.stringify(id)} is none that can be removed`, async () => {
      await assert.rejects(images.remove(id), { message: /there is no image/ })
    })

  it('that lacks what a workstation needs is refused, by the names of what is missing', async () => {
    const poor = await variant('poor', async root => {
      for (const name of ['icewm', 'xkbcomp']) await rm(join(root, 'usr/bin', name))
    })
    await symlink('/usr/bin/../../../../../usr/bin/env', join(poor, 'usr/bin/icewm'))
    await refuses(await pack('poor.tar', poor), /apt-get install --no-install-recommends x11-xkb-utils icewm$/)
    const foreign = await variant('foreign', async root => {
      await rm(join(root, 'usr/bin/sh'))
      await writeFile(join(root, 'usr/bin/sh'), 'MZ', { mode: 0o755 })
    })
    await refuses(await pack('foreign.tar', foreign), /no program of the image runs here/)
    const broken = await variant('broken', root => rm(join(root, 'usr/share/X11/xkb'), { recursive: true }))
    await refuses(await pack('broken.tar', broken), /no desktop starts from the image: /)
  })

  it('that was made for another X server says what it lacks', async () => {
    const shelf = join(folder, 'shelf')
    await mkdir(join(shelf, 'ami-0123456789abcdef0/tree/usr/bin'), { recursive: true })
    await assert.rejects(findImage(createShelf(shelf, rm), 'ami-0123456789abcdef0'), {
      code: 'AMI_VALIDATION_ERROR',
      message: /xserver-xorg-core, xserver-xorg-video-dummy, tigervnc-xorg-extension$/,
    })
  })

  it('is made by one at a time', async () => {
    const archive = join(folder, 'system.tar')
    const others = await openImages({ root: host.root, ...options })
    const [first, second] = await Promise.allSettled([images.import(archive, 'A'), others.import(archive, 'B')])
    assert.equal([first, second].filter(({ status }) => status === 'fulfilled').length, 1)
    const refused = [first, second].find(result => result.status === 'rejected')
    assert.match(String(refused?.reason), /another atelier image command/)
    await others.close()
    for (const { id } of await images.list()) await images.remove(id)
  })

  it('that was not finished leaves nothing, whether its making was given up or killed', async () => {
    const archive = join(folder, 'system.tar')
    const giveUp = new AbortController()
    const report = () => setTimeout(() => giveUp.abort(new Error('given up')), 300)
    const impatient = await openImages({ root: host.root, ...small, report, signal: giveUp.signal })
    await assert.rejects(impatient.import(archive, 'Given up'), /given up/)
    await impatient.close()
    assert.deepEqual(await readdir(kept), [])

    const program = `
      const { openImages } = await import(${JSON.stringify(join(import.meta.dirname, 'images.ts'))})
      const signal = new AbortController().signal
      const images = await openImages({ root: ${JSON.stringify(host.root)}, signal, report: console.log })
      await images.import(${JSON.stringify(archive)}, 'Killed')`
    for (const stage of ['unpacking', 'starting']) {
      const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
      for await (const text of child.stdout.setEncoding('utf8')) if (text.includes(stage)) break
      await pause(200)
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      assert.deepEqual(await images.list(), [])
    }
    const { id } = await images.import(archive, 'After all')
    assert.deepEqual(await readdir(kept), [id])
  })
  it('that would fill the disk is given up before it does', {
    skip: isRoot ? false : 'without a pool of its own, this would have to fill the real disk',
  }, async () => {
    const bomb = await variant('bomb', root =>
      execute('sh', ['-c', 'yes | head -c 600M >"$1"', 'sh', join(root, 'big')]),
    )
    const archive = await pack('bomb.tar.zst', bomb)
    const { bavail, bsize } = await statfs(kept)
    const taken = join(kept, 'taken')
    await execute('fallocate', ['-l', String(bavail * bsize - 1200 * 2 ** 20), taken])
    await refuses(archive, /an image needs 1024 MiB of disk; free for workstations are/, 'INSUFFICIENT_CAPACITY')
    await rm(taken)
  })
})
