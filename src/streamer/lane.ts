/**
 * The pictures for viewers that keep pace with one another. Each change of the screen takes one of two ways, and what
 * went the second way goes the first one when it has come to rest:
 *
 * - exactly, as tiles, at once: small changes, such as a letter, a caret, a button under the pointer;
 * - as video: what is large or never rests.
 *
 * An ordinal is given when the picture is taken, so that of two pictures of one place the newer is known, whatever
 * order they arrive in.
 */
import { hash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { encodeDesktopMessage } from '../protocol/encode.ts'
import { frame, headerBytes } from '../protocol/frames.ts'
import type { DesktopMessage } from '../protocol/messages.ts'
import { toPlanes } from '../protocol/pixels.ts'
import { areaOfAll, type Rectangle } from '../protocol/rectangle.ts'
import { createBell } from './bell.ts'
import { type Encoder, openEncoder } from './encoders.ts'
import type { Link } from './link.ts'
import { createRepeats } from './repeats.ts'
import { cellSide, createRest } from './rest.ts'
import { partPixels, type Screen } from './screen.ts'
import { noTiles, shrink, shrinkNow } from './tiles.ts'
import { rowStep } from './video.ts'

/** A viewer, as far as pictures go. */
export interface Watcher {
  link: Link
  /** Remembers which input has had its effect by now, to be told with the next picture. */
  noteInput(): unknown
  /** Sends a message that is framed already. `input` is what `noteInput` gave when the picture was taken. */
  sendPicture(framed: Uint8Array, input: unknown): void
  send(framed: Uint8Array): void
}

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
const framesPerSecond = 60
/** Where the link does not carry it, the quality goes down first, until frames of this rate fit, and then the rate. */
const framesPerSecondAtLeast = 25
/** Of what a link carries, that video may take: so that no queue builds up, and one that did goes away. */
const videoShare = 0.9
/** The same for what has come to rest, while something moves: of what may be under way. */
const restShare = 0.25
/** What has come to rest takes less than so many bytes a pixel. */
const bytesPerPixel = 2
/** A cell of what has come to rest (`rest.ts`). */
const leastPartPixels = cellSide * cellSide
/** Of messages with what has come to rest, each of which keeps a core busy. */
const madeAtOnce = Math.min(4, availableParallelism())

/** Ordinals count from `ordinal`. */
export const createLane = (screen: Screen, preferred: Encoder, ordinal: number): Lane => {
  const watchers = new Set<Watcher>()
  let closed = false
  let wantsKey = true
  let moving: Rectangle[] = []
  let urgent: Rectangle[] = []
  let lastMotion = 0
  let lastUrgent = 0
  let nextFrameAt = 0
  let rest = createRest(screen.width, screen.height)
  const repeats = createRepeats()
  let encoder = openEncoder(preferred, screen.width, screen.height)
  let isResized = false
  let failures: number[] = []
  const making = new Set<Promise<void>>()
  const wake = { frames: createBell(), rest: createBell() }

  const all = (): Rectangle => ({ x: 0, y: 0, width: screen.width, height: screen.height })
  const takers = (may: (link: Link) => boolean) => [...watchers].every(({ link }) => may(link))

  const videoBytesPerSecond = () => videoShare * Math.min(...[...watchers].map(({ link }) => link.bytesPerSecond))

  /** Gives a picture its place among the others, before it is taken. */
  const begin = () => {
    ordinal = (ordinal + 1) >>> 0
    return { ordinal, of: rest, inputs: new Map([...watchers].map(watcher => [watcher, watcher.noteInput()])) }
  }
  const deliver = (
    { ordinal, of, inputs }: ReturnType<typeof begin>,
    message: DesktopMessage & { kind: 'video' | 'tiles' },
  ) => {
    // Of a screen of another size.
    if (isResized || of !== rest) return
    const framed = frame(encodeDesktopMessage(message, headerBytes))
    for (const watcher of watchers) {
      // Who has come meanwhile gets the complete picture that follows.
      if (!inputs.has(watcher)) continue
      watcher.link.sent(ordinal, framed.length, message.kind === 'video')
      watcher.sendPicture(framed, inputs.get(watcher))
    }
  }

  const sendUrgent = async () => {
    const parts = urgent
    urgent = []
    if (parts.length === 0 || closed || isResized) return
    if (areaOfAll(parts) > small.pixels || parts.length > small.parts || !takers(link => link.takesMore()))
      return addMotion(parts)
    const picture = begin()
    const { digest, data } = await screen.copyUrgent(parts, pixels => {
      const digest = hash('sha1', pixels)
      return { digest, data: repeats.has(parts, digest) ? undefined : shrinkNow(pixels) }
    })
    repeats.note(parts, digest)
    if (data) return deliver(picture, { kind: 'tiles', ordinal: picture.ordinal, tiles: parts, data })
    // No ordinal may be missing: where another one was given meanwhile, the viewer gets a picture of nothing.
    if (picture.ordinal === ordinal) ordinal--
    else deliver(picture, { kind: 'tiles', ordinal: picture.ordinal, tiles: [], data: noTiles })
  }

  const addMotion = (parts: Rectangle[]) => {
    repeats.forget(parts)
    rest.moved(parts, performance.now())
    moving.push(...parts)
    if (moving.length > 256) moving = [all()]
    wake.frames.ring()
  }

  const sendFrames = async () => {
    while (!closed) {
      if (isResized) restart()
      if (moving.length === 0 || watchers.size === 0 || !takers(link => link.takesFrame())) {
        await wake.frames.heard()
        continue
      }
      const waitMs = nextFrameAt - performance.now()
      if (waitMs > 1) {
        await new Promise(resolve => setTimeout(resolve, waitMs))
        continue
      }
      nextFrameAt = Math.max(nextFrameAt + 1000 / framesPerSecond, performance.now() - 4)
      const bytes = await sendFrame().catch(failed)
      if (bytes) nextFrameAt = Math.max(nextFrameAt, performance.now() + (bytes * 1000) / videoBytesPerSecond())
    }
  }

  const sendFrame = async () => {
    const changed = moving
    moving = []
    const isKey = wantsKey
    wantsKey = false
    const picture = begin()
    const top = floor(Math.min(...changed.map(({ y }) => y)))
    const bottom = Math.min(screen.height, floor(Math.max(...changed.map(({ y, height }) => y + height)) + rowStep - 1))
    await screen.copyRows(top, bottom - top)
    await encoder.update(screen.pixels, top, bottom - top)
    encoder.limit(videoBytesPerSecond() / framesPerSecondAtLeast)
    const encoded = await encoder.encode(isKey)
    rest.inexact(changed)
    deliver(picture, { kind: 'video', ordinal: picture.ordinal, isKey: encoded.isKey, changed, data: encoded.data })
    wake.rest.ring()
    return encoded.data.length
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
        await Promise.race([new Promise(resolve => setTimeout(resolve, waitMs + 1)), wake.rest.heard()])
        continue
      }
      const budget = Math.min(...[...watchers].map(({ link }) => link.budget * share))
      const pixels = Math.max(leastPartPixels, Math.min(partPixels, budget / bytesPerPixel / madeAtOnce))
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
    const picture = begin()
    const data = await shrink(await screen.copyParts(parts, toPlanes))
    deliver(picture, { kind: 'tiles', ordinal: picture.ordinal, tiles: parts, data })
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

  /** What was under way is void, and the viewer says nothing of it any more. */
  const introduce = (watcher: Watcher) => {
    watcher.link.reset()
    const { width, height } = screen
    const { name, codec } = encoder
    for (const message of [
      { kind: 'screen', width, height, after: ordinal, codec },
      { kind: 'encoder', name },
    ] as const)
      watcher.send(frame(encodeDesktopMessage(message, headerBytes)))
  }

  const restart = () => {
    isResized = false
    encoder.close()
    encoder = openEncoder(preferred, screen.width, screen.height)
    rest = createRest(screen.width, screen.height)
    urgent = []
    for (const watcher of watchers) introduce(watcher)
    wantsKey = true
    moving = [all()]
  }

  const running = Promise.all([sendFrames(), sendRested()])

  return {
    watchers,
    add(watcher) {
      watchers.add(watcher)
      introduce(watcher)
      wantsKey = true
      addMotion([all()])
    },
    remove(watcher) {
      watchers.delete(watcher)
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
      const area = areaOfAll(parts)
      const isSmall =
        area <= (inMotion ? small.pixelsInMotion : small.pixels) &&
        parts.length <= small.parts &&
        (!inMotion || now - lastUrgent > small.everyMsInMotion)
      if (isSmall) {
        lastUrgent = now
        urgent.push(...parts)
        setImmediate(() => sendUrgent().catch(failed))
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

const floor = (y: number) => Math.floor(y / rowStep) * rowStep
