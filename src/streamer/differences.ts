/** Where two pictures of the screen are not the same. */
import { disjoint, type Rectangle } from '../protocol/rectangle.ts'
import { bytesPerPixel, type Raster, wordsOf } from './raster.ts'

/** Pixels are compared in blocks of this size. */
const block = { width: 16, height: 8 } as const

/** Rectangles that do not overlap. */
export const differences = (before: Raster, now: Raster, parts: readonly Rectangle[]): Rectangle[] =>
  disjoint(parts)
    .flatMap(part => differencesIn(before, now, part))
    .map(rectangle => trim(before, now, rectangle))

/** Without the rows and columns at its edges that are the same. */
const trim = (before: Raster, now: Raster, { x, y, width, height }: Rectangle): Rectangle => {
  const [a, b] = [wordsOf(before), wordsOf(now)]
  const rowDiffers = (row: number) => {
    const from = (row * now.width + left) * bytesPerPixel
    const to = (row * now.width + right) * bytesPerPixel
    return before.pixels.compare(now.pixels, from, to, from, to) !== 0
  }
  const columnDiffers = (column: number) => {
    for (let at = top * now.width + column; at < bottom * now.width; at += now.width) if (a[at] !== b[at]) return true
    return false
  }
  let [left, right, top, bottom] = [x, x + width, y, y + height]
  while (bottom - top > 1 && !rowDiffers(top)) top++
  while (bottom - top > 1 && !rowDiffers(bottom - 1)) bottom--
  while (right - left > 1 && !columnDiffers(left)) left++
  while (right - left > 1 && !columnDiffers(right - 1)) right--
  return { x: left, y: top, width: right - left, height: bottom - top }
}

const differencesIn = (before: Raster, now: Raster, part: Rectangle): Rectangle[] => {
  const [a, b] = [wordsOf(before), wordsOf(now)]
  const across = Math.ceil(part.width / block.width)
  const differs = new Uint8Array(across)
  const found: Rectangle[] = []
  let above: Rectangle[] = []
  for (let y = part.y; y < part.y + part.height; y += block.height) {
    const height = Math.min(block.height, part.y + part.height - y)
    differs.fill(0)
    for (let row = y; row < y + height; row++) {
      const start = row * now.width + part.x
      const [from, to] = [start * bytesPerPixel, (start + part.width) * bytesPerPixel]
      if (before.pixels.compare(now.pixels, from, to, from, to) === 0) continue
      for (let column = 0; column < across; column++) {
        if (differs[column]) continue
        const end = start + Math.min(part.width, (column + 1) * block.width)
        for (let at = start + column * block.width; at < end; at++)
          if (a[at] !== b[at]) {
            differs[column] = 1
            break
          }
      }
    }
    const band = runsOf(differs, part, y, height)
    // What continues the band above becomes one with it.
    for (const [index, run] of band.entries()) {
      const longer = above.find(other => other.x === run.x && other.width === run.width)
      if (!longer) found.push(run)
      else {
        longer.height += run.height
        band[index] = longer
      }
    }
    above = band
  }
  return found
}

const runsOf = (differs: Uint8Array, part: Rectangle, y: number, height: number): Rectangle[] => {
  const runs: Rectangle[] = []
  for (let column = 0; column < differs.length; column++) {
    if (!differs[column]) continue
    const x = part.x + column * block.width
    const width = Math.min(block.width, part.x + part.width - x)
    const run = runs.at(-1)
    if (run && run.x + run.width === x) run.width += width
    else runs.push({ x, y, width, height })
  }
  return runs
}
