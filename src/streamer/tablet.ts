/** A pen with two ends, and fingers, each a device of its own to programs (`desktop/xorg.conf`). */
import { join } from 'node:path'
import type { PenTool, ViewerMessage } from '../protocol/messages.ts'
import { type Axes, type Device, openDevice } from './device.ts'
import type { Display } from './display.ts'

export type PenMessage = Extract<ViewerMessage, { kind: 'pen' }>
export type TouchMessage = Extract<ViewerMessage, { kind: 'touch' }>

/** What one viewer holds of it. */
export interface TabletHand {
  pen(message: PenMessage): void
  touch(message: TouchMessage): void
  /** Lifts the pen and all fingers. */
  release(): void
}

export interface Tablet {
  createHand(): TabletHand
  close(): void
}

/** The driver's: position is in 65536ths of the screen, pressure in thousandths, and may be a fraction of that. */
const axis = { x: 0, y: 1, pressure: 4 } as const
const fullPressure = 1000
const mostPressure = 0xffff
/** Tip, middle button, right button. */
const buttons = [1, 2, 3] as const
const bitOf = (button: number) => 1 << (button - 1)
const tip = bitOf(1)

/** `folder` is where the X server has made the sockets. */
export const openTablet = async (display: Display, folder: string): Promise<Tablet> => {
  const pens: Record<PenTool, Device> = {
    pen: await openDevice(display, 'PenTip', join(folder, 'pen')),
    eraser: await openDevice(display, 'PenEraser', join(folder, 'eraser')),
  }
  const touchscreen = await openDevice(display, 'Touch', join(folder, 'touch'))

  const createHand = (): TabletHand => {
    let near: PenTool | undefined
    let pressed = 0
    /** Where each was last. */
    const fingers = new Map<number, Axes>()

    const press = (device: Device, wanted: number, place: Axes = {}) => {
      for (const button of buttons) {
        const bit = bitOf(button)
        if ((wanted & bit) !== (pressed & bit)) device.press(button, (wanted & bit) !== 0, place)
      }
      pressed = wanted
    }
    const lift = () => {
      if (!near) return
      const device = pens[near]
      press(device, 0)
      device.move({ [axis.pressure]: 0 })
      device.near(false, {})
      near = undefined
    }
    return {
      pen({ tool, isNear, buttons, samples }) {
        if (near !== tool) lift()
        const device = pens[tool]
        for (const [index, { x, y, pressure }] of samples.entries()) {
          const place = { [axis.x]: x, [axis.y]: y }
          const axes = { ...place, [axis.pressure]: (pressure / mostPressure) * fullPressure }
          if (!near) device.near(true, axes)
          near = tool
          // A tip comes up before its pressure is gone. MyPaint takes a pressure of nothing for a fault of the tablet while
          // the tip is down, and draws on to wherever the pen comes near next.
          const isLifted = index === samples.length - 1 && (pressed & ~buttons & tip) !== 0
          if (isLifted) press(device, buttons, place)
          device.move(axes)
        }
        if (!isNear) return lift()
        if (near) press(device, buttons)
      },
      touch({ finger, phase, x, y }) {
        if ((phase === 'begin') === fingers.has(finger)) return
        const axes = { [axis.x]: x, [axis.y]: y }
        touchscreen.touch(finger, phase, axes)
        if (phase === 'end') fingers.delete(finger)
        else fingers.set(finger, axes)
      },
      release() {
        lift()
        for (const [finger, axes] of fingers) touchscreen.touch(finger, 'end', axes)
        fingers.clear()
      },
    }
  }
  return {
    createHand,
    close() {
      for (const device of [pens.pen, pens.eraser, touchscreen]) device.close()
    },
  }
}
