/**
 * The pictures for viewers that keep pace with one another. Each change of the screen takes one of two ways, and what
 * went the second way goes the first one when it has come to rest:
 *
 * - exactly, as tiles, at once: small changes, such as a letter, a caret, a button under the pointer, and larger ones of
 *   which little is new, such as a page that is scrolled, or which takes few bytes, such as a window that opens;
 * - as video: everything else that moves.
 */
import { availableParallelism } from 'node:os'
import { limits } from '../protocol/messages.ts'
import { areaOfAll, type Rectangle } from '../protocol/rectangle.ts'
import { createBell } from './bell.ts'
import { type Encoder, openEncoder } from './encoders.ts'
import { createKnown, type Known } from './known.ts'
import type { Link } from './link.ts'
import { createPace } from './pace.ts'
import { type Content, createPictures, type Picture, type Watcher } from './pictures.ts'
import { cellSide, createRest } from './rest.ts'
import { partPixels, type Screen } from './screen.ts'
import { noTiles, separate, shrink, shrinkGroup, shrinkNow, takenInARow, takenOf } from './tiles.ts'
import { rowFrom, rowStep } from './video.ts'

export interface Lane {
  readonly watchers: ReadonlySet<Watcher>
  /** Begins with the size of the screen and a complete picture. */
  add(watcher: Watcher): void
  remove(watcher: Watcher): void
  /** A complete picture for everyone. */
  refresh(): void
  changed(parts: Rectangle[]): void
  /** The screen has another size. */
  resized(): void
  /** Something under way has arrived. */
  proceed(): void
  close(): Promise<void>
}

/** A change of at most so many pixels in so many parts goes as tiles; while much moves, only smaller ones do. */
const small = { pixels: 16 * 1024, parts: 8, pixelsInMotion: 4 * 1024, everyMsInMotion: 40 } as const
const inMotionMs = 100
/** What changes at once goes exactly if it takes no more than so many bytes, and the link carries that as often as video. */
const exactBytes = 128 * 1024
/** And is no more than so many pixels. */
const exactPixels = limits.tilePixels
/** What moves as video may do so because it was too much for a moment: so often it is tried again, ms. */
const anewEveryMs = 250
/** Where the link does not carry it, the quality goes down first, until frames of this rate fit, and then the rate. */
const framesPerSecondAtLeast = 25
/** Of what a link carries, that video may take: so that no queue builds up, and one that did goes away. */
const videoShare = 0.9
/** The same for what has come to rest, while something moves: of what may be under way. */
const restShare = 0.25
/** Of messages with what has come to rest, each of which keeps a core busy. */
const madeAtOnce = Math.min(4, availableParallelism())

