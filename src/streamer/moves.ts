/**
 * Finds what moved between two pictures of the screen: a page that was scrolled, a window that was dragged, a node graph
 * that was panned. Programs do not tell; but what is seen now was seen before, somewhere else.
 */
import type { Move } from '../protocol/messages.ts'
import type { Rectangle } from '../protocol/rectangle.ts'
import { bytesPerPixel, type Raster, wordsOf } from './raster.ts'

/** A piece of a row that is looked for: long enough to be found in one place only. */
const probePixels = 24
/** Of its pixels, so many differ from the one before: an empty place is everywhere. */
const probeEdges = 6
/** Probes are taken from a grid of so many places. */
const grid = { columns: 4, rows: 6 } as const
/** At each place the best of so many rows. */
const rowsLookedAt = 12
/** It is looked for as far away as this to the sides; up and down, as far as the part that has changed goes. */
const sideways = 160
/** Less is not worth the trouble. */
const leastPixels = 2048
/** As that many were looked for in vain, nothing has moved. */
const vainAtMost = 8

interface Offset {
  x: number
  y: number
}

/**
 * The largest part of `within` that shows now what `before` has elsewhere within it, as far as one can see without looking
 * at everything. `guesses` are looked at first.
 */
export const findMove = (
  before: Raster,
  now: Raster,
  within: Rectangle,
  guesses: readonly Offset[] = [],
): Move | undefined => {
  let best: Move | undefined
  const tried = new Set<string>()
  let vain = 0
  for (const probe of probesIn(before, now, within)) {
    if (best && contains(best, probe)) continue
    const offset = guesses.find(guess => isFound(before, now, within, probe, guess)) ?? look(before, now, within, probe)
    if (!offset) {
      if (++vain === vainAtMost) break
      continue
    }
    const name = `${offset.x} ${offset.y}`
    if (tried.has(name)) continue
    tried.add(name)
    const found = extent(before, now, within, probe, offset)
    if (found.width * found.height > (best ? best.width * best.height : leastPixels)) best = found
    if (tried.size === 4) break
  }
  return best
}

interface Probe {
  x: number
  y: number
}

const contains = ({ x, y, width, height }: Rectangle, probe: Probe) =>
  probe.x >= x && probe.x + probePixels <= x + width && probe.y >= y && probe.y < y + height

const at = ({ width }: Raster, x: number, y: number) => (y * width + x) * bytesPerPixel

const isSame = (a: Raster, aAt: number, b: Raster, bAt: number, bytes: number) =>
  a.pixels.compare(b.pixels, bAt, bAt + bytes, aAt, aAt + bytes) === 0

/** Where the picture is another one than before, and like no other place. */
const probesIn = function* (before: Raster, now: Raster, { x, y, width, height }: Rectangle): Generator<Probe> {
  const pixels = wordsOf(now)
  for (let row = 0; row < grid.rows; row++)
    for (let column = 0; column < grid.columns; column++) {
      const left = x + Math.floor(((column + 0.5) * width) / grid.columns - probePixels / 2)
      const top = y + Math.floor(((row + 0.5) * height) / grid.rows)
      if (left < x || left + probePixels > x + width) continue
      let found: Probe | undefined
      let most = probeEdges - 1
      for (let y = top; y < Math.min(top + rowsLookedAt, now.height); y++) {
        const from = y * now.width + left
        let edges = 0
        for (let pixel = from + 1; pixel < from + probePixels; pixel++) if (pixels[pixel] !== pixels[pixel - 1]) edges++
        const start = at(now, left, y)
        if (edges > most && !isSame(before, start, now, start, probePixels * bytesPerPixel)) {
          most = edges
          found = { x: left, y }
        }
      }
      if (found) yield found
    }
}

