import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { constants, mkdtemp, open, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../../test/until.ts'
import { decodeDesktopMessage } from '../../protocol/decode.ts'
import { encodeViewerMessage } from '../../protocol/encode.ts'
import { createDeframer, frame, headerBytes } from '../../protocol/frames.ts'
import type { DesktopMessage } from '../../protocol/messages.ts'
import { createHost, type Host } from './host.ts'
import { run } from './run.ts'
import { callStreamer } from './streamer.ts'

const spec = { image: 'ami-host', volume: 'a', vcpus: 1, memoryMiB: 1024, clipboard: true }

describe('the streamer of a workstation', () => {
  let host: Host
  let folder: string
  before(async () => {
    host = await createHost()
    folder = join(host.place.machines, 'a/desktop')
    await host.driver.ensureVolume('a', { image: 'ami-host', sizeGiB: 1 })
    await host.driver.ensureMachine('a', spec)
  })
  after(() => host.close())

  /** The first message of each kind, up to the first picture: tiles, or video while the desktop paints itself. */
  const greet = (desktop: Duplex): Promise<DesktopMessage[]> =>
    new Promise((resolve, reject) => {
      const found: DesktopMessage[] = []
      const take = createDeframer(bytes => {
        const message = decodeDesktopMessage(bytes)
        if (!found.some(({ kind }) => kind === message.kind)) found.push(message)
        const has = (kind: DesktopMessage['kind']) => found.some(message => message.kind === kind)
        if (has('screen') && has('cursor') && (has('tiles') || has('video'))) resolve(found)
      })
      desktop.on('data', take)
      desktop.once('close', () =>
        reject(new Error(`the streamer hung up, having told ${found.map(({ kind }) => kind)}`)),
      )
      desktop.write(frame(encodeViewerMessage({ kind: 'hello', version: 1 }, headerBytes)))
    })

  it('is started by the first viewer, and shows the desktop', async () => {
    const desktop = await host.driver.dial('a', 'atelier')
    const messages = await greet(desktop)
    const screen = messages.find(({ kind }) => kind === 'screen')
    assert.ok(screen?.kind === 'screen')
    assert.deepEqual([screen.width, screen.height], [1920, 1080])
    desktop.destroy()
  })

  it('serves two viewers, of which one shows nothing of what it gets', async () => {
    const desktops = [await host.driver.dial('a', 'atelier'), await host.driver.dial('a', 'atelier')]
    await Promise.all(desktops.map(desktop => greet(desktop)))
    const third = await host.driver.dial('a', 'atelier')
    await greet(third)
    for (const desktop of [...desktops, third]) desktop.destroy()
  })

  it('hangs up on a viewer that does not speak its language', async () => {
    const stranger = await host.driver.dial('a', 'atelier')
    const ended = new Promise(resolve => stranger.once('close', resolve))
    stranger.resume().write('GET / HTTP/1.1\r\n\r\n')
    await ended
  })

  it('is not replaced by a socket of somebody else', async t => {
    const path = join(host.root, 'elsewhere')
    const elsewhere = createServer(socket => socket.end('a secret')).listen(path)
    t.after(() => elsewhere.close())
    for (const name of ['stream', 'call']) {
      await rename(join(folder, name), join(folder, `${name}.kept`))
      await symlink(path, join(folder, name))
    }
    await assert.rejects(host.driver.dial('a', 'atelier'), { code: 'NETWORK_CONNECTION_ERROR' })
    await rm(join(folder, 'call'))
    await writeFile(join(folder, 'call'), 'a file')
    await assert.rejects(host.driver.dial('a', 'atelier'), { code: 'NETWORK_CONNECTION_ERROR' })
    for (const name of ['stream', 'call']) {
      await rm(join(folder, name))
      await rename(join(folder, `${name}.kept`), join(folder, name))
    }
    ;(await host.driver.dial('a', 'atelier')).destroy()
  })

  it('ends ten seconds after the last viewer has left', async () => {
    const desktop = await host.driver.dial('a', 'atelier')
    await greet(desktop)
    desktop.destroy()
    const left = performance.now()
    await until('it has ended', () => !existsSync(join(folder, 'stream')), 30_000)
    // Less than the whole time: clocks of two processes are rounded.
    assert.ok(performance.now() - left > 9900)
  })

  it('leaves RFB where it ends at once, as in an image without the libraries it needs, and is there again after', async () => {
    const main = join(host.place.streamer?.folder ?? '', 'src/streamer/main.ts')
    const whole = await readFile(main)
    await until('the last one has ended', () => !existsSync(join(folder, 'stream')), 30_000)
    await writeFile(main, 'process.exit(127)')
    await assert.rejects(host.driver.dial('a', 'atelier'), { code: 'NETWORK_CONNECTION_ERROR' })
    const desktop = await host.driver.dial('a', 'rfb')
    const [greeting] = await once(desktop, 'data', { signal: AbortSignal.timeout(10_000) })
    assert.match(String(greeting), /^RFB 003/)
    desktop.destroy()
    await writeFile(main, whole)
    const again = await host.driver.dial('a', 'atelier')
    await greet(again)
    again.destroy()
  })
})

it('a call is given time to be heard, as a busy machine takes it, and is not made again meanwhile', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-'))
  t.after(() => rm(folder, { recursive: true }))
  await run('mkfifo', [join(folder, 'call')])
  const pipe = await open(join(folder, 'call'), constants.O_RDONLY | constants.O_NONBLOCK)
  const called = callStreamer(folder)
  await pause(300)
  assert.equal(String(await pipe.readFile()), '\n')
  await pipe.close()
  const streamer = createServer().listen(join(folder, 'stream'))
  t.after(() => streamer.close())
  const socket = await called
  socket.destroy()
})
