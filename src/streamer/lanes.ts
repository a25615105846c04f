/**
 * Who keeps pace with whom. Viewers share a lane, and with it one encoder, as long as none holds the others back. One
 * that does is moved to the slow lane, and may come back when it has kept pace there for a while.
 */
import type { Rectangle } from '../protocol/rectangle.ts'
import { createLane, type Lane, type Watcher } from './lane.ts'
import type { Screen } from './screen.ts'

/** A viewer that shows nothing for so long, while there is something to show, holds back the others, ms. */
const patienceMs = 300
/** How long one has to keep pace until it may come back, ms. */
const probationMs = 10_000
const lookEveryMs = 100
/** Lanes begin so far apart that what a viewer says of a picture of one is never taken for one of another. */
const ordinalsBetween = 1 << 28

export interface Lanes {
  add(watcher: Watcher): void
  remove(watcher: Watcher): void
  refresh(watcher: Watcher): void
  /** The viewer has shown something. */
  proceed(watcher: Watcher): void
  changed(parts: Rectangle[]): void
  resized(): void
  close(): Promise<void>
}

export const createLanes = (screen: Screen, now: () => number = () => performance.now()): Lanes => {
  const fast = createLane(screen, 0)
  /** Made when the first viewer needs it, since an encoder takes memory. */
  let slow: Lane | undefined
  const laneOf = new Map<Watcher, Lane>()
  const troubledAt = new Map<Watcher, number>()

  const move = (watcher: Watcher, to: Lane) => {
    laneOf.get(watcher)?.remove(watcher)
    laneOf.set(watcher, to)
    to.add(watcher)
  }
  const look = () => {
    for (const [watcher, lane] of laneOf) {
      if (watcher.link.silentMs() > patienceMs) {
        troubledAt.set(watcher, now())
        if (lane !== fast || fast.watchers.size < 2) continue
        slow ??= createLane(screen, ordinalsBetween)
        move(watcher, slow)
      } else if (lane === slow && now() - (troubledAt.get(watcher) ?? 0) > probationMs) move(watcher, fast)
    }
    if (slow?.watchers.size === 0) {
      const empty = slow
      slow = undefined
      void empty.close()
    }
  }
  const timer = setInterval(look, lookEveryMs)

  return {
    add: watcher => move(watcher, fast),
    remove(watcher) {
      laneOf.get(watcher)?.remove(watcher)
      laneOf.delete(watcher)
      troubledAt.delete(watcher)
    },
    refresh: watcher => laneOf.get(watcher)?.refresh(),
    proceed: watcher => laneOf.get(watcher)?.proceed(),
    changed(parts) {
      fast.changed(parts)
      slow?.changed(parts)
    },
    resized() {
      fast.resized()
      slow?.resized()
    },
    async close() {
      clearInterval(timer)
      await Promise.all([fast.close(), slow?.close()])
    },
  }
}
