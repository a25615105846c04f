import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { testDriver } from '../suite.ts'
import { connectDesktop } from './desktop-socket.ts'
import { createHost, type Host, isRoot } from './host.ts'
import { testWithoutRoot } from './without-root.ts'

testDriver(
  `local, ${isRoot ? 'as root with a btrfs pool' : 'without root'}`,
  () => createHost(),
  isRoot ? {} : { 'a backup of a running machine shows one moment': 'a plain folder is copied file by file' },
)

/** For whatever a busy machine takes its time with, ms. */
const patienceMs = 60_000

const spec = { image: 'ami-host', vcpus: 1, memoryMiB: 256, clipboard: true }

describe('a program in a workstation', () => {
  let host: Host
  before(async () => {
    host = await createHost()
    for (const id of ['mine', 'theirs']) {
      await host.driver.ensureVolume(id, { image: 'ami-host', sizeGiB: 1 })
      await host.driver.ensureMachine(id, { ...spec, volume: id })
    }
  })
  after(() => host.close())

  const says = async (script: string, expected: RegExp | string) => {
    const said = await host.inside('mine', script)
    if (typeof expected === 'string') assert.equal(said, expected, script)
    else assert.match(said, expected, script)
  }

  it('is an ordinary user in a home of its own', async () => {
    await says('id -un; echo $HOME; touch ~/file && ls ~', 'artist\n/home/artist\nfile')
    await says(
      'env | grep -cvE "^(HOME|USER|LOGNAME|SHELL|PATH|LANG|DISPLAY|XDG_|DBUS_|PULSE_|ALSA_|GTK|XENV|NO_AT|PWD|SHLVL|_)"',
      '0',
    )
  })

  it('sees nothing of the host but its programs', async () => {
    await says('ls /', /^bin\ndev\netc\nhome\n(lib\w*\n)+proc\nrun\n(sbin\n)?tmp\nusr\nvar$/)
    await says(
      'ls /home /var /run /dev/shm',
      '/dev/shm:\n\n/home:\nartist\n\n/run:\ndesktop\nuser\n\n/var:\ncache\ntmp',
    )
    for (const secret of [
      '/root',
      '/etc/shadow',
      '/etc/ssh',
      '/etc/ssl/private',
      '/sys',
      '/boot',
      host.root,
      host.place.folder,
    ])
      await says(`ls -d ${secret} 2>&1`, /No such file/)
    await says('ls /dev/loop* /dev/vd* /dev/sd* /dev/kvm /dev/fuse 2>/dev/null | wc -l', '0')
  })

  it('sees only its own processes and sockets', async () => {
    await says('echo /proc/[0-9]*', '/proc/1')
    await says('grep -c : /proc/net/unix', '0')
    assert.deepEqual(await host.driver.observe('theirs'), 'running')
  })

  it('has no network, not even that of the host itself', async t => {
    const server = createServer().listen(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    await says(`exec 3<>/dev/tcp/127.0.0.1/${port}`, /refused|unreachable/)
    await says('tail -n +3 /proc/net/dev | grep -cv lo:', '0')
  })

  it('cannot write where the host or another machine reads', async () => {
    await says(
      'for d in / /usr /usr/bin /etc /etc/atelier /etc/X11/icewm; do touch $d/x 2>&1; done | grep -vc Read-only',
      '0',
    )
    await says('cat /etc/atelier/seccomp >/dev/null && rm -f /etc/atelier/seccomp 2>&1', /Read-only/)
  })

  it('cannot get more rights', async () => {
    await says(
      'for try in "unshare -U true" "unshare -m true" "mount -t tmpfs x /tmp"; do $try 2>&1 | head -n 1; done',
      /^(.*(not permitted|No space|superuser|permission denied|must be).*\n?){3}$/i,
    )
    await says(
      'grep -E "^(CapEff|CapPrm|NoNewPrivs)" /proc/self/status | tr -d "\\t"',
      'CapPrm:0000000000000000\nCapEff:0000000000000000\nNoNewPrivs:1',
    )
    await says('grep ^Seccomp: /proc/self/status | tr -d "\\t"', 'Seccomp:2')
  })

  it('cannot escape the size of its volume', {
    skip: isRoot ? false : 'plain folders have no size limit',
  }, async () => {
    await says('btrfs subvolume create ~/more 2>&1', /not permitted/)
    await says('head -c 1100M /dev/zero >~/big', /quota exceeded/i)
    await says('rm ~/big; echo again >~/small; cat ~/small', 'again')
  })

  it('cannot take more of the host than its machine has', {
    skip: isRoot ? false : 'only root can make control groups',
  }, async () => {
    await says('dd if=/dev/zero of=/dev/null bs=300M count=1 2>/dev/null; echo $?', /137$/)
    // Two processes spin for a second; `times` tells the processor time that both of them got.
    await says(
      '(timeout 1 sh -c "while :; do :; done" & timeout 1 sh -c "while :; do :; done"; wait); times',
      /\n0m[01]\.[0-4]?\d*s 0m0\.\d+s$/,
    )
    await says(
      'mkfifo /tmp/f; sh -c "while :; do (read x </tmp/f) >/dev/null 2>&1 & done" 2>&1 | tail -n 1',
      /cannot fork/i,
    )
    assert.equal(await host.driver.observe('theirs'), 'running')
  })
})

it('a socket of a workstation that became a link is not followed', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-'))
  t.after(() => rm(folder, { recursive: true }))
  const server = createServer(socket => socket.end('secret')).listen(join(folder, 'other'))
  t.after(() => server.close())
  await once(server, 'listening')
  await symlink(join(folder, 'other'), join(folder, 'rfb'))
  await assert.rejects(connectDesktop(folder), { code: 'NETWORK_CONNECTION_ERROR' })
  await rm(join(folder, 'rfb'))
  await writeFile(join(folder, 'rfb'), '')
  await assert.rejects(connectDesktop(folder), { code: 'NETWORK_CONNECTION_ERROR' })
})

