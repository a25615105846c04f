/** What an artist sees and does through our own streaming engine: a real browser, a real desktop, every pixel compared. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Browser, chromium, type Page } from 'playwright-core'
import { screenOf } from './rfb-screen.ts'
import { freePort, type RunningServer, startServer } from './server.ts'
import { until } from './until.ts'

const patienceMs = 30_000
/** How often a viewer tells how it goes. */
const everyMinuteMs = 60_000
const chromiumArguments = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync']

let server: RunningServer
let browser: Browser
let sessionId = ''
let studioId = ''
let page: Page

before(async () => {
  server = await startServer({ driver: 'local', port: await freePort() })
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: chromiumArguments })
  studioId = await server.studioId()
  const { launchProfiles = [] } = await server.client().listLaunchProfiles({ studioId })
  const launchProfileId = launchProfiles[0]?.launchProfileId ?? ''
  const { session } = await server.client().createStreamingSession({ studioId, launchProfileId })
  sessionId = session?.sessionId ?? ''
  await until(
    'the session is READY',
    async () => {
      const { session } = await server.client().getStreamingSession({ studioId, sessionId })
      return session?.state === 'READY'
    },
    patienceMs,
  )
  page = await openViewer()
})

after(async () => {
  await browser?.close()
  await server?.removeEverything()
})

/** A viewer in a browser of its own, with what it takes from the desktop counted. */
const openViewer = async (prepare = ''): Promise<Page> => {
  const { stream } = await server.client().createStreamingSessionStream({ studioId, sessionId })
  const context = await browser.newContext({ viewport: { width: 1001, height: 701 } })
  const page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
  await page.addInitScript(`
    window.received = 0
    window.sockets = []
    const send = WebSocket.prototype.send
    WebSocket.prototype.send = function (message) {
      if (!window.sockets.includes(this)) {
        window.sockets.push(this)
        this.addEventListener('message', ({ data }) => {
          if (typeof data !== 'string') window.received += data.byteLength ?? data.size
        })
      }
      return send.call(this, message)
    }
    ${prepare}`)
  await page.goto(stream?.url ?? '')
  await page.locator('body[data-phase=connected]').waitFor()
  return page
}

const protocolOf = (page: Page) => page.evaluate('window.sockets.at(-1).protocol')

const runFolder = () =>
  readdirSync('/run')
    .filter(name => name.startsWith('atelier-'))
    .map(place => join('/run', place))
    .find(place => existsSync(join(place, 'machines', sessionId))) ?? '/nowhere'

const home = () => join(runFolder(), 'pool/volumes', `${sessionId}-0`, 'tree/home')

const written = (name: string) =>
  until(
    `${name} is written`,
    () => {
      const path = join(home(), name)
      const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
      return text.endsWith('\n') && text.trimEnd()
    },
    patienceMs,
  )

/** What the viewer's canvas holds, where it is opaque; the picture at rest is all of it. */
const canvasOf = async (page: Page) => {
  const [width, height, base64] = (await page.evaluate(`(() => {
    const canvas = document.querySelector('#screen canvas')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let text = ''
    for (let at = 0; at < data.length; at += 65536) text += String.fromCharCode(...data.subarray(at, at + 65536))
    return [canvas.width, canvas.height, btoa(text)]
  })()`)) as [number, number, string]
  return { width, height, pixels: Buffer.from(base64, 'base64') }
}

/** How many pixels of the viewer's are not those of the X server. */
const differences = async (page: Page): Promise<number> => {
  const [ours, theirs] = await Promise.all([
    canvasOf(page),
    screenOf(join(runFolder(), 'machines', sessionId, 'desktop/rfb')),
  ])
  if (ours.width !== theirs.width || ours.height !== theirs.height) return Number.POSITIVE_INFINITY
  let count = 0
  for (let pixel = 0; pixel < ours.width * ours.height; pixel++) {
    const isSame = [0, 1, 2].every(channel => ours.pixels[pixel * 4 + channel] === theirs.pixels[pixel * 3 + channel])
    if (!isSame || ours.pixels[pixel * 4 + 3] !== 255) count++
  }
  return count
}

const clickTerminal = () => page.locator('#screen canvas').click({ position: { x: 500, y: 300 } })

