/** The picture of a desktop, and keys. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import x11, { type Connected, type Extensions } from 'x11'
import type { Rectangle } from '../../src/protocol/rectangle.ts'
import { answer } from '../../src/streamer/display.ts'
import { canvasOf } from '../shown-picture.ts'
import { patienceMs, xServerOf } from '../streamed-desktop.ts'
import { until } from '../until.ts'
import {
  clickTerminal,
  differences,
  enter,
  lineOf,
  openTerminal,
  openViewer,
  page,
  protocolOf,
  server,
  sessionId,
  studioId,
  untilSteady,
  written,
} from './viewer.ts'

/** How often a viewer tells how it goes. */
const everyMinuteMs = 60_000

export const pictureAndKeys = () =>
  describe('a desktop that is streamed', () => {
    it('comes by our own protocol, and takes the size of the window, odd as it is', async () => {
      assert.equal(await protocolOf(page), 'atelier.1')
      await until(
        'the desktop has the size of the window',
        async () => (await canvasOf(page)).width === 1001,
        patienceMs,
      )
    })

    it('takes nothing of the network while it rests', async () => {
      await untilSteady('a moment passes without a byte', 'window.received', 1500)
    })

    it('is exact to the last pixel when it rests', async () => {
      await openTerminal()
      await until('every pixel is the same', async () => (await differences(page)) === 0, patienceMs)
    })

    it('has what a window uncovers as the pointer moves', async () => {
      const windows = await openWindows(await xServerOf(sessionId))
      // Above the terminal, whose window has a picture of its own, as every one with an alpha channel has.
      windows.open({ x: 100, y: 100, width: 200, height: 150 })
      await until('it is seen', async () => (await colourAt(page, 110, 110)) === red, patienceMs)
      windows.closeAndPoint(100, 400)
      await until('it is seen no more', async () => (await colourAt(page, 110, 110)) !== red, patienceMs)
      await until('every pixel is the same', async () => (await differences(page)) === 0, patienceMs)
      windows.end()
    })

    it('has the letters that were typed, whatever keyboard they are on', async () => {
      await clickTerminal()
      const letters = 'Zyäöüß "{[]}" @|~^ €µ éñ ÄÖ ŁΩя <>'
      assert.equal(await lineOf('letters.txt', () => page.keyboard.type(letters)), letters)
    })

    it('has letters that the browser composes', async () => {
      await clickTerminal()
      const devtools = await page.context().newCDPSession(page)
      const composed = await lineOf('composed.txt', async () => {
        await devtools.send('Input.imeSetComposition', { text: '´', selectionStart: 1, selectionEnd: 1 })
        await devtools.send('Input.insertText', { text: 'é' })
        await devtools.send('Input.insertText', { text: '你好' })
      })
      assert.equal(composed, 'é你好')
    })

    it('holds no key down that the artist has let go elsewhere', async () => {
      await clickTerminal()
      await page.keyboard.down('Control')
      await page.keyboard.down('Shift')
      await page.evaluate("window.dispatchEvent(new Event('blur'))")
      await page.keyboard.up('Shift')
      await page.keyboard.up('Control')
      await enter('echo free > free.txt')
      assert.equal(await written('free.txt'), 'free')
    })
  })

const cursorOf = (page: Page): Promise<string> =>
  page.evaluate("getComputedStyle(document.querySelector('#screen canvas')).cursor")

const red = 0xff0000

const colourAt = async (page: Page, x: number, y: number) => {
  const { width, pixels } = await canvasOf(page)
  return pixels.readUIntBE((y * width + x) * 4, 3)
}

/** A program that draws on the desktop by the X protocol alone, one window at a time. */
const openWindows = async (xServer: string) => {
  const stream = connect(xServer)
  const { client: X, screen } = await answer<Connected>(callback =>
    x11.createClient({ display: ':1', stream, bufferRequests: true }, callback),
  )
  const xtest = await answer<Extensions['xtest']>(callback => X.require('xtest', callback))
  const root = screen[0]?.root ?? assert.fail('there is no screen')
  const window = X.AllocID()
  const motion = 6
  return {
    open({ x, y, width, height }: Rectangle) {
      const values = { backgroundPixel: red, overrideRedirect: true }
      X.CreateWindow(window, root, x, y, width, height, 0, 0, 0, 0, values)
      X.MapWindow(window)
    },
    /** Both are in one write, so that the X server carries them out without anything in between. */
    closeAndPoint(x: number, y: number) {
      X.DestroyWindow(window)
      xtest.FakeInput(motion, 0, 0, root, x, y)
    },
    end: () => X.terminate(),
  }
}

export const afterAWhile = () =>
  describe('a desktop that has been looked at for a while', () => {
    it('tells the session how it goes, from the hand to the picture', async () => {
      const asked = { studioId, sessionId, lastMinutes: 5 }
      const told = await until(
        'a viewer has told of its hands',
        async () => {
          const { streamingSessionStatistics } = await server.client().getStreamingSessionStatistics(asked)
          return streamingSessionStatistics.find(
            ({ latencyP50InMilliseconds }) => latencyP50InMilliseconds !== undefined,
          )
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
      // The X server hangs up on who asks it for its picture and does not follow it to another size.
      await until('the desktop has that size', async () => (await canvasOf(page)).width === 900, patienceMs)
      await until('every pixel is the same', async () => (await differences(page)) === 0, patienceMs)
      assert.equal((await canvasOf(page)).width, 900)
    })

    it('is shown to two, one of whom has only RFB', async () => {
      const second = await openViewer({ prepare: 'delete window.VideoDecoder' })
      assert.equal(await protocolOf(second), 'binary')
      const picture = await canvasOf(second)
      assert.equal(picture.pixels[3], 255, 'it is said to be there before it is')
      const sound = second.getByTestId('sound')
      assert.equal(await sound.getAttribute('aria-disabled'), 'true')
      assert.equal(await sound.getAttribute('title'), 'Sound needs a page with TLS and a browser with WebCodecs.')
      assert.match(
        (await second.getByTestId('quality').getAttribute('title')) ?? '',
        /By RFB: a better picture needs a page with TLS/,
      )
      await clickTerminal()
      await second.mouse.move(300, 300)
      for (const viewer of [page, second])
        await until('the pointer has its shape', async () => (await cursorOf(viewer)).startsWith('url('), patienceMs)
      await page.keyboard.type('clear')
      await page.keyboard.press('Enter')
      await until('every pixel is the same', async () => (await differences(page)) === 0, patienceMs)
      assert.equal((await canvasOf(page)).width, 900, 'RFB has changed the size')
      await second.context().close()
    })
  })
