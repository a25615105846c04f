/**
 * What is attacked. A target is opened once and then takes round after round; what a round does follows from its seed
 * alone. A round that ends well says nothing, any other throws.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type Duplex, duplexPair } from 'node:stream'
import { chromium } from 'playwright-core'
import { WebSocket } from 'ws'
import { inflate } from '../../src/console/viewer/decoders/atelier/inflate.ts'
import { createOrder } from '../../src/console/viewer/decoders/atelier/order.ts'
import { createStreamingSession } from '../../src/operations/streaming-sessions.ts'
import { ProtocolError } from '../../src/protocol/bytes.ts'
import { createCollector } from '../../src/protocol/clipboard.ts'
import { decodeDesktopMessage, decodeViewerMessage } from '../../src/protocol/decode.ts'
import { encodeDesktopMessage, encodeViewerMessage } from '../../src/protocol/encode.ts'
import { createDeframer, frame, headerBytes } from '../../src/protocol/frames.ts'
import { areaOfAll } from '../../src/protocol/rectangle.ts'
import { createVideoEncoder } from '../../src/streamer/video.ts'
import { createHttpStudio } from '../http-studio.ts'
import { createChance } from '../simulation/virtual-time.ts'
import { persistent, read, settle } from '../studio.ts'
import { until } from '../until.ts'
import { desktopBytes, desktopSays, framed, mutate, screen, viewerBytes, viewerSays } from './conversations.ts'

export interface Target {
  round(seed: number): Promise<void>
  close(): Promise<void>
}

const mib = 1024 * 1024
const patienceMs = 60_000

/** Frames as a streamer makes them: one key frame, and what follows it. */
const makeVideo = async (): Promise<Uint8Array[]> => {
  const encoder = createVideoEncoder({ name: 'libx264' }, screen.width, screen.height)
  const pixels = Buffer.alloc(screen.width * screen.height * 4)
  const frames: Uint8Array[] = []
  for (let at = 0; at < 5; at++) {
    pixels.fill(at * 40, at * 1000, at * 40_000)
    await encoder.update(pixels, 0, screen.height)
    frames.push(Uint8Array.from((await encoder.encode(at === 0)).data))
  }
  encoder.close()
  return frames
}

/** Everything between the bytes and the picture that needs no browser: in both directions. */
export const openMessages = async (): Promise<Target> => {
  const video = await makeVideo()
  return {
    async round(seed) {
      const chance = createChance(seed)
      const shown: Promise<unknown>[] = []
      const order = createOrder(0)
      const listen = <Message extends { kind: string }>(
        decode: (bytes: Uint8Array) => Message,
        take: (message: Message) => void,
      ) => {
        const push = createDeframer(bytes => take(decode(bytes)))
        return (stream: Buffer) => {
          for (let at = 0; at < stream.length; ) {
            const piece = stream.subarray(at, at + chance.between(1, 20_000))
            at += piece.length
            // Whoever is refused is hung up on, and begins anew.
            if (!orRefused(() => push(piece))) return
          }
        }
      }
      const collect = createCollector(() => {})
      const view = listen(decodeDesktopMessage, message => {
        if (message.kind === 'clipboard') collect(message)
        if (message.kind === 'video') order.add({ ordinal: message.ordinal, pixels: 0, show() {} })
        if (message.kind !== 'tiles') return
        const { ordinal, tiles, data } = message
        const pixels = areaOfAll(tiles)
        const show = () => order.add({ ordinal, pixels, show() {} })
        shown.push(inflate(data as Uint8Array<ArrayBuffer>, new Uint8Array(pixels * 3)).then(show, () => {}))
      })
      const serve = listen(decodeViewerMessage, message => {
        if (message.kind === 'clipboard') collect(message)
      })
      for (let turn = 0; turn < 5; turn++) {
        view(framed(chance, mutate(chance, desktopBytes(desktopSays(chance, video, 30)), 0.1), 0.005))
        serve(framed(chance, mutate(chance, viewerBytes(viewerSays(chance, 30)), 0.2), 0.005))
      }
      await Promise.all(shown.map(done => done.catch(onlyRefusals)))
    },
    async close() {},
  }
}

