/** Pens, fingers, and a pointer that is bound. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { canvasOf } from '../shown-picture.ts'
import { patienceMs, streamerOf } from '../streamed-desktop.ts'
import { until } from '../until.ts'
import { clickTerminal, enter, home, page, sessionId, tool } from './viewer.ts'

/** What `xinput test-xi2` has written of a device, an event each. The last one may be unfinished, and is left out. */
const eventsOf = (device: string): string[] => {
  // As the X server numbers them, in the order of its configuration.
  const ids = { 'Pen stylus': 6, 'Pen eraser': 7, Touch: 8, 'Virtual core XTEST pointer': 4 } as Record<string, number>
  const events = readFileSync(join(home(), 'hands.txt'), 'utf8').split('EVENT type ').slice(1, -1)
  return events.filter(event => event.includes(`(${ids[device]})\n`))
}

/** Of its events, one axis, by the event's detail: of fingers, the first two. Waits until `isThere` says so. */
const moved = async (
  device: string,
  axis: number,
  isThere: (first: number[], second: number[]) => boolean,
  kind = 'RawMotion',
) => {
  return await until(
    `${device} has moved`,
    () => {
      const byDetail = new Map<string, number[]>()
      for (const event of eventsOf(device)) {
        if (!event.includes(`(${kind})`)) continue
        const [, detail = ''] = /detail: (\d+)/.exec(event) ?? []
        const [, value] = new RegExp(`^ +${axis}: ([\\d.-]+)`, 'm').exec(event) ?? []
        if (value !== undefined) byDetail.set(detail, [...(byDetail.get(detail) ?? []), Number(value)])
      }
      const [first = [], second = []] = byDetail.values()
      return isThere(first, second) && ([first, second] as const)
    },
    patienceMs,
  )
}

