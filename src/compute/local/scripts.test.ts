import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../../test/until.ts'
import type { Script, StartWatcher } from '../driver.ts'
import { DriverError } from '../driver.ts'
import { createHost, type Host, isRoot } from './host.ts'
import { findProcesses } from './processes.ts'
import { plainText } from './scripts.ts'

const system = (text: string, environment: Record<string, string> = {}) =>
  script('SYSTEM_INITIALIZATION', text, environment)
const user = (text: string, environment: Record<string, string> = {}) =>
  script('USER_INITIALIZATION', text, environment)
const script = (runs: Script['runs'], text: string, environment: Record<string, string>): Script => ({
  ...{ runs, text, environment, component: 'c', title: `The ${runs} script of “Paint”` },
})

/** For scripts that hang; others end by themselves, however long a busy machine takes. */
const limitMs = 3000
/** Programs that end never, and are those of no other run of these tests on this host. */
const sleeper = (seconds: number) => `sleep ${seconds}.${process.pid}`
const environment = { STUDIO: "it's ours\nand yours", PATH: '/nowhere', IFS: 'u', BASH_ENV: '/tmp/x' }

describe('initialization scripts', () => {
  let host: Host
  let impatient: Host
  let reports: string[] = []
  before(async () => {
    host = await createHost()
    impatient = await createHost({ scriptLimitMs: limitMs })
  })
  afterEach(async () => {
    await host.driver.removeMachine('a')
    await host.driver.removeVolume('a')
    reports = []
  })
  after(async () => {
    await impatient?.close()
    await host?.close()
  })

  const start = async (scripts: readonly Script[], watcher: StartWatcher = {}, on = host) => {
    await on.driver.ensureVolume('a', { image: 'ami-host', sizeGiB: 1 })
    const setup = { hostname: 'WS-1', environment, shares: [], scripts, directory: undefined }
    const report = async (output: string) => {
      reports.push(output)
    }
    await on.driver.ensureMachine(
      'a',
      { volume: 'a', image: 'ami-host', vcpus: 1, memoryMiB: 512, clipboard: true, setup },
      { report, ...watcher },
    )
  }

  /** What a person is told when it fails. After that nothing is left of the machine. */
  const failure = async (scripts: readonly Script[], watcher?: StartWatcher, on = host): Promise<DriverError> => {
    const error = await start(scripts, watcher, on).then(
      () => assert.fail('the machine has started'),
      error => error,
    )
    assert.ok(error instanceof DriverError, String(error.stack))
    assert.equal(await on.driver.observe('a'), 'absent')
    assert.deepEqual(await findProcesses(on.place.name, 'a'), [])
    return error
  }

  const home = (name: string) => host.read('a', name)

  it('run in order, the system’s as root before there is a desktop, the artist’s in his desktop', async () => {
    const told = (who: string) =>
      `echo "${who} $(id -u) $(id -un) $HOME $(hostname) \${DISPLAY:-none}" >>/home/artist/told`
    await start([user(told('first')), system(told('second')), user(told('third')), system(told('fourth'))])
    assert.equal(
      await home('told'),
      [
        'second 0 root /root WS-1 none',
        'fourth 0 root /root WS-1 none',
        'first 1000 artist /home/artist WS-1 :1',
        'third 1000 artist /home/artist WS-1 :1\n',
      ].join('\n'),
    )
    assert.equal(await host.driver.observe('a'), 'running')
    assert.match(reports.at(-1) ?? '', /^=== The SYSTEM_INITIALIZATION script of “Paint”\n\(exit code 0\)\n===/)
  })

  it('have their parameters to the letter, and those of the desktop', async () => {
    const value = `a "b" 'c' $HOME \`id\` \\n\n\t; rm -rf / # é`
    await start([
      user('printf %s "$value" >~/value; printf %s "$STUDIO" >~/studio; touch "$PATH" ~/path; wc -l ~/path', { value }),
    ])
    assert.equal(await home('value'), value)
    assert.equal(await home('studio'), environment.STUDIO)
  })

  it('leave nothing of contents and parameters where others read, nor when they have run', async () => {
    const secret = 'hunter2'
    const seen: string[] = []
    const looking = start([system('sleep 0.4', { secret }), user(`sleep 0.4 # ${secret}`, { secret })])
    let isStarting = true
    const ended = looking.finally(() => {
      isStarting = false
    })
    while (isStarting) {
      for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name)))
        seen.push(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
      await pause(20)
    }
    await ended
    assert.ok(seen.some(line => line.includes('sleep')))
    assert.deepEqual([...new Set(seen.filter(line => line.includes(secret)))], [])
    assert.deepEqual((await readdir(join(host.place.machines, 'a'))).sort(), ['desktop', 'hosts', 'log', 'setup.log'])
  })

  it('of the system give the desktop programs and variables that its artist cannot change', async () => {
    await start([
      system('mkdir -p /var/local/profile.d && echo "export TOOL=/var/local/tool" >/var/local/profile.d/tool.sh'),
      user('echo "$TOOL" >~/tool; rm -rf /var/local/* 2>&1; ls /var/local >>~/tool'),
    ])
    assert.equal(await home('tool'), '/var/local/tool\nprofile.d\n')
  })

  it('that fail are told with exit code and last lines, without control characters', async () => {
    const error = await failure([
      user('true'),
      user(
        'echo not this; for i in 1 2 3 4; do echo line $i; done; printf "\\033[31mred\\033[0m\\r\\n\\033]0;t\\007\\a\\n" >&2; exit 3',
      ),
      user('touch ~/not-run'),
    ])
    assert.equal(error.code, 'INITIALIZATION_SCRIPT_ERROR')
    assert.equal(
      error.statusMessage,
      'The USER_INITIALIZATION script of “Paint” ended with exit code 3. It printed last:\nline 1\nline 2\nline 3\nline 4\nred',
    )
    assert.equal(error.message, 'a USER_INITIALIZATION script of the component c ended with exit code 3')
    assert.doesNotMatch(JSON.stringify({ ...error, stack: error.stack }), /Paint|line 1/)
    await assert.rejects(home('not-run'))
    assert.match(reports.at(-1) ?? '', /not this\nline 1/)
  })

  for (const [runs, kind] of Object.entries({ system, user })) {
    it(`of the ${runs} that hang are ended at the limit, with all they have started`, async () => {
      const sleeps = sleeper(4242)
      const hangs = `trap "" TERM; (setsid ${sleeps} &) ; setsid sh -c "trap : TERM; ${sleeps}" & ${sleeps}`
      const error = await failure([kind(hangs)], {}, impatient)
      assert.match(error.statusMessage, /did not end within 3 s, and was ended/)
      assert.deepEqual(await running(sleeps), [])
    })

    it(`of the ${runs} that print without end cost no more than their last lines`, async () => {
      const error = await failure([kind('yes | head -c 50M; echo; echo after it; exit 1')])
      assert.match(error.statusMessage, /after it$/)
      assert.ok((reports.at(-1) ?? '').length <= 64 * 1024)
    })

    it(`of the ${runs} whose interpreter is not there say which`, async () => {
      const error = await failure([kind('#!/bin/nope -x\necho hello')])
      assert.match(error.statusMessage, /exit code 127.*\/bin\/nope/)
    })

    it(`of the ${runs} that end their own workstation fail as well`, async () => {
      const error = await failure([kind('kill -9 -1; kill -9 1; kill -TERM 1; sleep 4242')], {}, impatient)
      assert.equal(error.code, 'INITIALIZATION_SCRIPT_ERROR')
    })
  }

  it('find the workstation by its own name', async () => {
    await start([user('getent hosts WS-1 >~/hosts')])
    assert.match(await home('hosts'), /^127\.0\.1\.1 +WS-1$/m)
  })

  it('have no longer than the whole start may take', async () => {
    const error = await failure([user('sleep 4247')], { withinMs: 5000 })
    assert.equal(error.code, 'INITIALIZATION_SCRIPT_ERROR')
    assert.match(error.statusMessage, /did not end within [0-4] s/)
  })

  it('may be for any interpreter of the workstation', async () => {
    await start([user('#!/usr/bin/perl -w\nopen F, ">", "$ENV{HOME}/perl"; print F "here"')])
    assert.equal(await home('perl'), 'here')
  })

  it('of the system leave nothing running, the artist’s do', async () => {
    await start([
      system(`setsid ${sleeper(4243)} &`),
      user(`(while :; do echo x; sleep 0.05; done) & ${sleeper(4244)} &`),
    ])
    assert.deepEqual(await running(sleeper(4243)), [])
    await until('the artist’s is there', async () => (await running(sleeper(4244))).length === 1)
    await pause(300)
    assert.equal(await host.driver.observe('a'), 'running', 'what they go on printing holds nobody up')
    await host.driver.removeMachine('a')
    assert.deepEqual(await findProcesses(host.place.name), [])
  })

  /** Starts the machine, and gives up when the script has made the file `here`. */
  const givenUp = async (text: string) => {
    const gone = new AbortController()
    const failing = failure([user(`touch ~/here; ${text}`)], { signal: gone.signal })
    while (
      !(await home('here')
        .then(() => true)
        .catch(() => false))
    )
      await pause(10)
    gone.abort()
    return await failing
  }

  it('are given up when nobody wants the machine any more', async () => {
    assert.equal((await givenUp(sleeper(4245))).message, 'the start was given up')
    assert.deepEqual(await running(sleeper(4245)), [])
  })

  it('run again when the start was cut off while they ran', async () => {
    await givenUp('sleep 4246')
    await start([user('echo again >~/again')])
    assert.equal(await home('again'), 'again\n')
  })
})

