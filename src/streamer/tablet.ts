/** A pen with two ends, and fingers, each a device of its own to programs (`desktop/xorg.conf`). */
import { join } from 'node:path'
import { limits, type PenTool, type ViewerMessage } from '../protocol/messages.ts'
import { type Axes, type Device, openDevice } from './device.ts'

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

/** Tip, middle button, right button. */
const buttons = [1, 2, 3] as const
const bitOf = (button: number) => 1 << (button - 1)
const tip = bitOf(1)
type PenAxes = readonly [x: number, y: number, pressure: number, tiltX: number, tiltY: number]
/** Wacom's tablets know from -64 to 63 degrees. A pen that lies flatter lies so to programs. */
const tiltOf = (degrees: number) => Math.max(-64, Math.min(63, degrees))

/** `folder` is where the X server has made the pipes. */
export const openTablet = (folder: string): Tablet => {
  const pens: Record<PenTool, Device> = {
    pen: openDevice(join(folder, 'pen')),
    eraser: openDevice(join(folder, 'eraser')),
  }
  const touchscreen = openDevice(join(folder, 'touch'))
  // What a streamer that was killed has left pressed.
  for (const pen of Object.values(pens)) {
    for (const button of buttons) pen.press(button, false, [])
    pen.near(false, [])
  }
  for (let finger = 0; finger < limits.fingers; finger++) touchscreen.touch(finger, 'end', [])

  const createHand = (): TabletHand => {
    let near: PenTool | undefined
    let pressed = 0
    /** Where the pen was last, and how. */
    let last: PenAxes = [0, 0, 0, 0, 0]
    /** Where each was last. */
    const fingers = new Map<number, Axes>()

    const press = (device: Device, wanted: number, axes: Axes) => {
      for (const button of buttons) {
        const bit = bitOf(button)
        if ((wanted & bit) !== (pressed & bit)) device.press(button, (wanted & bit) !== 0, axes)
      }
      pressed = wanted
    }
    const lift = () => {
      if (!near) return
      const device = pens[near]
      const [x, y, , tiltX, tiltY] = last
      const above = [x, y, 0, tiltX, tiltY]
      press(device, 0, last)
      device.move(above)
      device.near(false, above)
      near = undefined
    }
    return {
      pen({ tool, isNear, buttons, samples }) {
        if (near !== tool) lift()
        const device = pens[tool]
        for (const [index, { x, y, pressure, tiltX, tiltY }] of samples.entries()) {
          const axes: PenAxes = [x, y, pressure, tiltOf(tiltX), tiltOf(tiltY)]
          if (!near) device.near(true, axes)
          near = tool
          // A tip comes up before its pressure is gone. MyPaint takes a pressure of nothing for a fault of the tablet while
          // the tip is down, and draws on to wherever the pen comes near next.
          const isLifted = index === samples.length - 1 && (pressed & ~buttons & tip) !== 0
          if (isLifted) press(device, buttons, [x, y, last[2], axes[3], axes[4]])
          device.move(axes)
          last = axes
        }
        if (!isNear) return lift()
        if (near) press(device, buttons, last)
      },
      touch({ finger, phase, x, y }) {
        if ((phase === 'begin') === fingers.has(finger)) return
        touchscreen.touch(finger, phase, [x, y])
        if (phase === 'end') fingers.delete(finger)
        else fingers.set(finger, [x, y])
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
