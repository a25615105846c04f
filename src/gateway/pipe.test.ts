import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { decodeViewerMessage } from '../protocol/decode.ts'
import { encodeDesktopMessage, encodeViewerMessage } from '../protocol/encode.ts'
import { createDeframer, frame, headerBytes } from '../protocol/frames.ts'
import { type DesktopMessage, limits, numbers, type ViewerMessage } from '../protocol/messages.ts'
import type { Rights } from '../protocol/rights.ts'
import { allowedBy, connectPipe } from './pipe.ts'

/** A desktop and a browser with the gateway's pipe between them, over real sockets. */
const connect = async (rights: Rights) => {
  const desktops = createServer().listen(0, '127.0.0.1')
  const browsers = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await Promise.all([once(desktops, 'listening'), once(browsers, 'listening')])
  const port = (server: { address(): unknown }) => (server.address() as AddressInfo).port
  let socket: WebSocket | undefined
  browsers.on('connection', connected => {
    socket = connected
    socket.pause()
    const desktop = createConnection(port(desktops), '127.0.0.1')
    desktop.on('connect', () => connectPipe(connected, desktop, allowedBy(rights)).then(() => connected.close(1013)))
  })
  const browser = new WebSocket(`ws://127.0.0.1:${port(browsers)}`)
  const [[desktop]] = (await Promise.all([once(desktops, 'connection'), once(browser, 'open')])) as [[Socket], unknown]
  return {
    browser,
    desktop,
    /** The gateway's end of the browser's connection. */
    socket: () => socket ?? assert.fail('nobody is connected'),
    say: (message: ViewerMessage) => browser.send(encodeViewerMessage(message)),
    show: (message: DesktopMessage) => desktop.write(frame(encodeDesktopMessage(message, headerBytes))),
    /** What reaches the desktop until the viewer has said that it needs a new picture, which is always allowed. */
    async heard(): Promise<ViewerMessage['kind'][]> {
      const kinds: ViewerMessage['kind'][] = []
      const { promise, resolve } = Promise.withResolvers<void>()
      const take = createDeframer(bytes => {
        const { kind } = decodeViewerMessage(bytes)
        if (kind === 'refresh') resolve()
        else kinds.push(kind)
      })
      desktop.on('data', take)
      browser.send(encodeViewerMessage({ kind: 'refresh' }))
      await promise
      return kinds
    },
    close() {
      browser.terminate()
      desktop.destroy()
      desktops.close()
      browsers.close()
    },
  }
}

const everyInput: ViewerMessage[] = [
  { kind: 'key', input: 1, isDown: true, keysym: 0x61 },
  { kind: 'pointer', input: 2, x: 1, y: 1, buttons: 1 },
  { kind: 'wheel', input: 3, right: 0, down: 1 },
  { kind: 'release' },
  { kind: 'size', width: 800, height: 600 },
  { kind: 'voice', data: new Uint8Array([0xf8]) },
]
const secret = { kind: 'clipboard', isFirst: true, left: 0, data: new TextEncoder().encode('a secret') } as const

describe('the gateway', () => {
  const open: { close(): void }[] = []
  const connected = async (rights: Rights) => {
    const pair = await connect(rights)
    open.push(pair)
    return pair
  }
  after(() => {
    for (const pair of open) pair.close()
  })

  it('lets nothing of a viewer who may only look reach the desktop', async () => {
    const { say, heard, browser } = await connected({ input: false, clipboard: true })
    for (const message of everyInput) say(message)
    say(secret)
    browser.send(Buffer.from([numbers.viewer.key]))
    browser.send(Buffer.from([0xff, 1, 2, 3]))
    browser.send(Buffer.alloc(0))
    say({ kind: 'shown', ordinal: 7 })
    assert.deepEqual(await heard(), ['shown'])
  })

  it('lets everything through from one who may', async () => {
    const { say, heard } = await connected({ input: true, clipboard: true })
    for (const message of everyInput) say(message)
    say(secret)
    assert.deepEqual(await heard(), [...everyInput.map(({ kind }) => kind), 'clipboard'])
  })

  it('keeps the clipboard off both ways where the session says so', async () => {
    const { say, show, heard, browser } = await connected({ input: true, clipboard: false })
    say(secret)
    assert.deepEqual(await heard(), [])
    const [first] = await Promise.all([once(browser, 'message'), show(secret), show({ kind: 'echo', input: 1 })])
    assert.equal((first[0] as Buffer)[0], numbers.desktop.echo)
  })

  it('hears nothing more of a viewer who was told to go, though he stays', async () => {
    const { say, heard, socket, browser, desktop } = await connected({ input: true, clipboard: true })
    await heard()
    const later: unknown[] = []
    desktop.on('data', chunk => later.push(chunk))
    browser.pause()
    socket().close(4003)
    for (const message of everyInput) say(message)
    // His answer to that comes after all he has said.
    browser.resume()
    await once(socket(), 'close', { signal: AbortSignal.timeout(20_000) })
    assert.deepEqual(later, [])
  })

  it('answers nobody for ever who takes no answers', async () => {
    const { socket, browser } = await connected({ input: true, clipboard: true })
    browser.pause()
    const ping = 'x'.repeat(64)
    for (let sent = 0; sent < 300_000; sent++) browser.send(ping)
    const all = once(socket(), 'pong', { signal: AbortSignal.timeout(60_000) })
    browser.pong()
    await all
    assert.ok(socket().bufferedAmount > 0, 'the network holds less than was asked for')
    assert.ok(socket().bufferedAmount < 2 * 1024 * 1024)
  })

  it('takes note of a desktop that has ended before anybody listened', async () => {
    const { socket, desktop } = await connected({ input: true, clipboard: true })
    const ended = createConnection((desktop.address() as AddressInfo).port, '127.0.0.1')
    ended.on('error', () => {}).destroy()
    await once(ended, 'close')
    await connectPipe(socket(), ended, allowedBy({ input: true, clipboard: true }))
  })

  it('hangs up on a desktop whose frames have no end', async () => {
    for (const length of [0, limits.messageBytes + 1, 0xffffffff]) {
      const { desktop, browser } = await connected({ input: true, clipboard: true })
      const header = Buffer.alloc(headerBytes)
      header.writeUInt32LE(length)
      desktop.write(header)
      const [code] = await once(browser, 'close', { signal: AbortSignal.timeout(20_000) })
      assert.equal(code, 1013)
    }
  })
})