describe('a desktop that is streamed', () => {
  it('comes by our own protocol, and takes the size of the window, odd as it is', async () => {
    assert.equal(await protocolOf(page), 'atelier.1')
    await until('the desktop has the size of the window', async () => (await canvasOf(page)).width === 1001, patienceMs)
  })

  it('takes nothing of the network while it rests', async () => {
    await until(
      'a moment passes without a byte',
      async () => {
        const before = await page.evaluate('window.received')
        await pause(1500)
        return (await page.evaluate('window.received')) === before
      },
      patienceMs,
    )
  })

  it('is exact to the last pixel when it rests', async () => {
    await page.locator('#screen canvas').click({ position: { x: 700, y: 600 } })
    await page.keyboard.press('Control+Alt+t')
    await until('every pixel is the same', async () => (await differences(page)) === 0, patienceMs)
  })

  it('has the letters that were typed, whatever keyboard they are on', async () => {
    await clickTerminal()
    await page.keyboard.type('cat > letters.txt')
    await page.keyboard.press('Enter')
    const letters = 'Zyäöüß "{[]}" @|~^ €µ éñ ÄÖ ŁΩя <>'
    await page.keyboard.type(letters)
    await page.keyboard.press('Enter')
    await page.keyboard.press('Control+d')
    assert.equal(await written('letters.txt'), letters)
  })

  it('has letters that the browser composes', async () => {
    await clickTerminal()
    await page.keyboard.type('cat > composed.txt')
    await page.keyboard.press('Enter')
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Input.imeSetComposition', { text: '´', selectionStart: 1, selectionEnd: 1 })
    await devtools.send('Input.insertText', { text: 'é' })
    await devtools.send('Input.insertText', { text: '你好' })
    await page.keyboard.press('Enter')
    await page.keyboard.press('Control+d')
    assert.equal(await written('composed.txt'), 'é你好')
  })

  it('holds no key down that the artist has let go elsewhere', async () => {
    await clickTerminal()
    await page.keyboard.down('Control')
    await page.keyboard.down('Shift')
    await page.evaluate("window.dispatchEvent(new Event('blur'))")
    await page.keyboard.up('Shift')
    await page.keyboard.up('Control')
    await page.keyboard.type('echo free > free.txt')
    await page.keyboard.press('Enter')
    assert.equal(await written('free.txt'), 'free')
  })

  it('gives text to the desktop and takes text from it', async () => {
    await (await tool('clipboard-toggle')).click()
    const text = 'Grüße 你好\n'.repeat(500)
    await page.getByTestId('clipboard-text').fill(text)
    await (await tool('clipboard-toggle')).click()
    await clickTerminal()
    await page.keyboard.type('xclip -o -selection clipboard | wc -c > pasted.txt')
    await page.keyboard.press('Enter')
    assert.equal(await written('pasted.txt'), String(Buffer.byteLength(text)))
    await page.keyboard.type('seq 2000 | xclip -selection clipboard')
    await page.keyboard.press('Enter')
    await (await tool('clipboard-toggle')).click()
    await until(
      'the text is outside',
      async () => (await page.getByTestId('clipboard-text').inputValue()).endsWith('1999\n2000\n'),
      patienceMs,
    )
    await (await tool('clipboard-toggle')).click()
  })

  it('tells the session how it goes, from the hand to the picture', async () => {
    const asked = { studioId, sessionId, lastMinutes: 5 }
    const told = await until(
      'a viewer has told of its hands',
      async () => {
        const { streamingSessionStatistics } = await server.client().getStreamingSessionStatistics(asked)
        return streamingSessionStatistics.find(({ latencyP50InMilliseconds }) => latencyP50InMilliseconds !== undefined)
      },
      2 * everyMinuteMs,
    )
    assert.match(told.decoder ?? '', /^H\.264 (software|hardware)$/)
    assert.match(told.encoder ?? '', /^\w+$/)
    assert.deepEqual([told.width, told.height], [1001, 701])
    assert.ok((told.latencyP95InMilliseconds ?? 0) >= (told.latencyP50InMilliseconds ?? 1))
    assert.ok((told.roundTripInMilliseconds ?? -1) >= 0)
  })

  it('goes through many sizes and is exact in the last one', async () => {
    for (let width = 700; width < 1100; width += 37) {
      await page.setViewportSize({ width, height: 1500 - width })
      await pause(60)
    }
    await page.setViewportSize({ width: 900, height: 640 })
    await until('every pixel is the same', async () => (await differences(page)) === 0, patienceMs)
    assert.equal((await canvasOf(page)).width, 900)
  })

  it('is shown to two, one of whom has only RFB', async () => {
    const second = await openViewer('delete window.VideoDecoder')
    assert.equal(await protocolOf(second), 'binary')
    await clickTerminal()
    await page.keyboard.type('clear')
    await page.keyboard.press('Enter')
    await until('every pixel is the same', async () => (await differences(page)) === 0, patienceMs)
    await second.context().close()
  })
})

const tool = async (name: string) => {
  const toggle = page.getByTestId('toolbar-toggle')
  if ((await toggle.getAttribute('aria-expanded')) !== 'true') await toggle.click()
  return page.getByTestId(name)
}