export const hands = () =>
  describe('hands on a desktop', () => {
    it('has the pressure and the tilt of a pen, both its ends, and fingers, as programs ask XInput2 for them', async () => {
      await page.setViewportSize({ width: 900, height: 640 })
      await until('the desktop has the size', async () => (await canvasOf(page)).width === 900, patienceMs)
      await clickTerminal()
      await enter(
        'stdbuf -oL xinput test-xi2 --root > hands.txt & until [ -s hands.txt ]; do sleep 0.1; done; echo > listening',
      )
      await until('a program listens', () => existsSync(join(home(), 'listening')), patienceMs)

      const devtools = await page.context().newCDPSession(page)
      const curve = Array.from({ length: 40 }, (_, step) => 0.01 + 0.98 * Math.sin((step / 40) * Math.PI))
      // From left to right, and back from the front by half of it.
      const leaning = (step: number) => -60 + 4 * Math.min(step, 30)
      const pen = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', step: number) =>
        devtools.send('Input.dispatchMouseEvent', {
          ...{ type, x: 200 + step * 5, y: 400, pointerType: 'pen', force: curve[step] ?? 0 },
          ...{ tiltX: leaning(step), tiltY: -leaning(step) / 2 },
          ...{ button: 'left', buttons: type === 'mouseReleased' ? 0 : 1, clickCount: 1 },
        })
      await pen('mousePressed', 0)
      for (const step of curve.keys()) await pen('mouseMoved', step)
      await pen('mouseReleased', 40)
      const [drawn] = await moved('Pen stylus', 2, found => {
        return found.length > curve.length && found.at(-1) === 0
      })
      const steps = (values: readonly number[]) => values.filter((value, index) => value !== values[index - 1])
      assert.deepEqual(
        steps(drawn).slice(0, curve.length),
        curve.map(force => Math.round(force * 65_535)),
      )
      const [toTheRight] = await moved('Pen stylus', 3, () => true)
      const [toTheFront] = await moved('Pen stylus', 4, () => true)
      const leaned = Array.from({ length: 31 }, (_, step) => leaning(step))
      assert.deepEqual(steps(toTheRight), leaned)
      assert.deepEqual(
        steps(toTheFront),
        leaned.map(degrees => 0 - degrees / 2),
      )
      const [across] = await moved('Pen stylus', 0, () => true)
      assert.ok(Math.abs((across.at(-2) ?? 0) - (395 / 900) * 65536) < 1)
      // The tip comes up where the pen is, and while it presses; to programs that paint, nothing of it is part of the next stroke.
      const [lifted = '', last = ''] = eventsOf('Pen stylus')
        .filter(event => /Raw/.test(event))
        .slice(-2)
      assert.match(lifted, /RawButtonRelease.*\n +0: 29127\./s)
      assert.match(last, /RawMotion.*\n +2: 0\.0/s)

      // The browser's remote control has no such pen, so the page is told of one.
      await page.evaluate(`(() => {
      const canvas = document.querySelector('#screen canvas')
      const pen = { pointerType: 'pen', clientX: 300, clientY: 400, bubbles: true }
      canvas.dispatchEvent(new PointerEvent('pointerrawupdate', { ...pen, buttons: 2 }))
      canvas.dispatchEvent(new PointerEvent('pointerrawupdate', pen))
      canvas.dispatchEvent(new PointerEvent('pointerrawupdate', { ...pen, buttons: 32, pressure: 0.25 }))
      canvas.dispatchEvent(new PointerEvent('pointerup', pen))
      canvas.dispatchEvent(new PointerEvent('pointerrawupdate', { ...pen, clientX: 310 }))
      canvas.dispatchEvent(new PointerEvent('pointerleave', pen))
    })()`)
      const [erased] = await moved('Pen eraser', 2, found => found.some(pressure => pressure > 0))
      assert.equal(Math.max(...erased), Math.round(0.25 * 65_535))
      const side = eventsOf('Pen stylus').flatMap(event => /\((RawButton\w+)\).*?detail: 3\n/s.exec(event)?.[1] ?? [])
      assert.deepEqual(side, ['RawButtonPress', 'RawButtonRelease'])
      // It is no other end of the pen while it is lifted between two strokes.
      const above = Math.floor((310 / 900) * 65536)
      await moved('Pen eraser', 0, found => found.some(place => Math.floor(place) === above))

      const fingers = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...across: number[]) =>
        devtools.send('Input.dispatchTouchEvent', { type, touchPoints: across.map((x, id) => ({ x, y: 320, id })) })
      await fingers('touchStart', 90, 450)
      await fingers('touchMove', 180, 360)
      await fingers('touchEnd')
      const [left, right] = await moved(
        'Touch',
        0,
        (first, second) => first.length > 0 && second.length > 0,
        'RawTouchUpdate',
      )
      const places = [left.at(-1) ?? 0, right.at(-1) ?? 0].sort((a, b) => a - b)
      assert.deepEqual(places, [Math.floor(0.2 * 65536), Math.floor(0.4 * 65536)])
    })

    it('lets a pen go that was down when the streamer was killed', async () => {
      const devtools = await page.context().newCDPSession(page)
      const at = { x: 400, y: 420, pointerType: 'pen' as const, force: 0.5, button: 'left' as const }
      const told = (what: RegExp) => eventsOf('Pen stylus').filter(event => what.test(event)).length
      const pressed = told(/RawButtonPress/)
      await devtools.send('Input.dispatchMouseEvent', { ...at, type: 'mousePressed', buttons: 1, clickCount: 1 })
      await until('it is down', () => told(/RawButtonPress/) > pressed, patienceMs)
      const released = told(/RawButtonRelease/)
      process.kill(await streamerOf(sessionId), 'SIGKILL')
      await until('it is up', () => told(/RawButtonRelease/) > released, patienceMs)
      await devtools.send('Input.dispatchMouseEvent', { ...at, type: 'mouseReleased', buttons: 0, clickCount: 1 })
      await page.locator('body[data-phase=connected]').waitFor()
    })

    it('is moved by a pointer that is bound to it, and let go again', async () => {
      await page.mouse.move(450, 300)
      await (await tool('lock-pointer')).click()
      await until('the pointer is bound', () => page.evaluate('document.pointerLockElement !== null'), patienceMs)
      const before = (await moved('Virtual core XTEST pointer', 0, () => true))[0].length
      await page.mouse.move(500, 330)
      await page.mouse.move(520, 350)
      const [across] = await moved(
        'Virtual core XTEST pointer',
        0,
        found => found.length > before && found.at(-1) === 20,
      )
      assert.equal(across.at(-1), 20)
      // What Escape does in a browser with a window; one without takes no notice of it.
      await page.evaluate('document.exitPointerLock()')
      await until('it is free', () => page.evaluate('document.pointerLockElement === null'), patienceMs)
      await clickTerminal()
      await enter('kill %1')
    })
  })
