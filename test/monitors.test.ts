/** One desktop in several windows of a real browser: each is a monitor of its own. */
import assert from 'node:assert/strict'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { canvasOf, differencesOf } from './shown-picture.ts'
import { patienceMs, type StreamedDesktop, startStreamedDesktop, xServerOf } from './streamed-desktop.ts'
import { enter, openTerminal } from './terminal.ts'
import { until } from './until.ts'

/** What `test/streamed-desktop.ts` opens a viewer with. */
const firstSize = { width: 1000, height: 700 }
const secondSize = { width: 801, height: 601 }

let desktop: StreamedDesktop
let first: Page
let second: Page

before(async () => {
  desktop = await startStreamedDesktop()
  first = await desktop.openViewer()
  await openTerminal(first, desktop.home)
  // Carries out whatever is written into the file `ask`.
  await enter(first, 'while sleep .1; do [ -f ask ] && mv -f ask now && sh now >new 2>&1 && mv -f new answer; done')
  await inside('xterm -geometry 40x10+300+200 -title Moved -e "cat >typed.txt" & sleep .1')
})

after(() => desktop?.close())

/** What a command of the desktop's prints. */
const inside = async (command: string): Promise<string> => {
  writeFileSync(desktop.home('asked'), command)
  renameSync(desktop.home('asked'), desktop.home('ask'))
  await until(`“${command}” is carried out`, () => desktop.written('answer') || existsEmpty(), patienceMs)
  const answer = desktop.written('answer')
  rmSync(desktop.home('answer'))
  return answer
}
const existsEmpty = () => {
  try {
    return readFileSync(desktop.home('answer')).length === 0
  } catch {
    return false
  }
}

const monitors = async () =>
  [...(await inside('xrandr --listmonitors')).matchAll(/ (\d+)\/\d+x(\d+)\/\d+\+(\d+)\+(\d+) /g)].map(
    ([, ...numbers]) => numbers.map(Number),
  )
const whereItIs = async () => {
  const printed = await inside('xwininfo -name Moved')
  const [x = 0, y = 0, width = 0, height = 0] = [
    ...printed.matchAll(/(?:Absolute upper-left [XY]|Width|Height): +(-?\d+)/g),
  ].map(([, number]) => Number(number))
  return { x, y, width, height }
}
const isExact = (page: Page, left: number, size: { width: number; height: number }) =>
  until(
    'every pixel is the same',
    async () => (await differencesOf(page, await xServerOf(desktop.sessionId), { left, ...size })) === 0,
    patienceMs,
  )
const tool = async (page: Page) => {
  await page.getByTestId('toolbar-toggle').focus()
  return page.getByTestId('monitor')
}
const hasWidth = (page: Page, width: number) =>
  until(`a page shows a width of ${width}`, async () => (await canvasOf(page)).width === width, patienceMs)