const isFound = (before: Raster, now: Raster, within: Rectangle, probe: Probe, { x, y }: Offset) => {
  const [fromX, fromY] = [probe.x + x, probe.y + y]
  if (fromX < within.x || fromX + probePixels > within.x + within.width) return false
  if (fromY < within.y || fromY >= within.y + within.height) return false
  const bytes = probePixels * bytesPerPixel
  return isSame(before, at(before, fromX, fromY), now, at(now, probe.x, probe.y), bytes)
}

/** From where the probe has come: the nearest row first. */
const look = (before: Raster, now: Raster, within: Rectangle, probe: Probe): Offset | undefined => {
  const start = at(now, probe.x, probe.y)
  const wanted = now.pixels.subarray(start, start + probePixels * bytesPerPixel)
  const left = Math.max(within.x, probe.x - sideways)
  const right = Math.min(within.x + within.width, probe.x + probePixels + sideways)
  const bottom = within.y + within.height
  for (let distance = 0; distance < within.height; distance++)
    for (const y of distance === 0 ? [probe.y] : [probe.y - distance, probe.y + distance]) {
      if (y < within.y || y >= bottom) continue
      const row = before.pixels.subarray(at(before, left, y), at(before, right, y))
      const found = row.indexOf(wanted)
      if (found >= 0 && found % bytesPerPixel === 0)
        return { x: left + found / bytesPerPixel - probe.x, y: y - probe.y }
    }
  return undefined
}

/** A part of rows that is as it was elsewhere, and gets narrower the more rows it has. */
interface Step {
  rows: number
  left: number
  right: number
}

/** The largest rectangle around the probe that has moved by this offset. */
const extent = (before: Raster, now: Raster, within: Rectangle, probe: Probe, offset: Offset): Move => {
  const [a, b] = [wordsOf(before), wordsOf(now)]
  const limit = {
    left: Math.max(within.x, within.x - offset.x),
    right: Math.min(within.x + within.width, within.x + within.width - offset.x),
    top: Math.max(within.y, within.y - offset.y),
    bottom: Math.min(within.y + within.height, within.y + within.height - offset.y),
  }
  /** Of a row, what is the same around the probe, within these sides; undefined where that is not even the probe. */
  const span = (y: number, left: number, right: number) => {
    const [from, to] = [(y + offset.y) * before.width + offset.x, y * now.width]
    const bytes = (right - left) * bytesPerPixel
    if (isSame(before, (from + left) * bytesPerPixel, now, (to + left) * bytesPerPixel, bytes)) return { left, right }
    let [l, r] = [probe.x, probe.x]
    while (l > left && a[from + l - 1] === b[to + l - 1]) l--
    while (r < right && a[from + r] === b[to + r]) r++
    return r - l >= probePixels && r >= probe.x + probePixels ? { left: l, right: r } : undefined
  }
  const steps = (direction: 1 | -1, last: number): Step[] => {
    let sides: { left: number; right: number } | undefined = { left: limit.left, right: limit.right }
    const found: Step[] = []
    for (let y = probe.y, rows = 0; direction * (last - y) >= 0; y += direction) {
      sides = span(y, sides.left, sides.right)
      if (!sides) break
      rows++
      const step = found.at(-1)
      if (step && step.left === sides.left && step.right === sides.right) step.rows = rows
      else found.push({ rows, ...sides })
    }
    return found
  }
  const up = steps(-1, limit.top)
  const down = steps(1, limit.bottom - 1)
  let best: Move = { x: probe.x, y: probe.y, width: 0, height: 0, fromX: 0, fromY: 0 }
  for (const above of up)
    for (const below of down) {
      const [left, right] = [Math.max(above.left, below.left), Math.min(above.right, below.right)]
      // The probe's own row is in both.
      const [width, height] = [right - left, above.rows + below.rows - 1]
      if (width * height <= best.width * best.height) continue
      const y = probe.y - above.rows + 1
      best = { x: left, y, width, height, fromX: left + offset.x, fromY: y + offset.y }
    }
  return best
}
