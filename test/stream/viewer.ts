/** The desktop that is streamed, the viewer on it, and what both are asked. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Browser, chromium, type Page } from 'playwright-core'
import { numbers } from '../../src/protocol/messages.ts'
import { type RunningServer, startServer } from '../server.ts'
import { differencesOf } from '../shown-picture.ts'
import { launchSession, patienceMs, xServerOf } from '../streamed-desktop.ts'
import * as terminal from '../terminal.ts'
import { tapSpeakers, wavOf } from '../tones.ts'
import { toolOf } from '../toolbar.ts'
import { until } from '../until.ts'

export const voice = { folder: mkdtempSync(join(tmpdir(), 'atelier-voice-')), hertz: 660 }

const chromiumArguments = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  // A microphone that hears a file, and nobody who has to allow it.
  ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  `--use-file-for-fake-audio-capture=${join(voice.folder, 'voice.wav')}`,
]

export let server: RunningServer
export let browser: Browser
export let sessionId = ''
export let studioId = ''
export let page: Page

/** What the suites share: one server, one browser, one desktop, and one viewer who works on it. */
export const startViewer = async () => {
  server = await startServer({ driver: 'local' })
  writeFileSync(join(voice.folder, 'voice.wav'), wavOf([voice.hertz], 1))
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: chromiumArguments })
  ;({ studioId, sessionId } = await launchSession(server))
  page = await openViewer()
}

export const endViewer = async () => {
  await browser?.close()
  await server?.removeEverything()
  rmSync(voice.folder, { recursive: true })
}

/** A viewer in a browser of its own, with what it takes from the desktop counted. */
export const openViewer = async ({
  prepare = '',
  permissions = [] as string[],
  of = sessionId,
} = {}): Promise<Page> => {
  const { stream } = await server.client().createStreamingSessionStream({ studioId, sessionId: of })
  return openAddress(stream?.url ?? '', { prepare, permissions })
}

export const openAddress = async (url: string, { prepare = '', permissions = [] as string[] } = {}): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width: 1001, height: 701 }, permissions })
  const page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
  await page.addInitScript(`
    window.received = 0
    window.kinds = new Set()
    window.sent = 0
    window.sockets = []
    const send = WebSocket.prototype.send
    WebSocket.prototype.send = function (message) {
      if (!window.sockets.includes(this)) {
        window.sockets.push(this)
        this.addEventListener('message', ({ data }) => {
          if (typeof data === 'string') return
          window.received += data.byteLength ?? data.size
          if (!(data instanceof ArrayBuffer)) return
          const [kind] = new Uint8Array(data)
          window.kinds.add(kind)
          if (kind === ${numbers.desktop.audio}) window.packetsOfSound++
        })
      }
      window.sent += message.byteLength ?? 0
      return send.call(this, message)
    }
    ${tapSpeakers}
    ${prepare}`)
  await page.goto(url)
  await page.locator('body[data-phase=connected]').waitFor()
  return page
}

export const protocolOf = (page: Page) => page.evaluate('window.sockets.at(-1).protocol')

const runFolder = () =>
  readdirSync('/run')
    .filter(name => name.startsWith('atelier-'))
    .map(place => join('/run', place))
    .find(place => existsSync(join(place, 'machines', sessionId))) ?? '/nowhere'

export const home = (of = sessionId) => join(runFolder(), 'pool/volumes', `${of}-0`, 'tree/home')

export const written = (name: string, of = sessionId) =>
  until(
    `${name} is written`,
    () => {
      const path = join(home(of), name)
      const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
      return text.endsWith('\n') && text.trimEnd()
    },
    patienceMs,
  )

export const differences = async (page: Page): Promise<number> => differencesOf(page, await xServerOf(sessionId))

export const clickTerminal = () => page.locator('#screen canvas').click({ position: { x: 500, y: 300 } })

/** Sends messages by the viewer's own connection, past all that the viewer would say of it. */
export const sendRaw = (messages: number[][]) =>
  `for (const message of ${JSON.stringify(messages)}) window.sockets.at(-1).send(new Uint8Array(message))`

export const openTerminal = (on = page, of = sessionId) => terminal.openTerminal(on, name => join(home(of), name))

export const enter = (line: string, on = page) => terminal.enter(on, line)

/** What a program in the terminal has read while these keys were pressed, and Return. */
export const lineOf = (file: string, pressKeys: () => Promise<unknown>) =>
  terminal.lineOf(page, name => join(home(), name), file, pressKeys)

/** Waits until a number that the page counts stays the same for so long. */
export const untilSteady = (what: string, number: string, forMs: number) =>
  until(
    what,
    async () => {
      const before = await page.evaluate(number)
      await pause(forMs)
      return (await page.evaluate(number)) === before
    },
    patienceMs,
  )

export const tool = (name: string) => toolOf(page, name)
