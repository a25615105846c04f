/** What stands between an artist and the desktop: the network, the server, the browser's sleep, and the keyboard. */
import { after, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { heldAfter, keyEventsIn } from './key-log.ts'
import { type Relay, startRelay } from './relay.ts'
import { freePort } from './server.ts'
import { patienceMs, type StreamedDesktop, startStreamedDesktop } from './streamed-desktop.ts'
import { until } from './until.ts'

let desktop: StreamedDesktop
let relay: Relay
let page: Page

/** Far longer than a key that is held takes to repeat, ms. */
const restMs = 1000

const keys = () => keyEventsIn(desktop.written('keys.log'))
const type = async (line: string) => {
  await page.keyboard.type(line)
  await page.keyboard.press('Enter')
}

before(async () => {
  const port = await freePort()
  relay = await startRelay(port)
  desktop = await startStreamedDesktop({
    port,
    // By this name the browser reaches the server over the relay, and by its number without.
    browserArguments: [`--host-resolver-rules=MAP localhost:${port} 127.0.0.1:${relay.port}`],
  })
  page = await desktop.openViewer(`localhost:${port}`)
  await page.locator('#screen canvas').click({ position: { x: 700, y: 600 } })
  await page.keyboard.press('Control+Alt+t')
  await until(
    'the terminal takes what is typed',
    async () => {
      await type('echo there > there.txt')
      await pause(500)
      return desktop.written('there.txt') !== ''
    },
    patienceMs,
  )
  await type('stdbuf -oL xev -event keyboard > keys.log')
  await until('a window watches the keyboard', () => desktop.written('keys.log').includes('KeymapNotify'), patienceMs)
})

after(async () => {
  await desktop?.close()
  await relay?.close()
})

describe('a viewer that loses its desktop with a key held down', () => {
  const isHeld = (name: string) => heldAfter(keys()).includes(name)
  const phase = (name: string) => page.locator(`body[data-phase=${name}]`).waitFor()
  const hold = async (key: string) => {
    await page.keyboard.down(key)
    await until(`${key} is down`, () => isHeld(key), patienceMs)
  }
  /** A key that is held repeats, and each time comes up for a moment. */
  const isLetGo = (key: string) =>
    until(
      `${key} comes up on the desktop and stays up`,
      async () => {
        const { length } = keys()
        await pause(restMs)
        return !isHeld(key) && keys().length === length
      },
      patienceMs,
    )

  /** The picture is there and the desktop hears, after what has just been done. How long that took is told. */
  const isBack = async (t: TestContext, key: string) => {
    const began = performance.now()
    await phase('connected')
    t.diagnostic(`the picture is back after ${Math.round(performance.now() - began)} ms`)
    await page.keyboard.up(key)
    const before = keys().length
    await page.keyboard.press('x')
    await until('the desktop hears', () => keys().length > before && heldAfter(keys()).length === 0, patienceMs)
  }

  it('has it let go at once and is back when the network is, after a connection that was cut', async t => {
    await hold('a')
    await relay.cut()
    await isLetGo('a')
    await phase('reconnecting')
    await pause(3000)
    await relay.heal()
    await isBack(t, 'a')
  })

  it('has it let go soon and is back when the network is, after one that fell silent', async t => {
    await hold('b')
    relay.fallSilent()
    await isLetGo('b')
    await phase('reconnecting')
    await pause(3000)
    await relay.heal()
    await isBack(t, 'b')
  })

  for (const end of ['stop', 'kill9'] as const)
    it(`is back when the server is, after its ${end}`, async t => {
      await hold('c')
      await desktop.server[end]()
      await isLetGo('c')
      await desktop.server.restart()
      await isBack(t, 'c')
    })

  it('is back when the browser wakes up', async t => {
    await hold('d')
    desktop.sleep()
    await isLetGo('d')
    desktop.wakeUp()
    await isBack(t, 'd')
  })
})