it('the volume of a machine without scripts has nothing of the system’s', {
  skip: !isRoot && 'needs root',
}, async t => {
  const host = await createHost()
  t.after(() => host.close())
  await host.driver.ensureVolume('a', { image: 'ami-host', sizeGiB: 1 })
  await host.driver.ensureMachine('a', { volume: 'a', image: 'ami-host', vcpus: 1, memoryMiB: 512, clipboard: true })
  assert.deepEqual((await readdir(join(host.volumes, 'a/tree'))).sort(), ['home', 'limits.json', 'tmp'])
})

describe('output as plain text', () => {
  it('has no control characters, escapes, or marks that turn it around', () => {
    assert.equal(plainText('a\x1b[1;31mb\x1b[0m\x00\x08c\u202ed\u2066\x9bé\tf\n'), 'abcdé\tf\n')
    assert.equal(plainText('10 %\r50 %\rdone\r\nnext'), 'done\nnext')
  })
  it('is made in time that grows with its length', () => {
    const began = performance.now()
    for (const piece of ['\x1b[', '\x1b]', 'x', '\r', 'x\r', '\x1b', '\u202e', ' ']) plainText(piece.repeat(65536))
    assert.ok(performance.now() - began < 2000)
  })
})

/** Processes of the host with that command line. */
const running = async (words: string): Promise<string[]> => {
  const found: string[] = []
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name)))
    if ((await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').startsWith(words))
      found.push(pid)
  return found
}