describe('a second window', () => {
  it('is a second monitor, of its own size', async () => {
    const opened = first.waitForEvent('popup')
    await (await tool(first)).click()
    second = await opened
    await second.setViewportSize(secondSize)
    await second.locator('body[data-phase=connected]').waitFor()
    await hasWidth(second, secondSize.width)
    assert.equal((await canvasOf(first)).width, firstSize.width)
    assert.deepEqual(await monitors(), [
      [firstSize.width, firstSize.height, 0, 0],
      [secondSize.width, secondSize.height, firstSize.width, 0],
    ])
    assert.match(await second.title(), / – monitor 2 – Atelier$/)
  })

  it('shows a window that is dragged there, to the last pixel', async () => {
    const from = await until('the window is there', async () => {
      const at = await whereItIs()
      return at.width > 0 && at
    })
    // By its title, out of the first page.
    await first.mouse.move(from.x + 60, from.y - 8)
    await first.mouse.down()
    await first.mouse.move(700, 250)
    await first.mouse.move(1160, 260)
    await first.mouse.up()
    const to = await until('it is on the second monitor', async () => {
      const at = await whereItIs()
      return at.x >= firstSize.width && at
    })
    // The window manager lets edges attract each other.
    assert.ok(Math.abs(to.x - 1100) <= 8, `it is at ${to.x}`)
    await isExact(second, firstSize.width, secondSize)
    await isExact(first, 0, firstSize)
  })

  it('takes clicks at their place, and keys', async () => {
    await second.mouse.move(123, 77)
    await until('the pointer is there', async () =>
      /\[0\]=1123\n.*\[1\]=77\n/.test(await inside('xinput query-state 4')),
    )
    const { x, y, width, height } = await whereItIs()
    await second.mouse.click(x - firstSize.width + width / 2, y + height / 2)
    await second.keyboard.type('to the second')
    await second.keyboard.press('Enter')
    await until('it was typed', () => desktop.written('typed.txt') === 'to the second\n')
  })

  it('takes a pen at its place, with its pressure and its tilt', async () => {
    const devtools = await second.context().newCDPSession(second)
    const at = {
      x: 123,
      y: 77,
      pointerType: 'pen' as const,
      button: 'left' as const,
      force: 0.25,
      tiltX: 12,
      tiltY: -34,
    }
    await devtools.send('Input.dispatchMouseEvent', { ...at, type: 'mousePressed', buttons: 1, clickCount: 1 })
    const axes = await until(
      'the pen is there',
      async () => {
        const told = await inside("xinput query-state 'Pen stylus'")
        const values = [...told.matchAll(/valuator\[\d\]=(-?\d+)/g)].map(([, value]) => Number(value))
        return values[2] === Math.round(0.25 * 65_535) && values
      },
      patienceMs,
    )
    await devtools.send('Input.dispatchMouseEvent', { ...at, type: 'mouseReleased', buttons: 0, clickCount: 1 })
    const [across = 0, down = 0, , tiltX, tiltY] = axes
    const whole = { width: firstSize.width + secondSize.width, height: firstSize.height }
    const pixels = [(across / 65_536) * whole.width - firstSize.width, (down / 65_536) * whole.height]
    assert.deepEqual([...pixels.map(Math.round), tiltX, tiltY], [at.x, at.y, 12, -34])
  })

  it('is filled by a window that is maximised there, whatever size it takes', async () => {
    await second.keyboard.press('Alt+F10')
    await until('it fills the monitor', async () => {
      const { x, width } = await whereItIs()
      return x === firstSize.width && width > secondSize.width - 20
    })
    await second.setViewportSize({ width: 900, height: 640 })
    await until('it fills the larger one', async () => {
      const { x, width } = await whereItIs()
      return x === firstSize.width && width > 900 - 20
    })
    await second.setViewportSize(secondSize)
    await hasWidth(second, secondSize.width)
    await second.keyboard.press('Alt+F5')
    await until('it is as it was', async () => (await whereItIs()).width < 600)
    await isExact(second, firstSize.width, secondSize)
  })

  it('keeps its windows when the first one takes another size, and when it is loaded anew', async () => {
    const before = await whereItIs()
    await first.setViewportSize({ width: 1203, height: 700 })
    await until('it moves with its monitor', async () => (await whereItIs()).x === before.x + 203)
    await second.reload()
    await second.locator('body[data-phase=connected]').waitFor()
    await hasWidth(second, secondSize.width)
    assert.equal((await whereItIs()).x, before.x + 203)
    await isExact(second, 1203, secondSize)
    await first.setViewportSize(firstSize)
    await until('it moves back', async () => (await whereItIs()).x === before.x)
  })

  it('may be looked at by those who only watch', async () => {
    const { studioId, sessionId } = desktop
    const { stream } = await desktop.server.client().createStreamingSessionView({ studioId, sessionId })
    const watcher = await (await desktop.browser.newContext()).newPage()
    await watcher.goto(stream?.url ?? '')
    await watcher.locator('body[data-phase=connected]').waitFor()
    await hasWidth(watcher, firstSize.width)
    await (await tool(watcher)).click()
    await hasWidth(watcher, secondSize.width)
    await isExact(watcher, firstSize.width, secondSize)
    await watcher.context().close()
  })

  it('takes its monitor with it when it is closed, and the windows come to the first', async () => {
    await second.close()
    await until('there is one monitor', async () => (await monitors()).length === 1, patienceMs)
    const { x, width } = await whereItIs()
    assert.ok(x >= 0 && x + width <= firstSize.width, `it is at ${x}, ${width} wide`)
    await isExact(first, 0, firstSize)
  })
})
