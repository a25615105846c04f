/**
 * Who looks at which monitor. A viewer sees the one it wants while that is there, and the first one otherwise. A monitor
 * is encoded while somebody sees it.
 */
import { limits } from '../protocol/messages.ts'
import type { Encoder } from './encoders.ts'
import { createLanes, type Lanes, ordinalsOfLanes } from './lanes.ts'
import type { Monitors } from './monitors.ts'
import type { Watcher } from './pictures.ts'
import type { View, WholeScreen } from './screen.ts'
import { isSame } from './windows.ts'

export interface Audience {
  /** Begins to show it the monitor that it wants, the first one if it has said nothing. */
  add(watcher: Watcher): void
  remove(watcher: Watcher): void
  want(watcher: Watcher, monitor: number): void
  /** The monitor that it wants takes this size, comes if it is not there, and stays as long as such a watcher does. */
  resize(watcher: Watcher, width: number, height: number): void
  refresh(watcher: Watcher): void
  /** The watcher has shown something. */
  proceed(watcher: Watcher): void
  /** The monitor that it sees; the first one before it sees any. */
  seenBy(watcher: Watcher): number
  /** Somebody has given it its size, and looks. */
  isKept(monitor: number): boolean
  close(): Promise<void>
}

interface Place {
  wants: number
  /** That it has given that one: so it keeps it. */
  size: { width: number; height: number } | undefined
  isAdded: boolean
  /** Undefined while the one that it wants is still coming. */
  sees: number | undefined
}

interface Stage {
  view: View
  lanes: Lanes
}

/** So long a monitor waits for a viewer to come back whose page is loaded anew, ms. */
const patienceMs = 5000
const lookEveryMs = 500

/** `changed` is called when other monitors may be there, or somebody may see another one. */
export const createAudience = async (
  screen: WholeScreen,
  monitors: Monitors,
  encoder: Encoder,
  changed: () => void,
): Promise<Audience> => {
  const places = new Map<Watcher, Place>()
  /** By monitor. The first one is kept. */
  const stages: (Stage | undefined)[] = []
  /** Memory for pictures is not given back (`shared-memory.ts`): a monitor that comes again has that of its last time. */
  const views: View[] = []
  /** Lanes that were closed may still be heard of. */
  let opened = 0
  const open = async (monitor: number): Promise<Stage | undefined> => {
    const place = monitors.places[monitor]
    if (!place) return undefined
    const view = views[monitor] ?? (await screen.createView(place))
    views[monitor] = view
    await view.move(place)
    const stage = { view, lanes: createLanes(view, encoder, (opened++ % limits.monitors) * ordinalsOfLanes) }
    stages[monitor] = stage
    return stage
  }
  await open(0)

  const placeOf = (watcher: Watcher): Place => {
    const place = places.get(watcher) ?? { wants: 0, size: undefined, isAdded: false, sees: undefined }
    places.set(watcher, place)
    return place
  }
  const lanesOf = (watcher: Watcher) => stages[places.get(watcher)?.sees ?? -1]?.lanes

  const seat = async (watcher: Watcher, place: Place) => {
    const { wants, size } = place
    // It was there: somebody else took it away, such as a viewer by RFB that gave the whole screen its window's size.
    if (size && place.sees === wants && !monitors.places[wants]) monitors.set(wants, size.width, size.height)
    const monitor = monitors.places[wants] ? wants : monitors.isComing(wants) ? undefined : 0
    if (!place.isAdded || monitor === place.sees) return
    lanesOf(watcher)?.remove(watcher)
    place.sees = undefined
    if (monitor === undefined) return
    const stage = stages[monitor] ?? (await open(monitor))
    // Either may have gone meanwhile.
    if (!stage || places.get(watcher) !== place) return
    place.sees = monitor
    stage.lanes.add(watcher)
  }
  const follow = async () => {
    for (const [monitor, stage] of stages.entries()) {
      const place = monitors.places[monitor]
      if (!stage || !place || isSame(place, stage.view.place)) continue
      await stage.view.move(place)
      stage.lanes.resized()
    }
    for (const [watcher, place] of places) await seat(watcher, place)
    const seen = new Set([...places.values()].map(({ sees }) => sees))
    for (const [monitor, stage] of stages.entries()) {
      if (!stage || monitor === 0 || seen.has(monitor)) continue
      stages[monitor] = undefined
      await stage.lanes.close()
    }
  }
  let following: Promise<void> | undefined
  let isBehind = false
  const catchUp = () => {
    isBehind = true
    following ??= (async () => {
      while (isBehind) {
        isBehind = false
        await follow()
        changed()
      }
      following = undefined
    })()
  }

  monitors.onChange(catchUp)
  screen.onChange(parts => {
    for (const stage of stages) {
      const inside = stage?.view.partsIn(parts) ?? []
      if (inside.length > 0) stage?.lanes.changed(inside)
    }
  })

  const isKept = (monitor: number) => [...places.values()].some(({ size, wants }) => size && wants === monitor)
  /** When each was last kept by somebody. Where nobody looks at all, every one waits: after a night, windows are where they were. */
  const keptAt: number[] = []
  const watch = setInterval(() => {
    const now = performance.now()
    for (const [monitor, place] of monitors.places.entries()) {
      if (!place || isKept(monitor) || places.size === 0) keptAt[monitor] = now
      else if (now - (keptAt[monitor] ?? now) > patienceMs) monitors.remove(monitor)
      else keptAt[monitor] ??= now
    }
  }, lookEveryMs)

  return {
    add(watcher) {
      placeOf(watcher).isAdded = true
      catchUp()
    },
    remove(watcher) {
      lanesOf(watcher)?.remove(watcher)
      places.delete(watcher)
      catchUp()
    },
    want(watcher, monitor) {
      const place = placeOf(watcher)
      if (place.wants === monitor) return
      place.wants = monitor
      place.size = undefined
      catchUp()
    },
    resize(watcher, width, height) {
      const place = placeOf(watcher)
      if (!place.size) catchUp()
      place.size = { width, height }
      monitors.set(place.wants, width, height)
    },
    refresh: watcher => lanesOf(watcher)?.refresh(watcher),
    proceed: watcher => lanesOf(watcher)?.proceed(watcher),
    seenBy: watcher => places.get(watcher)?.sees ?? 0,
    isKept,
    async close() {
      clearInterval(watch)
      await following
      await Promise.all(stages.map(stage => stage?.lanes.close()))
    },
  }
}
