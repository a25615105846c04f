/**
 * Pictures of the same places, finished in any order, shown as if they had come in the right one. One that is late is
 * shown, and what is newer in the same places is shown again over it. One that moves what is seen is shown in its turn
 * and no sooner, and what is newer waits for it. Of those it is known that they come before anything that is newer.
 */
import { ProtocolError } from '../../../../protocol/bytes.ts'

export interface Ordered {
  ordinal: number
  /** That it keeps, as long as it is kept. */
  pixels: number
  /** What it shows is made of what was shown before. */
  inTurn?: boolean
  show(): void
}

/** That are kept because an earlier one is missing. */
const most = { pictures: 1024, pixels: 16 * 1024 * 1024 } as const

export const createOrder = (after: number) => {
  /** Everything up to here has been shown. */
  let complete = after
  /** Those that came ahead of one that is still missing, in order. */
  const ahead: Ordered[] = []

  /** Of those to be shown in turn, which are under way. */
  const expected = new Set<number>()
  let pixels = 0

  /** All of them up to the first that waits, or waits for another. */
  const show = (pictures: readonly Ordered[]) => {
    const end = Math.min(...expected)
    for (const picture of pictures) {
      if (picture.inTurn || picture.ordinal > end) return
      picture.show()
    }
  }

  return {
    /** One that is to be shown in turn will be added. */
    expect(ordinal: number) {
      expected.add(ordinal)
    },
    /** Throws a `ProtocolError` where so many are ahead that the rest is not to be waited for. */
    add(picture: Ordered) {
      pixels += picture.pixels
      expected.delete(picture.ordinal)
      const at = ahead.findIndex(({ ordinal }) => ordinal > picture.ordinal)
      ahead.splice(at < 0 ? ahead.length : at, 0, picture)
      const waits = ahead.slice(0, at < 0 ? -1 : at).some(({ inTurn }) => inTurn)
      if (!waits) show(ahead.slice(at < 0 ? -1 : at))
      for (let [next] = ahead; next && next.ordinal <= complete + 1; [next] = ahead) {
        complete = Math.max(complete, next.ordinal)
        pixels -= next.pixels
        ahead.shift()
        if (!next.inTurn) continue
        next.show()
        show(ahead)
      }
      if (ahead.length > most.pictures || pixels > most.pixels) throw new ProtocolError('too many pictures are missing')
    },
    /** How many are kept because an earlier one is missing. */
    waiting: () => ahead.length,
  }
}

export type Order = ReturnType<typeof createOrder>
