/** Where the pointer is on the desktop, which buttons are down, and how far the wheel was turned. */

interface PointerSinks {
  pointer(x: number, y: number, buttons: number): void
  wheel(right: number, down: number): void
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

export const watchPointer = (surface: HTMLCanvasElement, on: PointerSinks) => {
  const tell = (event: PointerEvent) => {
    const { left, top, width, height } = surface.getBoundingClientRect()
    const along = (at: number, from: number, size: number, pixels: number) =>
      Math.min(pixels - 1, Math.max(0, Math.floor(((at - from) / size) * pixels)))
    on.pointer(
      along(event.clientX, left, width, surface.width),
      along(event.clientY, top, height, surface.height),
      buttonsOf(event.buttons),
    )
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
  surface.addEventListener('pointerup', tell)
  surface.addEventListener('pointercancel', tell)
  surface.addEventListener('wheel', turn, { passive: false })
  surface.addEventListener('contextmenu', event => event.preventDefault())
}
