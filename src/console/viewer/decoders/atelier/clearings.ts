/**
 * Where the canvas of the tiles is known to be clear, so that it need not be cleared again: the browser takes over the
 * whole canvas after every change of it, and a video that plays in one place would change it with each frame.
 */
import { intersection, type Rectangle } from '../../../../protocol/rectangle.ts'

const kept = 16

export interface Clearings {
  /** All of it is clear. */
  has(part: Rectangle): boolean
  /** It is clear now. */
  note(part: Rectangle): void
  /** Something is painted there. */
  forget(part: Rectangle): void
}

export const createClearings = (whole: Rectangle): Clearings => {
  let known = [whole]
  return {
    has: part => known.some(clear => contains(clear, part)),
    note(part) {
      known = [...known.filter(clear => !contains(part, clear)), part].slice(-kept)
    },
    forget(part) {
      known = known.filter(clear => !intersection(clear, part))
    },
  }
}

const contains = (outer: Rectangle, inner: Rectangle) =>
  outer.x <= inner.x &&
  outer.y <= inner.y &&
  outer.x + outer.width >= inner.x + inner.width &&
  outer.y + outer.height >= inner.y + inner.height
