/** What stands between an artist and the desktop: the network, the server, the browser's sleep, and the keyboard. */
import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { after, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright-core'
import { heldAfter, keyEventsIn } from './key-log.ts'
import { everyAltGrKey, everyKey, press, type Stroke } from './keyboards.ts'
import { type Relay, startRelay } from './relay.ts'
import { freePort } from './server.ts'
import { patienceMs, type StreamedDesktop, startStreamedDesktop } from './streamed-desktop.ts'
import { enter, lineOf, openTerminal } from './terminal.ts'
import { until } from './until.ts'

let desktop: StreamedDesktop
let relay: Relay
let page: Page
let devtools: CDPSession

/** Far longer than a key that is held takes to repeat, ms. */
const restMs = 1000

const keys = () => keyEventsIn(desktop.written('keys.log'))
const type = (line: string) => enter(page, line)

before(async () => {
  const port = await freePort()
  relay = await startRelay(port)
  desktop = await startStreamedDesktop({
    port,
    // By this name the browser reaches the server over the relay, and by its number without.
    browserArguments: [`--host-resolver-rules=MAP localhost:${port} 127.0.0.1:${relay.port}`],
  })
  page = await desktop.openViewer(`localhost:${port}`)
  await openTerminal(page, desktop.home)
  devtools = await page.context().newCDPSession(page)
})

after(async () => {
  await desktop?.close()
  await relay?.close()
})

describe('a keyboard', () => {
  it('is repeated by the browser alone, whatever the network holds up', async () => {
    await type('xset q > keyboard.txt')
    const told = await until('the X server tells', () => desktop.written('keyboard.txt'), patienceMs)
    assert.match(told, /auto repeat: +off/)
  })

  const arrived = (file: string, strokes: () => Promise<void>) => lineOf(page, desktop.home, file, strokes)
  const textOf = (strokes: readonly Stroke[]) => strokes.map(({ key }) => key).join('')

  for (const layout of ['us', 'german'] as const)
    it(`with a ${layout} layout types what is on its keys`, async () => {
      const strokes = everyKey(layout)
      assert.equal(await arrived(`${layout}.txt`, () => press(devtools, strokes)), textOf(strokes))
    })

  it('types what is on its keys with AltGr, on Linux and on Windows', async () => {
    const linux = async () => {
      const altGr = { code: 'AltRight', key: 'AltGraph' }
      await devtools.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...altGr })
      await press(devtools, everyAltGrKey)
      await devtools.send('Input.dispatchKeyEvent', { type: 'keyUp', ...altGr })
    }
    assert.equal(await arrived('altgr-linux.txt', linux), textOf(everyAltGrKey))
    // There AltGr is Ctrl and Alt, which these say together. The protocol of the developer tools knows no AltGr.
    const windows = async () => {
      await page.evaluate(`(() => {
        const tell = (type, stroke) => document.activeElement.dispatchEvent(new KeyboardEvent(type, {
          ...stroke, ctrlKey: true, altKey: true, modifierAltGraph: true, bubbles: true,
        }))
        const altGr = [{ code: 'ControlLeft', key: 'Control' }, { code: 'AltRight', key: 'AltGraph' }]
        for (const key of altGr) tell('keydown', key)
        for (const stroke of ${JSON.stringify(everyAltGrKey)}) for (const type of ['keydown', 'keyup']) tell(type, stroke)
        for (const key of altGr) tell('keyup', key)
      })()`)
    }
    assert.equal(await arrived('altgr-windows.txt', windows), textOf(everyAltGrKey))
  })

  it('types letters with accents, from dead keys', async () => {
    const strokes = [
      ...[
        { code: 'Equal', key: 'Dead' },
        { code: 'KeyE', key: 'é' },
      ],
      ...[
        { code: 'Backquote', key: 'Dead' },
        { code: 'KeyA', key: 'â' },
      ],
      ...[
        { code: 'Equal', key: 'Dead', shift: true },
        { code: 'KeyO', key: 'Ò', shift: true },
      ],
      ...[
        { code: 'Backquote', key: 'Dead' },
        { code: 'Space', key: '^' },
      ],
    ]
    const compose = async (accent: string, letter: string) => {
      await devtools.send('Input.imeSetComposition', { text: accent, selectionStart: 1, selectionEnd: 1 })
      await devtools.send('Input.insertText', { text: letter })
    }
    const typed = await arrived('accents.txt', async () => {
      await press(devtools, strokes)
      await compose('´', 'é')
      await compose('^', 'a')
      await compose('^', 'ô')
    })
    assert.equal(typed, 'éâÒ^éaô')
  })

  it('types capitals with Caps Lock, and small letters with Caps Lock and Shift', async () => {
    const capsLock = { code: 'CapsLock', key: 'CapsLock' }
    const strokes = [
      ...[{ code: 'KeyA', key: 'a' }, capsLock, { code: 'KeyB', key: 'B' }, { code: 'KeyC', key: 'c', shift: true }],
      ...[
        { code: 'Digit1', key: '1' },
        { code: 'Digit1', key: '!', shift: true },
        capsLock,
        { code: 'KeyD', key: 'd' },
      ],
    ]
    assert.equal(await arrived('capitals.txt', () => press(devtools, strokes)), 'aBc1!d')
  })

  it('repeats a key that is held as often as the browser does', async () => {
    const strokes = [
      { code: 'KeyR', key: 'r', repeats: 5 },
      { code: 'Minus', key: 'ß', repeats: 2 },
    ]
    assert.equal(await arrived('repeats.txt', () => press(devtools, strokes)), 'rrrrrrßßß')
  })

  describe('whose keys are looked at by a program', () => {
    before(async () => {
      // A window that comes up while somebody types may not get the keyboard.
      const watches = () => desktop.written('keys.log').includes('KeymapNotify')
      await until(
        'a window watches',
        async () => {
          await page.keyboard.press('Control+c')
          await type('stdbuf -oL xev -event keyboard > keys.log')
          for (const end = performance.now() + 5000; !watches() && performance.now() < end; ) await pause(100)
          return watches()
        },
        patienceMs,
      )
    })

    /** The keys that have come down on the desktop while these were pressed. All are up again. */
    const pressed = async (strokes: readonly Stroke[], count: number) => {
      const before = keys().length
      await press(devtools, strokes)
      const found = () =>
        keys()
          .slice(before)
          .filter(({ isDown }) => isDown)
      await until('all have come', () => found().length >= count && heldAfter(keys()).length === 0, patienceMs)
      return found()
    }

    it('has digits, operators and Enter on its keypad, and arrows without Num Lock', async () => {
      const digits = [...'0123456789'].map(key => ({ code: `Numpad${key}`, key }))
      const others = [
        ...[
          { code: 'NumpadAdd', key: '+' },
          { code: 'NumpadSubtract', key: '-' },
          { code: 'NumpadMultiply', key: '*' },
        ],
        ...[
          { code: 'NumpadDivide', key: '/' },
          { code: 'NumpadDecimal', key: '.' },
          { code: 'NumpadDecimal', key: ',' },
        ],
      ]
      const strokes = [...digits, ...others]
      const typing = await pressed(strokes, strokes.length)
      assert.deepEqual(
        typing.map(({ name, text }) => [name, text]),
        [
          ...digits.map(({ key }) => [`KP_${key}`, key]),
          ...[
            ['KP_Add', '+'],
            ['KP_Subtract', '-'],
            ['KP_Multiply', '*'],
            ['KP_Divide', '/'],
          ],
          ...[
            ['KP_Decimal', '.'],
            ['KP_Separator', ','],
          ],
        ],
      )
      const moving = [
        ...[
          { code: 'NumpadEnter', key: 'Enter' },
          { code: 'Numpad7', key: 'Home' },
          { code: 'Numpad8', key: 'ArrowUp' },
        ],
        ...[
          { code: 'Numpad5', key: 'Clear' },
          { code: 'Numpad3', key: 'PageDown' },
        ],
        ...[
          { code: 'Numpad0', key: 'Insert' },
          { code: 'NumpadDecimal', key: 'Delete' },
        ],
      ]
      assert.deepEqual(
        (await pressed(moving, moving.length)).map(({ name }) => name),
        ['KP_Enter', 'KP_Home', 'KP_Up', 'KP_Begin', 'KP_Next', 'KP_Insert', 'KP_Delete'],
      )
    })

    it('has function keys, also with Shift, and those that move', async () => {
      const names = Array.from({ length: 24 }, (_, index) => `F${index + 1}`)
      const strokes = names.map(key => ({ code: key, key }))
      assert.deepEqual(
        (await pressed(strokes, 24)).map(({ name }) => name),
        names,
      )
      const moving = ['Home', 'End', 'PageUp', 'PageDown', 'Insert', 'Delete', 'Escape', 'Backspace', 'Tab']
      assert.deepEqual(
        (
          await pressed(
            moving.map(key => ({ code: key, key })),
            moving.length,
          )
        ).map(({ name }) => name),
        ['Home', 'End', 'Prior', 'Next', 'Insert', 'Delete', 'Escape', 'BackSpace', 'Tab'],
      )
      const shifted = await pressed(
        ['F5', 'ArrowLeft', 'Tab'].map(key => ({ code: key, key, shift: true })),
        6,
      )
      assert.deepEqual(
        shifted.map(({ name }) => name),
        ['Shift_L', 'F5', 'Shift_L', 'Left', 'Shift_L', 'ISO_Left_Tab'],
      )
    })

    it('leaves no modifier down when the focus goes elsewhere', async () => {
      for (const modifiers of [
        ['ControlLeft', 'ShiftRight'],
        ['AltLeft', 'ControlRight'],
      ]) {
        for (const modifier of modifiers) await page.keyboard.down(modifier)
        await until('both are down', () => heldAfter(keys()).length === modifiers.length, patienceMs)
        await page.getByTestId('toolbar-toggle').focus()
        await until('none is down', () => heldAfter(keys()).length === 0, patienceMs)
        for (const modifier of modifiers) await page.keyboard.up(modifier)
        await page.locator('#screen canvas').click({ position: { x: 700, y: 600 } })
      }
      assert.deepEqual(
        (await pressed([{ code: 'KeyA', key: 'a' }], 1)).map(({ text }) => text),
        ['a'],
      )
    })
  })
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

describe('a desktop whose streamer does not start', () => {
  it('is shown by RFB, and tells that it is', async () => {
    for (const name of ['stream', 'call']) await rename(desktop.socket(name), desktop.socket(`${name}.away`))
    await page.reload()
    await page.locator('body[data-phase=connected]').waitFor()
    const { server, studioId, sessionId } = desktop
    await until(
      'the newest of what was measured is of RFB',
      async () => {
        const { streamingSessionStatistics } = await server
          .client()
          .getStreamingSessionStatistics({ studioId, sessionId })
        return streamingSessionStatistics[0]?.decoder === 'RFB'
      },
      patienceMs,
    )
    for (const name of ['stream', 'call']) await rename(desktop.socket(`${name}.away`), desktop.socket(name))
  })
})
