/**
 * How many bytes a second a link carries. A guess at first, and known better each time something arrives:
 *
 * - what arrived faster than was thought possible is possible;
 * - when something had to wait for its turn, the fastest of that time arrived as fast as the link goes;
 * - as long as nothing waits although much is sent, there may be room for more, and a little more is tried.
 */
export interface Capacity {
  readonly bytesPerSecond: number
  /** Something has arrived, `at` in ms. */
  measured(arrival: Arrival, at: number): void
  /** Whether something had to wait for its turn a moment ago. */
  isFull(at: number): boolean
}

export interface Arrival {
  /** Bytes that had arrived in all when it was sent, and that have by now. */
  deliveredThen: number
  delivered: number
  /** On its way, and of that, waiting for its turn. */
  tookMs: number
  queuedMs: number
}

const firstGuess = 1e6
const least = 16e3
const most = 125e6
const periodMs = 500
/** Longer than a viewer takes to show what has arrived. */
const waitMs = 30
/** Longer than a busy one does. */
const longWaitMs = 100
/** What takes the link so long, ms, tells of it; less tells more of how busy the viewer is. */
const tellingMs = 60
const telling = { least: 8 * 1024, most: 128 * 1024 } as const
const growth = 1.25
/** Of what it carries, that has to be used until more is tried. */
const usedEnough = 0.5

export const createCapacity = (): Capacity => {
  let rate = firstGuess
  let since = 0
  let deliveredAtFirst = 0
  /** The fastest, in this period and in the one before, and whether anything had to wait. */
  let current = { fastest: 0, hasWaited: false }
  let before = current
  let fullAt = Number.NEGATIVE_INFINITY

  const set = (wanted: number) => {
    rate = Math.min(most, Math.max(least, wanted))
  }
  const endPeriod = (at: number, delivered: number) => {
    const lasted = at - since
    if (lasted < periodMs) return
    if (current.hasWaited || before.hasWaited) set(Math.max(current.fastest, before.fastest))
    else if (delivered - deliveredAtFirst > (rate * usedEnough * lasted) / 1000) set(rate * growth)
    before = current
    current = { fastest: 0, hasWaited: false }
    deliveredAtFirst = delivered
    since = at
  }

  return {
    get bytesPerSecond() {
      return rate
    },
    measured({ deliveredThen, delivered, tookMs, queuedMs }, at) {
      const bytes = delivered - deliveredThen
      const found = (bytes * 1000) / tookMs
      if (found > rate) set(found)
      const enough = Math.min(telling.most, Math.max(telling.least, (rate * tellingMs) / 1000))
      if (bytes >= telling.least) current.fastest = Math.max(current.fastest, found)
      if (bytes >= (queuedMs > longWaitMs ? telling.least : enough) && queuedMs > waitMs) {
        current.hasWaited = true
        fullAt = at
      }
      endPeriod(at, delivered)
    },
    isFull: at => at - fullAt < periodMs * 2,
  }
}