/** Ordinals count from `ordinal`. */
export const createLane = (screen: Screen, preferred: Encoder, ordinal: number): Lane => {
  const pictures = createPictures(ordinal)
  const pace = createPace()
  const { watchers } = pictures
  let closed = false
  let wantsKey = true
  let moving: Rectangle[] = []
  let urgent: Rectangle[] = []
  let lastMotion = 0
  let lastUrgent = 0
  let triedAnewAt = 0
  let rest = createRest(screen.width, screen.height)
  let known = createKnown(screen.width, screen.height, exactPixels)
  let encoder = openEncoder(preferred, screen.width, screen.height)
  let isResized = false
  let failures: number[] = []
  const making = new Set<Promise<void>>()
  const wake = { frames: createBell(), rest: createBell() }

  const all = (): Rectangle => ({ x: 0, y: 0, width: screen.width, height: screen.height })
  const takers = (may: (link: Link) => boolean) => [...watchers].every(({ link }) => may(link))

  const videoBytesPerSecond = () => videoShare * Math.min(...[...watchers].map(({ link }) => link.bytesPerSecond))

  /** Unless it is of a screen of another size. */
  const deliver = (picture: Picture, of: Known, content: Content, isFrame: boolean) => {
    if (!isResized && of === known) pictures.deliver(picture, content, isFrame)
  }

  /** In its turn, unless the screen has taken another size by then. */
  const takeOf = <Made>(of: Known, make: (picture: Picture) => Promise<Made>) =>
    pictures.take(async picture => (of === known ? await make(picture) : pictures.skip(picture)))

  const sendUrgent = async () => {
    const parts = urgent
    urgent = []
    if (parts.length === 0 || closed || isResized) return
    if (areaOfAll(parts) > small.pixels || parts.length > small.parts || !takers(link => link.takesMore()))
      return addMotion(parts)
    const of = known
    await takeOf(of, async picture => {
      const small = await screen.copyUrgent(parts, pixels => {
        // Programs draw again what is there already: a clock every second, a button under the pointer.
        if (of.shows(parts, pixels)) return undefined
        of.note(parts, pixels)
        return shrinkNow(pixels)
      })
      if (small) deliver(picture, of, { kind: 'tiles', moves: [], tiles: parts, ...small }, false)
      else pictures.skip(picture)
    })
  }

  const addMotion = (parts: Rectangle[]) => {
    rest.moved(parts, performance.now())
    moving.push(...parts)
    if (moving.length > 256) moving = [all()]
    wake.frames.ring()
  }

  const sendFrames = async () => {
    while (!closed) {
      if (isResized) await pictures.inTurn(restart)
      if (moving.length === 0 || watchers.size === 0 || !takers(link => link.takesFrame())) {
        await wake.frames.heard()
        continue
      }
      const waitMs = pace.waitMs()
      if (waitMs > 1) {
        await wake.frames.heard(waitMs)
        continue
      }
      pace.begin()
      const bytes = await sendFrame().catch(failed)
      if (bytes) pace.sent(bytes, videoBytesPerSecond())
    }
  }

  const sendFrame = async () => {
    const changed = moving
    moving = []
    const isKey = wantsKey
    wantsKey = false
    const top = rowFrom(Math.min(...changed.map(({ y }) => y)))
    const bottom = Math.min(
      screen.height,
      rowFrom(Math.max(...changed.map(({ y, height }) => y + height)) + rowStep - 1),
    )
    const of = known
    const { picture, sent } = await pictures.take(async picture => {
      await screen.copyRows(top, bottom - top)
      const sent = isKey ? undefined : await sendChange(picture, of, changed)
      if (sent === undefined) of.forget(changed)
      return { picture, sent }
    })
    if (sent !== undefined) return sent
    await encoder.update(screen.pixels, top, bottom - top)
    encoder.limit(videoBytesPerSecond() / framesPerSecondAtLeast)
    const { isKey: isKeyFrame, data } = await encoder.encode(isKey)
    pace.made()
    rest.inexact(changed)
    deliver(picture, of, { kind: 'video', isKey: isKeyFrame, changed, data }, true)
    wake.rest.ring()
    return data.length
  }

  /** In its turn. How many bytes it took; undefined where it would have taken too many. */
  const sendChange = async (picture: Picture, of: Known, changed: readonly Rectangle[]) => {
    const now = performance.now()
    const isAnew = now - triedAnewAt > anewEveryMs
    if (isAnew) triedAnewAt = now
    const difference = of.update(screen.pixels, changed, isAnew)
    if (!difference) return undefined
    const { moves, tiles } = difference
    if (moves.length === 0 && tiles.length === 0) {
      pictures.skip(picture)
      return 0
    }
    const most = Math.min(exactBytes, ...[...watchers].map(bytesAtOnce))
    const separated = separate(screen.pixels, takenOf(tiles, screen.width), most)
    const groups = separated && (await Promise.all(separated.map(shrinkGroup)))
    const bytes = groups?.reduce((sum, { data }) => sum + data.length, 0)
    if (!groups || bytes === undefined || bytes > most) {
      of.forget([...moves, ...tiles])
      return undefined
    }
    rest.exact(tiles)
    const [first = { tiles, ...noTiles }, ...others] = groups
    deliver(picture, of, { kind: 'tiles', moves, ...first }, true)
    for (const group of others) deliver(pictures.another(picture), of, { kind: 'tiles', moves: [], ...group }, true)
    return bytes
  }

  const sendRested = async () => {
    while (!closed) {
      const at = rest.nextAt()
      const share = performance.now() - lastMotion < inMotionMs ? restShare : 1
      const isBusy = making.size === madeAtOnce || !takers(link => link.takesMore(share))
      if (at === undefined || watchers.size === 0 || isResized || isBusy) {
        await wake.rest.heard()
        continue
      }
      const waitMs = at - performance.now()
      if (waitMs > 0) {
        await wake.rest.heard(waitMs + 1)
        continue
      }
      const budget = Math.min(...[...watchers].map(({ link }) => link.budget * share))
      // About a byte each; a cell (`rest.ts`) at least.
      const pixels = Math.max(cellSide * cellSide, Math.min(partPixels, budget / madeAtOnce))
      const parts = rest.take(performance.now(), pixels)
      if (parts.length === 0) continue
      const sending = sendExactly(parts)
        .catch(failed)
        .finally(() => {
          making.delete(sending)
          wake.rest.ring()
        })
      making.add(sending)
    }
    await Promise.all(making)
  }

  const sendExactly = async (parts: Rectangle[]) => {
    const of = known
    const groups = await takeOf(of, async picture => {
      const groups = await screen.copyParts(parts, pixels => {
        of.note(parts, pixels)
        return separate(pixels, takenInARow(parts)) ?? []
      })
      return groups.map((group, index) => ({ ...group, picture: index === 0 ? picture : pictures.another(picture) }))
    })
    for (const { picture, tiles, packed } of groups ?? [])
      deliver(picture, of, { kind: 'tiles', moves: [], tiles, ...(await shrink(packed)) }, false)
  }

  /**
   * A picture cannot be had while the screen takes another size: of the old one it is refused, and word of the new one
   * is still to come. Then everything is sent anew. Failing on and on is another matter, and ends the streamer.
   */
  const failed = (cause: unknown) => {
    const now = performance.now()
    failures = failures.filter(at => now - at < 1000)
    failures.push(now)
    if (failures.length > 20) throw new Error('no picture of the screen can be had', { cause })
    isResized = true
    wake.frames.ring()
  }

  const introduce = (watcher: Watcher) => {
    const { width, height } = screen
    pictures.introduce(watcher, { width, height, codec: encoder.codec, encoder: encoder.name })
  }

  /** In its turn: of a picture that was taken before, nobody waits for the rest. */
  const restart = () => {
    isResized = false
    encoder.close()
    encoder = openEncoder(preferred, screen.width, screen.height)
    rest = createRest(screen.width, screen.height)
    known = createKnown(screen.width, screen.height, exactPixels)
    urgent = []
    for (const watcher of watchers) introduce(watcher)
    wantsKey = true
    moving = [all()]
  }

  const running = Promise.all([sendFrames(), sendRested()])

  return {
    watchers,
    add(watcher) {
      pictures.add(watcher)
      void pictures.inTurn(() => introduce(watcher))
      pace.restart()
      wantsKey = true
      addMotion([all()])
    },
    remove(watcher) {
      pictures.remove(watcher)
      pace.restart()
      this.proceed()
    },
    refresh() {
      wantsKey = true
      addMotion([all()])
    },
    changed(parts) {
      if (watchers.size === 0) return
      const now = performance.now()
      const inMotion = now - lastMotion < inMotionMs
      const isSmall =
        areaOfAll(parts) <= (inMotion ? small.pixelsInMotion : small.pixels) &&
        parts.length <= small.parts &&
        (!inMotion || now - lastUrgent > small.everyMsInMotion)
      if (isSmall) {
        lastUrgent = now
        urgent.push(...parts)
        // With all that was told at once, and no later.
        queueMicrotask(() => sendUrgent().catch(failed))
      } else {
        lastMotion = now
        addMotion(parts)
      }
    },
    resized() {
      isResized = true
      wake.frames.ring()
    },
    proceed() {
      wake.frames.ring()
      wake.rest.ring()
    },
    async close() {
      closed = true
      this.proceed()
      await running
      encoder.close()
    },
  }
}

/** Of a link that is known to be full as much as it carries between two frames; of another what may be under way. */
const bytesAtOnce = ({ link }: Watcher) =>
  link.isFull ? (videoShare * link.bytesPerSecond) / framesPerSecondAtLeast : link.budget
