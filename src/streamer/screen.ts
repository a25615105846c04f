/**
 * What is on the screen: told as it changes, and copied when somebody wants it. A change is taken off the X server's
 * account as soon as it is told, so that a small one is told on its own even while a large area moves.
 */
import type { Segment, XEvent } from 'x11'
import { areaOf, intersection, type Rectangle } from '../protocol/rectangle.ts'
import { answer, type Display } from './display.ts'
import { bytesPerPixel } from './raster.ts'

/** As much of the screen as one monitor shows, with places counted from that monitor's corner. */
export interface Screen {
  readonly width: number
  readonly height: number
  /** The picture as it was copied last, as rows of blue, green, red and an unused byte. */
  readonly pixels: Buffer
  /** Copies rows of the screen to their place in `pixels`. */
  copyRows(y: number, height: number): Promise<void>
  /** Copies rectangles, one after another, each row by row, for `use` alone; at most `partPixels`. */
  copyParts<Made>(parts: readonly Rectangle[], use: (pixels: Buffer) => Made): Promise<Made>
  /** The same for what is urgent, which waits for nothing else; at most `urgentPixels`. */
  copyUrgent<Made>(parts: readonly Rectangle[], use: (pixels: Buffer) => Made): Promise<Made>
}

export interface View extends Screen {
  /** Where it is on the screen. */
  readonly place: Rectangle
  move(place: Rectangle): Promise<void>
  /** What of these parts of the screen is in it, and where. */
  partsIn(parts: readonly Rectangle[]): Rectangle[]
}

export interface WholeScreen {
  createView(place: Rectangle): Promise<View>
  /** In places of the whole screen. */
  onChange(listener: (changed: Rectangle[]) => void): void
}

export const partPixels = 256 * 1024
export const urgentPixels = 32 * 1024

const allPlanes = 0xffffffff
const zPixmap = 2
const deltaRectangles = 1
/** In the level of a damage event: more rectangles of the same drawing follow. */
const more = 0x80

export const createScreen = async (display: Display): Promise<WholeScreen> => {
  const { X, shm, damage, root } = display
  const makeSegment = (pixels: number) =>
    answer<Segment>(callback => shm.createSegment(pixels * bytesPerPixel, callback))
  const copy = (segment: Segment, { x, y, width, height }: Rectangle, at: number) =>
    answer<unknown>(callback =>
      segment.getImage(root, x, y, width, height, allPlanes, zPixmap, at * bytesPerPixel, callback),
    )

  const copyInto = async (segment: Segment, rectangles: readonly Rectangle[]): Promise<Buffer> => {
    let at = 0
    const copies = rectangles.map(rectangle => {
      const done = copy(segment, rectangle, at)
      at += rectangle.width * rectangle.height
      return done
    })
    await Promise.all(copies)
    return segment.buffer.subarray(0, at * bytesPerPixel)
  }

  const makeParts = async (pixels: number): Promise<Screen['copyParts']> => {
    const segment = await makeSegment(pixels)
    let last: Promise<unknown> = Promise.resolve()
    return (parts, use) => {
      const copied = last.then(async () => use(await copyInto(segment, parts)))
      last = copied.catch(() => {})
      return copied
    }
  }
  const copyParts = await makeParts(partPixels)
  const copyUrgent = await makeParts(urgentPixels)
  const listeners: ((changed: Rectangle[]) => void)[] = []

  const account = X.AllocID()
  damage.Create(account, root, deltaRectangles)
  let group: Rectangle[] = []
  display.on('DamageNotify', (event: XEvent) => {
    const { x, y, w: width, h: height } = event.area as { x: number; y: number; w: number; h: number }
    group.push({ x, y, width, height })
    if (Number(event.level) & more) return
    damage.Subtract(account, 0, 0)
    const told = group
    group = []
    for (const listener of listeners) listener(told)
  })

  const createView = async (first: Rectangle): Promise<View> => {
    let place = first
    let segment = await makeSegment(capacityFor(areaOf(place)))
    const onScreen = (parts: readonly Rectangle[]) =>
      parts.map(part => ({ ...part, x: part.x + place.x, y: part.y + place.y }))
    return {
      get place() {
        return place
      },
      get width() {
        return place.width
      },
      get height() {
        return place.height
      },
      get pixels() {
        return segment.buffer
      },
      async copyRows(y, height) {
        const { x, width } = place
        await copy(segment, { x, y: place.y + y, width, height }, y * width)
      },
      copyParts: (parts, use) => copyParts(onScreen(parts), use),
      copyUrgent: (parts, use) => copyUrgent(onScreen(parts), use),
      async move(next) {
        if (areaOf(next) * bytesPerPixel > segment.buffer.length) {
          segment.detach()
          segment = await makeSegment(capacityFor(areaOf(next)))
        }
        place = next
      },
      partsIn: parts =>
        parts.flatMap(part => {
          const inside = intersection(part, place)
          return inside ? [{ ...inside, x: inside.x - place.x, y: inside.y - place.y }] : []
        }),
    }
  }

  return { createView, onChange: listener => listeners.push(listener) }
}

/** In steps of twice the size, from full HD on: memory is not given back (`shared-memory.ts`). */
const capacityFor = (pixels: number): number => {
  let capacity = 1920 * 1088
  while (capacity < pixels) capacity *= 2
  return capacity
}
