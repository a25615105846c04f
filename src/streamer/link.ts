/**
 * What is under way to one viewer, and how much may be: as much as the link carries in its round trip and a little
 * more, so that it is never idle and never holds a queue that would have to be waited for. Measured from what the
 * viewer says it has shown; nothing is asked of the network.
 */
export interface Link {
  sent(ordinal: number, bytes: number, isFrame: boolean): void
  shown(ordinal: number): void
  /** Nothing is under way any more. */
  reset(): void
  /** Whether another video frame may follow. */
  takesFrame(): boolean
  /** Whether other pictures may follow. */
  takesMore(): boolean
  /** Bytes that may be under way. */
  readonly budget: number
  /** Since when the viewer has shown nothing although something is under way, ms; 0 when nothing is. */
  silentMs(): number
  readonly view: { roundTripMs: number; bytesPerSecond: number; inFlight: number }
}

const firstBudget = 256 * 1024
const leastBudget = 24 * 1024
const mostBudget = 4 * 1024 * 1024
/** What may wait in front of the slowest part of the way, ms. */
const queueMs = 100
const framesAtLeast = 2
const frameMs = 16
/** For how long the best that was measured counts, ms. */
const memoryMs = 4000

export const createLink = (now: () => number = () => performance.now()): Link => {
  const underWay = new Map<
    number,
    { bytes: number; isFrame: boolean; sentAt: number; deliveredThen: number; full: boolean }
  >()
  let bytes = 0
  let frames = 0
  let delivered = 0
  let heardAt = now()
  const roundTrips = createBest(memoryMs * 2, Math.min)
  const rates = createBest(memoryMs, Math.max)

  const budget = () => {
    const rate = rates.value()
    if (rate === undefined) return firstBudget
    return Math.min(mostBudget, Math.max(leastBudget, (rate * ((roundTrips.value() ?? 0) + queueMs)) / 1000))
  }

  return {
    sent(ordinal, size, isFrame) {
      if (underWay.size === 0) heardAt = now()
      bytes += size
      if (isFrame) frames++
      underWay.set(ordinal, {
        bytes: size,
        isFrame,
        sentAt: now(),
        deliveredThen: delivered,
        full: bytes > budget() / 2,
      })
    },
    shown(ordinal) {
      const what = underWay.get(ordinal)
      if (!what) return
      underWay.delete(ordinal)
      heardAt = now()
      bytes -= what.bytes
      delivered += what.bytes
      if (what.isFrame) frames--
      const tookMs = Math.max(1, heardAt - what.sentAt)
      roundTrips.add(tookMs, heardAt)
      const rate = ((delivered - what.deliveredThen) * 1000) / tookMs
      // A link that was not filled shows less than it can carry.
      if (what.full || rate > (rates.value() ?? Number.POSITIVE_INFINITY)) rates.add(rate, heardAt)
    },
    reset() {
      underWay.clear()
      bytes = 0
      frames = 0
    },
    takesFrame: () => frames < framesAtLeast + Math.floor((roundTrips.value() ?? 0) / frameMs) && bytes < budget(),
    takesMore: () => bytes < budget(),
    get budget() {
      return budget()
    },
    silentMs: () => (underWay.size === 0 ? 0 : now() - heardAt),
    get view() {
      return { roundTripMs: roundTrips.value() ?? 0, bytesPerSecond: rates.value() ?? 0, inFlight: bytes }
    },
  }
}

/** The best of what was measured within a time: kept in two halves, so that the old one can be dropped whole. */
const createBest = (withinMs: number, better: (a: number, b: number) => number) => {
  let current: number | undefined
  let before: number | undefined
  let since = 0
  return {
    add(value: number, at: number) {
      if (at - since > withinMs / 2) {
        before = at - since > withinMs ? undefined : current
        current = undefined
        since = at
      }
      current = current === undefined ? value : better(current, value)
    },
    value: () => (before === undefined ? current : current === undefined ? before : better(before, current)),
  }
}
