/**
 * Sound and pictures in step. Both are shown as soon as they can be; where the pictures take longer, as on a slow link,
 * the sound is held back until it is no more than a little ahead. A person notices sound that is 45 ms ahead of the
 * picture, or 125 ms behind it (Rec. ITU-R BT.1359).
 */
export interface Step {
  /** A picture taken at this time of the desktop's clock is seen at this time of ours, ms. */
  seen(at: number, now: number): void
  /** Sound made then is heard now. Returns how long sound is to be held back from now on, ms. */
  heard(at: number, now: number): number
  /** How far the sound is behind the picture, ms; undefined while there is nothing to compare. */
  behindMs(now: number): number | undefined
  /** It was silent: the next sound begins without being held back. */
  reset(): void
}

/** Sound may be so far ahead of the picture, and is let go again when it is further behind, ms. */
const aheadMs = 40
const behindMs = 40
const mostHoldMs = 400
/** For so long a picture says something of those to come, ms. */
const memoryMs = 2000
/** So long it takes until a change is heard, ms. */
const settleMs = 1500

export const createStep = (): Step => {
  /** How long pictures took lately, by our clock less the desktop's; the clocks differ by any amount. */
  let pictures: { took: number; now: number }[] = []
  let sound: { took: number; now: number } | undefined
  let hold = 0
  let changedAt = Number.NEGATIVE_INFINITY

  const pictureTook = (now: number): number | undefined => {
    pictures = pictures.filter(picture => now - picture.now < memoryMs)
    const took = pictures.map(picture => picture.took).toSorted((a, b) => a - b)
    return took[Math.floor(took.length / 2)]
  }
  const behind = (now: number): number | undefined => {
    const took = pictureTook(now)
    return took === undefined || !sound || now - sound.now > memoryMs ? undefined : sound.took - took
  }

  return {
    seen(at, now) {
      pictures.push({ took: now - at, now })
    },
    heard(at, now) {
      sound = { took: now - at, now }
      const difference = behind(now)
      if (difference === undefined || now - changedAt < settleMs) return hold
      const before = hold
      if (difference < -aheadMs || difference > behindMs) hold = Math.min(mostHoldMs, Math.max(0, hold - difference))
      if (hold !== before) changedAt = now
      return hold
    },
    behindMs: behind,
    reset() {
      hold = 0
      sound = undefined
      changedAt = Number.NEGATIVE_INFINITY
    },
  }
}
