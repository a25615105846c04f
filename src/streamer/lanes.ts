/**
 * Who keeps pace with whom. Viewers share a lane, and with it one encoder, as long as none holds the others back. One
 * that does is moved to the slow lane, and may come back when it has kept pace there for a while. One that shows nothing
 * at all is in no lane until it does. Pictures of a lane are made for the narrowest link in it.
 */
import type { Rectangle } from '../protocol/rectangle.ts'
import type { Encoder } from './encoders.ts'
import { createLane, type Lane } from './lane.ts'
import type { Watcher } from './pictures.ts'
import type { Screen } from './screen.ts'

/** A link that carries less than this share of the widest is too narrow for the fast lane. */
const narrow = 1 / 2
/** A viewer that shows nothing for so long, while there is something to show, holds back the others, ms. */
const patienceMs = 300
/** After so long it gets no more pictures, ms. */
const givenUpMs = 1500
/** How long one has to keep pace until it may come back, ms. */
const probationMs = 10_000
const lookEveryMs = 100
/** Lanes begin so far apart that what a viewer says of a picture of one is never taken for one of another. */
const ordinalsBetween = 1 << 28
/** Of the fast lane and the slow one. */
export const ordinalsOfLanes = 2 * ordinalsBetween

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

/** Ordinals count from `ordinal`. */
export const createLanes = (
  screen: Screen,
  encoder: Encoder,
  ordinal: number,
  now: () => number = () => performance.now(),
): Lanes => {
  const fast = createLane(screen, encoder, ordinal)
  /** Made when the first viewer needs it, since an encoder takes memory. */
  let slow: Lane | undefined
  /** Undefined of one that shows nothing. */
  const laneOf = new Map<Watcher, Lane | undefined>()
  const troubledAt = new Map<Watcher, number>()

  const move = (watcher: Watcher, to: Lane | undefined) => {
    laneOf.get(watcher)?.remove(watcher)
    laneOf.set(watcher, to)
    to?.add(watcher)
  }
  const holdsBack = ({ link }: Watcher) => {
    if (link.silentMs() > patienceMs + link.roundTripMs) return true
    const widest = Math.max(...[...laneOf.keys()].map(({ link }) => link.bytesPerSecond))
    return link.isFull && link.bytesPerSecond < widest * narrow
  }
  const look = () => {
    for (const [watcher, lane] of laneOf) {
      if (!lane) continue
      if (watcher.link.silentMs() > givenUpMs && lane.watchers.size > 1) {
        move(watcher, undefined)
        continue
      }
      const isTroubled = holdsBack(watcher)
      if (isTroubled) troubledAt.set(watcher, now())
      const hasCompany = fast.watchers.size > (lane === fast ? 1 : 0)
      if (lane === fast && isTroubled && hasCompany) {
        slow ??= createLane(screen, encoder, ordinal + ordinalsBetween)
        move(watcher, slow)
      } else if (lane === slow && (!hasCompany || now() - (troubledAt.get(watcher) ?? 0) > probationMs))
        move(watcher, fast)
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
    refresh(watcher) {
      const lane = laneOf.get(watcher)
      if (lane) lane.refresh()
      else move(watcher, fast)
    },
    proceed(watcher) {
      const lane = laneOf.get(watcher)
      if (lane) lane.proceed()
      else move(watcher, fast)
    },
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
