/**
 * Programs draw again what is there already: a clock every second, a button under the pointer. What was sent last of a
 * place, and nothing else of it since, need not be sent again.
 */
import { intersection, type Rectangle } from '../protocol/rectangle.ts'

const kept = 32

export interface Repeats {
  /** Whether these parts were last sent with these contents. */
  has(parts: readonly Rectangle[], digest: string): boolean
  note(parts: readonly Rectangle[], digest: string): void
  /** What is there will be another picture. */
  forget(parts: readonly Rectangle[]): void
}

export const createRepeats = (): Repeats => {
  let known: { parts: readonly Rectangle[]; digest: string }[] = []
  const touches = (a: readonly Rectangle[], b: readonly Rectangle[]) =>
    a.some(one => b.some(other => intersection(one, other) !== undefined))
  const forget = (parts: readonly Rectangle[]) => {
    known = known.filter(entry => !touches(entry.parts, parts))
  }
  return {
    has: (parts, digest) => known.some(entry => entry.digest === digest && isSame(entry.parts, parts)),
    note(parts, digest) {
      forget(parts)
      known.push({ parts, digest })
      if (known.length > kept) known.shift()
    },
    forget,
  }
}

const isSame = (a: readonly Rectangle[], b: readonly Rectangle[]) =>
  a.length === b.length &&
  a.every((one, index) => {
    const other = b[index]
    return one.x === other?.x && one.y === other.y && one.width === other.width && one.height === other.height
  })