it('a server killed at any moment of a start leaves what the next one finishes', async t => {
  const host = await createHost()
  t.after(() => host.close())
  await host.driver.ensureVolume('a', { image: 'ami-host', sizeGiB: 1 })
  const program = `
    const { createLocalDriver } = await import(${JSON.stringify(join(import.meta.dirname, 'local.ts'))})
    const driver = await createLocalDriver({ root: ${JSON.stringify(host.root)} })
    console.log('ready')
    await driver.ensureMachine('a', ${JSON.stringify({ ...spec, volume: 'a' })})
    console.log('up')
    setInterval(() => {}, 1000)`
  for (const killAfterMs of isRoot ? [0, 30, 60, 120, 250, undefined] : [60, undefined]) {
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data', { signal: AbortSignal.timeout(patienceMs) })
    if (killAfterMs === undefined) await once(child.stdout, 'data', { signal: AbortSignal.timeout(patienceMs) })
    else await pause(killAfterMs)
    child.kill('SIGKILL')
    await once(child, 'exit')
    if (killAfterMs === undefined) assert.equal(await host.driver.observe('a'), 'running', 'the desktop lives on')
    await host.driver.ensureMachine('a', { ...spec, volume: 'a' })
    assert.equal(await host.driver.observe('a'), 'running')
    await host.driver.removeMachine('a')
    assert.deepEqual((await host.driver.inventory()).machines, [])
  }
})

it('a pool that was unmounted, as after a reboot, is mounted again', {
  skip: isRoot ? false : 'only root mounts',
}, async t => {
  const host = await createHost()
  t.after(() => host.close())
  await host.driver.ensureVolume('a', { image: 'ami-host', sizeGiB: 1 })
  await host.write('a', 'work', 'kept')
  await host.driver.close()
  host.driver = await host.again()
  assert.equal(await host.read('a', 'work'), 'kept')
})

testWithoutRoot(import.meta.filename)
