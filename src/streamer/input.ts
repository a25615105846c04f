/** What one viewer's hands do on the desktop. What it holds down comes up when it goes, however it goes. */
import type { ViewerMessage } from '../protocol/messages.ts'
import type { Rectangle } from '../protocol/rectangle.ts'
import type { Display } from './display.ts'
import type { Keyboard } from './keyboard.ts'
import type { TabletHand } from './tablet.ts'

export type InputMessage = Extract<
  ViewerMessage,
  { kind: 'key' | 'pointer' | 'relative' | 'wheel' | 'pen' | 'touch' | 'release' }
>

export interface Input {
  /** The number of the last input that the X server has been told. */
  readonly last: number
  take(message: InputMessage): void
  releaseAll(): void
}

const buttonPress = 4
const buttonRelease = 5
const motion = 6
/** In a motion: from where the pointer is. */
const byPixels = 1
const wheel = { up: 4, down: 5, left: 6, right: 7 } as const
/** Buttons 4 to 7 are the wheel's. */
const buttons = [1, 2, 3, 8, 9] as const
const bitOf = (button: number) => 1 << (button - 1)
/** A wheel that was spun further in one message was not spun by a hand. */
const mostSteps = 20
/** What places of pens and fingers are counted in. */
const parts = 0x10000

/** `monitor` is where on the screen the monitor is that the viewer sees. */
export const createInput = (
  display: Display,
  keyboard: Keyboard,
  tablet: TabletHand,
  monitor: () => Rectangle,
): Input => {
  const { xtest, root } = display
  const keys = new Set<number>()
  let pressed = 0
  let last = 0
  const fake = (type: number, detail: number, window = 0, x = 0, y = 0) =>
    xtest.FakeInput(type, detail, 0, window, x, y)

  /** From parts of the monitor to parts of the screen. */
  const onScreen = <At extends { x: number; y: number }>(at: At): At => {
    const { x, y, width, height } = monitor()
    return {
      ...at,
      x: ((x + (at.x / parts) * width) / display.width) * parts,
      y: ((y + (at.y / parts) * height) / display.height) * parts,
    }
  }
  const point = (right: number, down: number) => {
    const { x, y } = monitor()
    const within = (at: number, size: number) => Math.max(0, Math.min(size - 1, at))
    fake(motion, 0, root, within(x + right, display.width), within(y + down, display.height))
  }

  const setButtons = (wanted: number) => {
    for (const button of buttons) {
      const bit = bitOf(button)
      if ((wanted & bit) !== (pressed & bit)) fake(wanted & bit ? buttonPress : buttonRelease, button)
    }
    pressed = wanted
  }
  const turn = (steps: number, button: number) => {
    for (let step = 0; step < Math.min(steps, mostSteps); step++) {
      fake(buttonPress, button)
      fake(buttonRelease, button)
    }
  }
  const releaseAll = () => {
    for (const keysym of keys) keyboard.release(keysym)
    keys.clear()
    setButtons(0)
    tablet.release()
  }

  return {
    get last() {
      return last
    },
    take(message) {
      switch (message.kind) {
        case 'key':
          if (message.isDown) {
            keys.add(message.keysym)
            keyboard.press(message.keysym)
          } else if (keys.delete(message.keysym)) keyboard.release(message.keysym)
          break
        case 'pointer':
          point(message.x, message.y)
          setButtons(message.buttons)
          break
        case 'relative':
          fake(motion, byPixels, 0, message.right, message.down)
          setButtons(message.buttons)
          break
        case 'pen':
          tablet.pen({ ...message, samples: message.samples.map(onScreen) })
          break
        case 'touch':
          tablet.touch(onScreen(message))
          break
        case 'wheel':
          turn(message.down, wheel.down)
          turn(-message.down, wheel.up)
          turn(message.right, wheel.right)
          turn(-message.right, wheel.left)
          break
        case 'release':
          return releaseAll()
      }
      last = message.input
    },
    releaseAll,
  }
}