const onlyRefusals = (error: unknown) => {
  if (!(error instanceof ProtocolError)) throw error
}

/** Whether it was taken. Anything but a refusal by the protocol is thrown. */
const orRefused = (push: () => void): boolean => {
  try {
    push()
    return true
  } catch (error) {
    onlyRefusals(error)
    return false
  }
}

/** The gateway, whose desktops are what a round makes of them, with one session that behaves among those that do not. */
const openGateway = async (pages?: string) => {
  const studio = await createHttpStudio(pages ? { pages } : {})
  const { studioId, origin } = studio
  /** The gateway's end and the desktop's of every connection, by session. */
  const dialled = new Map<string, (desktop: Duplex) => void>()
  Object.assign(studio.driver, {
    protocols: ['atelier'],
    async dial(sessionId: string) {
      const [near, far] = duplexPair()
      // A pair does not tell one end that the other is gone.
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.on('error', () => one.destroy())
        one.on('close', () => other.destroy())
      }
      const begin = dialled.get(sessionId)
      if (begin) begin(far)
      else far.destroy()
      return near
    },
  })
  const session = async (): Promise<string> => {
    const launchProfileId = await studio.profile(persistent)
    const { session } = await createStreamingSession(studio.call(), { studioId, launchProfileId })
    await settle(studio)
    return read(session)?.sessionId ?? ''
  }
  const address = async (sessionId: string): Promise<URL> => {
    const { body } = await studio.ask('CreateStreamingSessionStream', { studioId, sessionId })
    return new URL((body.stream as { url: string }).url)
  }
  /** Opens a stream as a page does, and gives what connects to it. */
  const opened = async (sessionId: string): Promise<() => WebSocket> => {
    const { pathname, hash } = await address(sessionId)
    const path = pathname.replace('view', 'streams')
    const answer = await studio.send({
      ...{ method: 'POST', rawPath: `${path}/open`, rawQuery: '' },
      headers: { 'content-type': 'application/json', 'x-atelier-portal': '1' },
      body: JSON.stringify({ token: hash.slice(1) }),
    })
    const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    return () =>
      new WebSocket(`${origin.replace('http', 'ws')}${path}/desktop`, 'atelier.1', { headers: { cookie, origin } })
  }
  return { studio, dialled, session, address, opened, close: () => studio.close() }
}

export const openGatewayTarget = async (): Promise<Target> => {
  const video = await makeVideo()
  const gateway = await openGateway()
  const [hostile, good] = [await gateway.session(), await gateway.session()]
  const attack = await gateway.opened(hostile)
  const work = await gateway.opened(good)
  const atFirst = process.memoryUsage().rss

  const goodDesktop = Promise.withResolvers<Duplex>()
  gateway.dialled.set(good, goodDesktop.resolve)
  const viewer = work()
  await once(viewer, 'open')
  const desktop = await goodDesktop.promise
  const asked: number[] = []
  desktop.on(
    'data',
    createDeframer(bytes => {
      const message = decodeViewerMessage(bytes)
      if (message.kind === 'shown')
        desktop.write(frame(encodeDesktopMessage({ kind: 'echo', input: message.ordinal }, headerBytes)))
    }),
  )
  viewer.on('message', (data: Buffer) => {
    const message = decodeDesktopMessage(data)
    assert.equal(message.kind, 'echo')
    if (message.kind === 'echo') asked.push(message.input)
  })

  return {
    async round(seed) {
      const chance = createChance(seed)
      gateway.dialled.set(hostile, far => {
        far.resume()
        const stream = framed(chance, mutate(chance, desktopBytes(desktopSays(chance, video, 40)), 0.2), 0.01)
        const say = (at: number) => {
          if (far.destroyed) return
          if (at >= stream.length) return chance.happens(0.5) ? far.end() : far.destroy()
          const piece = stream.subarray(at, at + chance.between(1, 60_000))
          far.write(piece, () => setImmediate(say, at + piece.length))
        }
        say(0)
      })
      const browsers = Array.from({ length: 3 }, attack)
      await Promise.all(
        browsers.map(async browser => {
          const ended = new Promise<void>(resolve => browser.on('close', () => resolve()))
          browser.on('error', () => {})
          await new Promise<void>(resolve => browser.on('open', resolve).on('close', resolve))
          for (const message of mutate(chance, viewerBytes(viewerSays(chance, 30)), 0.3)) {
            if (browser.readyState !== browser.OPEN) break
            if (chance.happens(0.1)) browser.send(`{"p50":${'9'.repeat(chance.between(0, 400))}`)
            if (chance.happens(0.05)) browser.send(new Uint8Array(chance.between(0, 200_000)))
            if (chance.happens(0.05)) browser.send(message.subarray(0, message.length >> 1), { fin: false })
            // Past the WebSocket itself: frames that are none.
            if (chance.happens(0.02)) (browser as unknown as { _socket: Duplex })._socket.write(message)
            browser.send(message)
          }
          if (chance.happens(0.5)) browser.close()
          else browser.terminate()
          await Promise.race([ended, new Promise(resolve => setTimeout(resolve, 1000))])
          browser.terminate()
        }),
      )
      asked.length = 0
      for (let ordinal = 0; ordinal < 20; ordinal++) viewer.send(encodeViewerMessage({ kind: 'shown', ordinal }))
      await until('the session that behaves is served', () => asked.length === 20, patienceMs)
      assert.deepEqual(
        asked,
        Array.from({ length: 20 }, (_, ordinal) => ordinal),
      )
      const grown = process.memoryUsage().rss - atFirst
      assert.ok(grown < 400 * mib, `the gateway has grown by ${grown / mib} MiB`)
    },
    async close() {
      viewer.terminate()
      desktop.destroy()
      await gateway.close()
    },
  }
}

