/** What a real workstation tells of its use: keys and pointers from viewers, and programs at work. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Activity } from '../driver.ts'
import { createHost, type Host } from './host.ts'
import { programTime } from './program-time.ts'
import { inputIdleMs } from './screen-saver.ts'

const machine = 'a'
const limitMs = 20_000

/** A viewer that looks, and types what it is told to. It goes with the test, whatever comes of it. */
const openViewer = async (test: TestContext, host: Host) => {
  const desktop = await host.driver.dial(machine)
  test.after(() => desktop.destroy())
  const heard: Buffer[] = []
  desktop.on('data', bytes => heard.push(bytes))
  const hears = async (bytes: number) => {
    while (Buffer.concat(heard).length < bytes) await once(desktop, 'data', { signal: AbortSignal.timeout(limitMs) })
  }
  await hears(12)
  desktop.write('RFB 003.008\n')
  await hears(14)
  desktop.write(Buffer.from([1]))
  await hears(18)
  desktop.write(Buffer.from([1]))
  await hears(18 + 24)
  const key = (code: number, isDown: boolean) => {
    const event = Buffer.from([4, isDown ? 1 : 0, 0, 0, 0, 0, 0, 0])
    event.writeUInt32BE(code, 4)
    desktop.write(event)
  }
  const press = (...codes: number[]) => {
    for (const code of codes) key(code, true)
    for (const code of codes.toReversed()) key(code, false)
  }
  const type = (text: string) => {
    for (const character of text) press(character === '\n' ? keys.enter : character.charCodeAt(0))
  }
  let commands = 0
  return {
    /** Opens a terminal, and waits until it takes commands. */
    async openTerminal() {
      press(keys.control, keys.alt, keys.t)
      await hasRun(host, 'up', () => type('touch ~/up\n'))
    },
    /** Types a command, and waits until it has ended. */
    async run(command: string) {
      type(`${command}; touch ~/${++commands}\n`)
      await hasRun(host, String(commands))
    },
    look: () => desktop.write(Buffer.from([3, 0, 0, 0, 0, 0, 4, 0, 3, 0])),
    press,
    type,
  }
}

const inHome = (host: Host, name: string) => join(host.volumes, machine, 'tree/home', name)

/** Waits until the artist's home has a file of that name; `again` is done now and then meanwhile. */
const hasRun = async (host: Host, name: string, again: () => void = () => {}) => {
  const file = inHome(host, name)
  for (const end = performance.now() + limitMs; !existsSync(file); await pause(500)) {
    assert.ok(performance.now() < end, `waited in vain for ${name}`)
    again()
  }
}

const keys = { enter: 0xff0d, control: 0xffe3, alt: 0xffe9, t: 't'.charCodeAt(0) }

describe('the activity of a workstation', () => {
  let host: Host
  before(async () => {
    host = await createHost()
    await host.driver.ensureVolume(machine, { image: 'ami-host', sizeGiB: 1 })
    const spec = { image: 'ami-host', volume: machine, vcpus: 1, memoryMiB: 1024, clipboard: true }
    await host.driver.ensureMachine(machine, spec)
  })
  after(() => host.close())

  const activity = () => host.driver.activity(machine)

  const until = async (what: string, isSo: (now: Activity) => boolean) => {
    for (const end = performance.now() + limitMs; !isSo(await activity()); await pause(50))
      assert.ok(performance.now() < end, `waited in vain until ${what}`)
  }

  /** How busy its programs are, of one processor. */
  const load = async (forMs = 1500) => {
    const [{ cpuMs: before }, begun] = [await activity(), performance.now()]
    await pause(forMs)
    return ((await activity()).cpuMs - before) / (performance.now() - begun)
  }

  it('is none while nobody types, though somebody looks', async t => {
    const viewer = await openViewer(t, host)
    const { idleMs } = await activity()
    for (let look = 0; look < 15; look++) {
      viewer.look()
      await pause(100)
    }
    const now = await activity()
    assert.ok(now.idleMs - idleMs > 1400, `${idleMs} ms, then ${now.idleMs} ms`)
    assert.ok((await load()) < 0.02)
  })

  it('is every key', async t => {
    await until('a while has passed', ({ idleMs }) => idleMs > 1000)
    const viewer = await openViewer(t, host)
    viewer.press(keys.control)
    await until('the key has been seen', ({ idleMs }) => idleMs < 1000)
  })

  it('is a program that computes, also in pieces too short to be seen, but not the desktop itself', async t => {
    const viewer = await openViewer(t, host)
    await viewer.openTerminal()
    for (const [name, work] of Object.entries({ shell: ':', pieces: 'seq 20000 >/dev/null' })) {
      const before = await activity()
      viewer.type(`while [ ! -e ~/${name} ]; do ${work}; done\n`)
      await until(`it has computed: ${work}`, ({ cpuMs }) => cpuMs - before.cpuMs > 1000)
      // Not by Control and C: bash may overlook an interrupt that comes as it starts the next program of a loop.
      await writeFile(inHome(host, name), '')
    }
    await viewer.run('true')
    assert.ok((await load()) < 0.05, 'a shell that waits computes')
  })
})

