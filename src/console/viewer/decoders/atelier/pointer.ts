/** Where pointer, pen and fingers are on the desktop, what is pressed, and how far the wheel was turned. */
import { limits, type PenSample, type PenTool, type TouchPhase } from '../../../../protocol/messages.ts'

interface PointerSinks {
  pointer(x: number, y: number, buttons: number): void
  wheel(right: number, down: number): void
  /** As the messages of the protocol that are called so. */
  pen(tool: PenTool, isNear: boolean, buttons: number, samples: PenSample[]): void
  touch(finger: number, phase: TouchPhase, x: number, y: number): void
  relative(right: number, down: number, buttons: number): void
  /** The desktop was touched: it takes the keyboard. */
  touched(): void
}

/** From the browser's bits to X's: left, right, middle, back, forward. */
const buttonBits: readonly [browser: number, x: number][] = [
  [1, 1],
  [2, 4],
  [4, 2],
  [8, 1 << 7],
  [16, 1 << 8],
]
const buttonsOf = (browser: number): number =>
  buttonBits.reduce((buttons, [from, to]) => (browser & from ? buttons | to : buttons), 0)

/** Pixels of turning that make one step of a wheel. */
const stepPixels = 50
const linePixels = 19

/** Of the browser's buttons of a pen: it is used with its other end. */
const eraserBit = 32
/** What the protocol counts a screen in, for hands that are finer than its pixels. */
const wholeScreen = 0x10000
const fullPressure = 0xffff
/** How far a pointer that holds a button may go beyond the monitor, pixels: others may be there. */
const beyondEdges = 3 * limits.side

export const watchPointer = (surface: HTMLCanvasElement, on: PointerSinks) => {
  const placeOf = ({ clientX, clientY }: PointerEvent, across: number, down: number, beyond = 0) => {
    const { left, top, width, height } = surface.getBoundingClientRect()
    const along = (at: number, from: number, size: number, parts: number) =>
      Math.min(parts - 1 + beyond, Math.max(-beyond, Math.floor(((at - from) * parts) / size)))
    return { x: along(clientX, left, width, across), y: along(clientY, top, height, down) }
  }

  /** What came of a movement that was no whole pixel yet. */
  const rest = { right: 0, down: 0 }
  const move = (event: PointerEvent) => {
    const whole = (direction: 'right' | 'down', by: number) => {
      rest[direction] += by
      const pixels = Math.trunc(rest[direction])
      rest[direction] -= pixels
      return Math.max(-0x8000, Math.min(0x7fff, pixels))
    }
    on.relative(whole('right', event.movementX), whole('down', event.movementY), buttonsOf(event.buttons))
  }
  const point = (event: PointerEvent) => {
    if (document.pointerLockElement === surface) return move(event)
    // Held by this window, it is heard of wherever it is, and is let go there.
    const isHeld = event.buttons !== 0 || event.type === 'pointerup'
    const { x, y } = placeOf(event, surface.width, surface.height, isHeld ? beyondEdges : 0)
    on.pointer(x, y, buttonsOf(event.buttons))
  }

  const sampleOf = (event: PointerEvent): PenSample => ({
    ...placeOf(event, wholeScreen, wholeScreen),
    pressure: Math.round(event.pressure * fullPressure),
    tiltX: Math.round(event.tiltX),
    tiltY: Math.round(event.tiltY),
  })
  /** Browsers tell which end it is only while it presses. Above the screen it is the one that pressed last. */
  let end: PenTool = 'pen'
  const draw = (event: PointerEvent, isNear: boolean) => {
    const isErasing = (event.buttons & eraserBit) !== 0
    if (event.buttons !== 0) end = isErasing ? 'eraser' : 'pen'
    const buttons = isErasing ? 1 : buttonsOf(event.buttons)
    const samples = (event.getCoalescedEvents?.() ?? []).slice(-limits.penSamples).map(sampleOf)
    on.pen(end, isNear, buttons, samples.length > 0 ? samples : [sampleOf(event)])
    // To be turned round, it has to go away.
    if (!isNear) end = 'pen'
  }

  /** By the browser's number, which grows with every touch. */
  const fingers = new Map<number, number>()
  const touch = (event: PointerEvent) => {
    if (event.type === 'pointerdown') {
      const free = Array.from({ length: limits.fingers }, (_, finger) => finger).find(
        finger => ![...fingers.values()].includes(finger),
      )
      if (free !== undefined) fingers.set(event.pointerId, free)
    }
    const finger = fingers.get(event.pointerId)
    if (finger === undefined) return
    const { x, y } = placeOf(event, wholeScreen, wholeScreen)
    const isOver = event.type === 'pointerup' || event.type === 'pointercancel'
    on.touch(finger, event.type === 'pointerdown' ? 'begin' : isOver ? 'end' : 'move', x, y)
    if (isOver) fingers.delete(event.pointerId)
  }

  /** Where there are such events, a pen is heard at once, and not with the next picture. */
  const penMoves = 'onpointerrawupdate' in surface ? 'pointerrawupdate' : 'pointermove'
  const tell = (event: PointerEvent) => {
    if (event.pointerType === 'pen' && event.type === 'pointermove' && penMoves !== event.type) return
    if (event.pointerType === 'touch') touch(event)
    else if (event.pointerType === 'pen') draw(event, event.type !== 'pointercancel')
    else point(event)
  }
  const turned = { right: 0, down: 0 }
  const turn = (event: WheelEvent) => {
    event.preventDefault()
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : linePixels
    turned.right += event.deltaX * unit
    turned.down += event.deltaY * unit
    const step = (direction: 'right' | 'down') => {
      if (Math.abs(turned[direction]) < stepPixels) return 0
      const step = Math.sign(turned[direction])
      turned[direction] = 0
      return step
    }
    const [right, down] = [step('right'), step('down')]
    if (right !== 0 || down !== 0) on.wheel(right, down)
  }

  surface.style.touchAction = 'none'
  surface.addEventListener('pointerdown', event => {
    event.preventDefault()
    surface.setPointerCapture(event.pointerId)
    on.touched()
    tell(event)
  })
  surface.addEventListener('pointermove', tell)
  surface.addEventListener('pointerrawupdate', event => {
    if (event instanceof PointerEvent && event.pointerType === 'pen') tell(event)
  })
  surface.addEventListener('pointerleave', event => {
    if (event.pointerType === 'pen') draw(event, false)
  })
  surface.addEventListener('pointerup', tell)
  surface.addEventListener('pointercancel', tell)
  surface.addEventListener('wheel', turn, { passive: false })
  surface.addEventListener('contextmenu', event => event.preventDefault())
}
