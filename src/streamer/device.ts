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

/** What waits for an X server that takes nothing, where the pipe is full: never a movement, which another one follows. */
const mostWaiting = 4096
const tryEveryMs = 5

/**
 * The pipe is there as long as the X server has the device, which programs of the desktop may switch off and on. While it is not,
 * nothing is moved.
 */
export const openDevice = (path: string): Device => {
  let pipe: number | undefined
  let isClosed = false
  let isMissed = false
  const waiting: Int32Array[] = []
  let timer: NodeJS.Timeout | undefined

  /** False where the pipe is full. */
  const write = (event: Int32Array): boolean => {
    try {
      pipe ??= openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
      writeSync(pipe, event)
      isMissed = false
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false
      if (!isMissed) console.error(`the X server has no device at ${path}:`, (error as Error).message)
      isMissed = true
      close()
    }
    return true
  }
  const close = () => {
    if (pipe !== undefined) closeSync(pipe)
    pipe = undefined
  }
  const tryAgain = () => {
    timer = undefined
    while (waiting[0] && write(waiting[0])) waiting.shift()
    if (waiting.length > 0) timer = setTimeout(tryAgain, tryEveryMs)
  }
  const tell = (kind: number, number: number, axes: Axes) => {
    if (isClosed) return
    const event = Int32Array.of(
      kind,
      number,
      ...Array.from({ length: mostAxes }, (_, axis) => Math.floor(axes[axis] ?? 0)),
    )
    if (waiting.length === 0 && write(event)) return
    if (kind === kinds.move || kind === kinds.update || waiting.length === mostWaiting) return
    waiting.push(event)
    timer ??= setTimeout(tryAgain, tryEveryMs)
  }
  return {
    move: axes => tell(kinds.move, 0, axes),
    near: (isNear, axes) => tell(isNear ? kinds.near : kinds.away, 0, axes),
    press: (button, isDown, axes) => tell(isDown ? kinds.press : kinds.release, button, axes),
    touch: (finger, phase, axes) => tell(phases[phase], finger, axes),
    close() {
      isClosed = true
      clearTimeout(timer)
      close()
    },
  }
}
