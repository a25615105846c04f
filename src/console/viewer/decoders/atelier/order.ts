/**
 * Pictures of the same places, finished in any order, shown as if they had come in the right one. One that is late is
 * shown, and what is newer in the same places is shown again over it.
 */
import { ProtocolError } from '../../../../protocol/bytes.ts'

export interface Ordered {
  ordinal: number
  /** That it keeps, as long as it is kept. */
  pixels: number
  show(): void
}

/** That are kept because an earlier one is missing. */
const most = { pictures: 1024, pixels: 16 * 1024 * 1024 } as const

export const createOrder = (after: number) => {
  /** Everything up to here has been shown. */
  let complete = after
  /** Shown ahead of one that is still missing, in order. */
  const ahead: Ordered[] = []

  let pixels = 0

  return {
    /** Throws a `ProtocolError` where so much is shown ahead that the rest is not to be waited for. */
    add(picture: Ordered) {
      picture.show()
      pixels += picture.pixels
      const at = ahead.findIndex(({ ordinal }) => ordinal > picture.ordinal)
      const newer = at < 0 ? [] : ahead.slice(at)
      for (const later of newer) later.show()
      ahead.splice(at < 0 ? ahead.length : at, 0, picture)
      while (ahead[0] && ahead[0].ordinal <= complete + 1) {
        complete = Math.max(complete, ahead[0].ordinal)
        pixels -= ahead[0].pixels
        ahead.shift()
      }
      if (ahead.length > most.pictures || pixels > most.pixels) throw new ProtocolError('too many pictures are missing')
    },
    /** How many are kept because an earlier one is missing. */
    waiting: () => ahead.length,
  }
}

export type Order = ReturnType<typeof createOrder>
