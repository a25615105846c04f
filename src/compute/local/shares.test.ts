import assert from 'node:assert/strict'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Script, Share } from '../driver.ts'
import { createHost, type Host, isRoot } from './host.ts'

const share = (name: string, mountPoint: string): Share => ({
  ...{ component: 'c', title: 'The shared file system “Projects”', names: [`fs1/${name}`, name], mountPoint },
})
const user = (text: string): Script => ({
  ...{ component: 'c', title: 'A script', runs: 'USER_INITIALIZATION', text, environment: {} },
})

/** A group that no distribution gives out, as an operator would make one for his studio. */
const group = 1_999_999_998

describe('shares', () => {
  let host: Host
  let folder: string
  const path = (...names: string[]) => join(folder, ...names)
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atelier-shares-'))
    await chmod(folder, 0o755)
    for (const name of ['projects', 'assets', 'closed']) await mkdir(path(name))
    await writeFile(path('assets', 'logo'), 'logo')
    if (isRoot) await chown(path('projects'), 0, group)
    await chmod(path('projects'), 0o2775)
    await chmod(path('closed'), isRoot ? 0o700 : 0)
    const offer = (name: string, readOnly = false) => ({ path: path(name), readOnly })
    host = await createHost({
      shares: new Map([
        ['projects', offer('projects')],
        ['fs1/assets', offer('assets', true)],
        ['closed', offer('closed')],
        ['gone', offer('gone')],
      ]),
      shareGroup: isRoot ? String(group) : undefined,
    })
  })
  afterEach(async () => {
    for (const id of (await host.driver.inventory()).machines) await host.driver.removeMachine(id)
    for (const id of (await host.driver.inventory()).volumes) await host.driver.removeVolume(id)
  })
  after(async () => {
    await host.close()
    await rm(folder, { recursive: true })
  })

  const start = async (id: string, shares: readonly Share[], ...scripts: readonly Script[]) => {
    await host.driver.ensureVolume(id, { image: 'ami-host', sizeGiB: 1 })
    const setup = { hostname: 'WS-1', environment: {}, shares, scripts, directory: undefined }
    const spec = { volume: id, image: 'ami-host', vcpus: 1, memoryMiB: 512, clipboard: true, setup }
    await host.driver.ensureMachine(id, spec)
  }

  it('are seen where the component says, and what one artist writes the other one changes', async () => {
    await start('a', [share('projects', '/projects')], user('mkdir /projects/shot && echo one >/projects/shot/file'))
    await start('b', [share('projects', '$HOME/p/q')], user('echo two >>~/p/q/shot/file; rm -rf ~/p/q/../../p/q/none'))
    assert.equal(await readFile(path('projects', 'shot', 'file'), 'utf8'), 'one\ntwo\n')
    if (isRoot) assert.equal((await stat(path('projects', 'shot', 'file'))).gid, group)
    await host.driver.removeMachine('b')
    await host.driver.removeVolume('b')
    assert.equal(
      await readFile(path('projects', 'shot', 'file'), 'utf8'),
      'one\ntwo\n',
      'a share is no part of a volume',
    )
  })

  it('that are read-only cannot be written to', async () => {
    await start(
      'a',
      [share('assets', '/mnt/assets')],
      user('cat /mnt/assets/logo >~/logo; touch /mnt/assets/x 2>>~/logo; true'),
    )
    assert.match(await host.read('a', 'logo'), /^logo.*Read-only file system/)
  })

  it('are in no machine that does not ask for them', { skip: !isRoot && 'needs groups' }, async () => {
    await start('a', [], user('id -G >~/groups; ls / >>~/groups'))
    assert.doesNotMatch(await host.read('a', 'groups'), /65534|projects/)
  })

  const refused: Record<string, [Share, RegExp]> = {
    'of another name': [share('secrets', '/projects'), /not one that this server offers/],
    'of a path': [{ ...share('', '/projects'), names: ['/etc', '../etc'] }, /not one that this server offers/],
    'of an inherited name': [
      { ...share('', '/projects'), names: ['constructor', '__proto__'] },
      /not one that this server/,
    ],
    'that is not there': [share('gone', '/projects'), /is not there/],
    'that its programs may not enter': [share('closed', '/projects'), /closed to workstations/],
  }
  for (const at of [
    '/',
    '/usr',
    '/etc/x',
    '/home',
    '/home/artist',
    '/run/desktop',
    '/projects/../etc',
    '/mnt/./x',
    '/a//b',
    '$HOME',
    'x',
    '/tmp/x',
    '$HOME/..',
    '/proc/1',
    '/home/artist/../../etc',
  ])
    refused[`at ${at}`] = [share('projects', at), /cannot be mounted/]
  for (const [what, [wanted, message]] of Object.entries(refused))
    it(`a share ${what} is refused, and the reason is told`, async () => {
      await assert.rejects(start('a', [wanted]), error => {
        const {
          code,
          statusMessage,
          message: logged,
        } = error as { code: string; statusMessage: string; message: string }
        assert.equal(code, 'NETWORK_CONNECTION_ERROR')
        assert.match(statusMessage, message)
        assert.match(statusMessage, /^The shared file system “Projects” /)
        assert.doesNotMatch(`${statusMessage}${logged}`, new RegExp(folder))
        assert.doesNotMatch(logged, /Projects/)
        return true
      })
      assert.equal(await host.driver.observe('a'), 'absent')
    })

  it('that would hide each other are refused', async () => {
    await assert.rejects(
      start('a', [share('projects', '/mnt/p'), share('assets', '/mnt/p/assets')]),
      /hide another share/,
    )
  })

  it('do not follow a link that an artist has put in their place', async () => {
    await start('a', [], user('ln -s /etc ~/p; ln -s / ~/q; mkdir ~/r; echo x >~/r/file'))
    await host.driver.removeMachine('a')
    for (const at of ['$HOME/p', '$HOME/q/usr', '$HOME/p/cron.d', '$HOME/r/file'])
      await assert.rejects(start('a', [share('projects', at)]), /a file or a link of that name/)
    await start('a', [share('projects', '$HOME/r')], user('touch ~/r/there'))
    assert.ok(await stat(path('projects', 'there')))
  })

  it('with links out of them lead into the workstation, not into the host', async () => {
    await symlink('/etc/shadow', path('projects', 'link'))
    await symlink(path('closed'), path('projects', 'folder'))
    await start(
      'a',
      [share('projects', '/projects')],
      user('cat /projects/link >~/out 2>&1; ls /projects/folder/ >>~/out 2>&1; true'),
    )
    assert.match(await host.read('a', 'out'), /^(.*No such file.*\n){2}$/)
  })
})
