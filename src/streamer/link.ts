/**
 * What is under way to one viewer, and how much may be: as much as the link carries in its round trip and a little
 * more, so that it is never idle and never holds a queue that would have to be waited for. Measured from what the
 * viewer says it has shown; nothing is asked of the network.
 */
import { createCapacity } from './capacity.ts'

export interface Link {
  sent(ordinal: number, bytes: number, isFrame: boolean): void
  shown(ordinal: number): void
  /** Nothing is under way any more. */
  reset(): void
  /** Whether another video frame may follow. */
  takesFrame(): boolean
  /** Whether other pictures may follow: when `share` of what may be under way is not. */
  takesMore(share?: number): boolean
  /** Bytes that may be under way. */
  readonly budget: number
  /** What it carries, as far as is known. */
  readonly bytesPerSecond: number
  /** Whether it was found to carry no more than that a moment ago. */
  readonly isFull: boolean
  /** Since when the viewer has shown nothing although something is under way, ms; 0 when nothing is. */
  silentMs(): number
  /** The shortest of the last minute, ms; 0 while none is known. */
  readonly roundTripMs: number
  /** Bytes that are under way. */
  readonly inFlight: number
}

const leastBudget = 24 * 1024
const mostBudget = 4 * 1024 * 1024
/** What may wait in front of the slowest part of the way, ms. */
const queueMs = 100
const framesAtLeast = 2
const frameMs = 16
/** For how long the shortest round trip counts, ms: longer than any queue is kept up. */
const memoryMs = 60_000

export const createLink = (now: () => number = () => performance.now()): Link => {
  const underWay = new Map<number, { bytes: number; isFrame: boolean; sentAt: number; deliveredThen: number }>()
  let bytes = 0
  let frames = 0
  let delivered = 0
  let heardAt = now()
  const roundTrips = createLeast(memoryMs)
  const capacity = createCapacity()

  const budget = () => {
    const carried = (capacity.bytesPerSecond * ((roundTrips.value() ?? 0) + queueMs)) / 1000
    return Math.min(mostBudget, Math.max(leastBudget, carried))
  }

  return {
    sent(ordinal, size, isFrame) {
      if (underWay.size === 0) heardAt = now()
      bytes += size
      if (isFrame) frames++
      underWay.set(ordinal, { bytes: size, isFrame, sentAt: now(), deliveredThen: delivered })
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
      const queuedMs = tookMs - (roundTrips.value() ?? 0)
      capacity.measured({ deliveredThen: what.deliveredThen, delivered, tookMs, queuedMs }, heardAt)
    },
    reset() {
      underWay.clear()
      bytes = 0
      frames = 0
    },
    takesFrame: () => frames < framesAtLeast + Math.floor((roundTrips.value() ?? 0) / frameMs) && bytes < budget(),
    takesMore: (share = 1) => bytes < budget() * share,
    get budget() {
      return budget()
    },
    get bytesPerSecond() {
      return capacity.bytesPerSecond
    },
    get isFull() {
      return capacity.isFull(now())
    },
    silentMs: () => (underWay.size === 0 ? 0 : now() - heardAt),
    get roundTripMs() {
      return roundTrips.value() ?? 0
    },
    get inFlight() {
      return bytes
    },
  }
}

/** The least of what was measured within a time: kept in two halves, so that the old one can be dropped whole. */
const createLeast = (withinMs: number) => {
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
      current = Math.min(value, current ?? value)
    },
    value: () => (before === undefined ? current : Math.min(before, current ?? before)),
  }
}
