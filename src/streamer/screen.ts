/**
 * What is on the screen: told as it changes, and copied when somebody wants it. A change is taken off the X server's
 * account as soon as it is told, so that a small one is told on its own even while a large area moves.
 */
import type { Segment, XEvent } from 'x11'
import { intersection, type Rectangle } from '../protocol/rectangle.ts'
import { answer, type Display } from './display.ts'

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
  onChange(listener: (changed: Rectangle[]) => void): void
  onResize(listener: () => void): void
}

export const partPixels = 256 * 1024
export const urgentPixels = 32 * 1024

const bytesPerPixel = 4
const allPlanes = 0xffffffff
const zPixmap = 2
const deltaRectangles = 1
/** In the level of a damage event: more rectangles of the same drawing follow. */
const more = 0x80

export const createScreen = async (display: Display): Promise<Screen> => {
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
  let whole = await makeSegment(capacityFor(display.width * display.height))
  let { width, height } = display
  const changeListeners: ((changed: Rectangle[]) => void)[] = []
  const resizeListeners: (() => void)[] = []

  const account = X.AllocID()
  damage.Create(account, root, deltaRectangles)
  let group: Rectangle[] = []
  display.on('DamageNotify', (event: XEvent) => {
    const area = event.area as { x: number; y: number; w: number; h: number }
    const changed = intersection({ x: area.x, y: area.y, width: area.w, height: area.h }, { x: 0, y: 0, width, height })
    if (changed) group.push(changed)
    if (Number(event.level) & more) return
    damage.Subtract(account, 0, 0)
    const told = group
    group = []
    if (told.length > 0) for (const listener of changeListeners) listener(told)
  })

  display.on('ConfigureNotify', async () => {
    if (display.width === width && display.height === height) return
    const pixels = display.width * display.height
    if (pixels * bytesPerPixel > whole.buffer.length) {
      whole.detach()
      whole = await makeSegment(capacityFor(pixels))
    }
    width = display.width
    height = display.height
    for (const listener of resizeListeners) listener()
  })

  return {
    get width() {
      return width
    },
    get height() {
      return height
    },
    get pixels() {
      return whole.buffer
    },
    async copyRows(y, rows) {
      await copy(whole, { x: 0, y, width, height: rows }, y * width)
    },
    copyParts,
    copyUrgent,
    onChange: listener => changeListeners.push(listener),
    onResize: listener => resizeListeners.push(listener),
  }
}

/** In steps of twice the size, from full HD on: memory is not given back (`shared-memory.ts`). */
const capacityFor = (pixels: number): number => {
  let capacity = 1920 * 1088
  while (capacity < pixels) capacity *= 2
  return capacity
}
