/**
 * One input device of the X server's, moved by what is written to the pipe of its driver, which is ours
 * (`src/compute/local/input-driver.c`).
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs'

/** In the order of the device's axes, in their units; those that are left out are 0. */
export type Axes = readonly number[]
export type Phase = 'begin' | 'move' | 'end'

export interface Device {
  move(axes: Axes): void
  /** Whether the pen is near the tablet. */
  near(isNear: boolean, axes: Axes): void
  press(button: number, isDown: boolean, axes: Axes): void
  touch(finger: number, phase: Phase, axes: Axes): void
  close(): void
}

const kinds = { move: 0, near: 1, away: 2, press: 3, release: 4, begin: 5, update: 6, end: 7 } as const
const phases = { begin: kinds.begin, move: kinds.update, end: kinds.end } as const
const mostAxes = 5

/**
 * The pipe is there as long as the X server has the device. One that cannot be opened is told of, and moves nothing.
 *
 * A pipe holds two thousand events that the X server has not taken yet. After that, writing throws: an X server that has
 * stopped for seconds has no picture either, and the streamer ends with it.
 */
export const openDevice = (path: string): Device => {
  const pipe = open(path)
  const tell = (kind: number, number: number, axes: Axes) => {
    if (pipe === undefined) return
    const event = new Int32Array(2 + mostAxes)
    event[0] = kind
    event[1] = number
    event.set(axes.map(Math.floor), 2)
    writeSync(pipe, event)
  }
  return {
    move: axes => tell(kinds.move, 0, axes),
    near: (isNear, axes) => tell(isNear ? kinds.near : kinds.away, 0, axes),
    press: (button, isDown, axes) => tell(isDown ? kinds.press : kinds.release, button, axes),
    touch: (finger, phase, axes) => tell(phases[phase], finger, axes),
    close: () => {
      if (pipe !== undefined) closeSync(pipe)
    },
  }
}

const open = (path: string): number | undefined => {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (error) {
    console.error(`the X server has no device at ${path}:`, (error as Error).message)
    return undefined
  }
}