describe('a hostile workstation', () => {
  it('that puts a link in the place of its X server’s socket leads nowhere', async t => {
    const host = await createHost()
    t.after(() => host.close())
    await host.driver.ensureVolume(machine, { image: 'ami-host', sizeGiB: 1 })
    const spec = { image: 'ami-host', volume: machine, vcpus: 1, memoryMiB: 1024, clipboard: true }
    await host.driver.ensureMachine(machine, spec)
    const folder = await mkdtemp(join(tmpdir(), 'atelier-'))
    t.after(() => rm(folder, { recursive: true }))
    let connections = 0
    const server = createServer(() => connections++).listen(join(folder, 'X1'))
    t.after(() => server.close())
    await once(server, 'listening')
    const viewer = await openViewer(t, host)
    await viewer.openTerminal()
    for (const script of [
      `mv /tmp/.X11-unix/X1 /tmp/.X11-unix/X2; ln -s ${folder}/X1 /tmp/.X11-unix/X1`,
      `mv /tmp/.X11-unix /tmp/moved; ln -s ${folder} /tmp/.X11-unix`,
    ]) {
      await viewer.run(script)
      await assert.rejects(host.driver.activity(machine), { code: 'NETWORK_CONNECTION_ERROR' })
    }
    assert.equal(connections, 0)
  })

  const answering = async (answer: (socket: Socket) => void): Promise<unknown> => {
    const folder = await mkdtemp(join(tmpdir(), 'atelier-'))
    const server = createServer(socket => answer(socket.on('error', () => {}))).listen(join(folder, 'X1'))
    try {
      await once(server, 'listening')
      const socket = connect(join(folder, 'X1'))
      try {
        return await inputIdleMs(socket)
      } finally {
        socket.destroy()
      }
    } finally {
      server.close()
      await rm(folder, { recursive: true })
    }
  }

  const answers: Record<string, (socket: Socket) => void> = {
    'hangs up': socket => socket.destroy(),
    'says nothing': () => {},
    refuses: socket => socket.end(Buffer.alloc(8)),
    'says that it has more to say than it has': socket => socket.write(Buffer.from([1, 0, 11, 0, 0, 0, 255, 255])),
    'names places outside of what it says': socket =>
      socket.write(Buffer.concat([Buffer.from([1, 0, 11, 0, 0, 0, 8, 0]), Buffer.alloc(32, 255)])),
    'sends nothing but noise': socket => socket.write(Buffer.alloc(100_000, 7)),
    'sends events in place of answers': socket =>
      socket.write(Buffer.concat([Buffer.from([1, 0, 11, 0, 0, 0, 16, 0]), Buffer.alloc(64), Buffer.alloc(3200, 2)])),
  }
  for (const [what, answer] of Object.entries(answers))
    it(`whose X server ${what} is not believed, within a limit`, async () => {
      await assert.rejects(answering(answer), { code: 'NETWORK_CONNECTION_ERROR' })
    })

  it('that has ended tells nothing', () =>
    assert.rejects(programTime(2 ** 22 + 1), { code: 'NETWORK_CONNECTION_ERROR' }))
})