/** The viewer as it is built, in Chromium, behind the gateway, before a desktop that is hostile. */
export const openViewerTarget = async (): Promise<Target> => {
  const video = await makeVideo()
  const gateway = await openGateway(new URL('../../dist/console/', import.meta.url).pathname)
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  })
  const hostile = await gateway.session()
  const page = await browser.newPage()
  const wrong: string[] = []
  page.on('pageerror', error => wrong.push(`an error that nobody caught: ${error.stack ?? error.message}`))
  page.on('crash', () => wrong.push('the page has crashed'))
  page.on('dialog', dialog => {
    wrong.push(`a desktop has run a script: ${dialog.message()}`)
    void dialog.dismiss()
  })
  const desktops: Duplex[] = []
  gateway.dialled.set(hostile, far => {
    far.resume()
    desktops.push(far)
  })
  const { pathname, hash } = await gateway.address(hostile)
  await page.goto(`${gateway.studio.origin}${pathname}${hash}`)
  const devtools = await browser.newBrowserCDPSession()
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo')
  const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
  const memoryMiB = () =>
    Math.max(
      ...renderers.map(pid => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024),
    )

  return {
    async round(seed) {
      const chance = createChance(seed)
      // The first connection of the gateway only wakes the desktop; the page's own one stays open.
      const far = await until('the viewer connects', () => desktops.findLast(({ destroyed }) => !destroyed), patienceMs)
      const stream = framed(chance, mutate(chance, desktopBytes(desktopSays(chance, video, 60)), 0.05), 0.001)
      for (let at = 0; at < stream.length && !far.destroyed; ) {
        const piece = stream.subarray(at, at + chance.between(1, 100_000))
        at += piece.length
        if (!far.write(piece)) await Promise.race([once(far, 'drain'), once(far, 'close')])
      }
      far.destroy()
      desktops.splice(0, desktops.indexOf(far) + 1)
      const answer = await Promise.race([
        page.evaluate('1 + 1'),
        new Promise(resolve => setTimeout(resolve, patienceMs, 'nothing').unref()),
      ])
      assert.equal(answer, 2, 'the page answers no more')
      assert.deepEqual(wrong, [])
      assert.ok(memoryMiB() < 1024, `the page takes ${memoryMiB()} MiB`)
    },
    async close() {
      await browser.close()
      for (const desktop of desktops) desktop.destroy()
      await gateway.close()
    },
  }
}

export const targets = { messages: openMessages, gateway: openGatewayTarget, viewer: openViewerTarget }
