/**
 * What viewers see exactly, pixel by pixel. A picture that is to be sent is held against it: what is the same needs not be
 * sent, whatever was drawn there anew, and what was elsewhere before is moved by the viewers themselves. Of what they see
 * as video nothing is known until it has been sent exactly.
 */
import { limits, type Move } from '../protocol/messages.ts'
import { areaOfAll, around, disjoint, type Rectangle } from '../protocol/rectangle.ts'
import { differences } from './differences.ts'
import { findMove } from './moves.ts'
import { bytesPerPixel, type Raster } from './raster.ts'
import { cellSide } from './rest.ts'

/** What makes of the picture that is known the one that is. */
export interface Difference {
  moves: Move[]
  tiles: Rectangle[]
}

export interface Known {
  /** Whether this is what is seen there, for sure. */
  shows(tiles: readonly Rectangle[], pixels: Buffer): boolean
  /** `pixels` of the tiles, one after another, have been taken and will be sent. */
  note(tiles: readonly Rectangle[], pixels: Buffer): void
  /** Something else is seen there. */
  forget(parts: readonly Rectangle[]): void
  /**
   * What is to be sent of these parts. From here on it counts as sent. Undefined where it is too much, and where it is not
   * known what was seen there, unless `anew`: then it is all of them. Of what is not told nothing is known any more.
   */
  update(picture: Buffer, parts: readonly Rectangle[], anew?: boolean): Difference | undefined
}

/** Less that is different is sent without a search for what has moved. */
const worthSearching = 4096
const movesAtMost = 4

/** At most `most` pixels are told. */
export const createKnown = (width: number, height: number, most: number): Known => {
  const columns = Math.ceil(width / cellSide)
  const rows = Math.ceil(height / cellSide)
  const isKnown = new Uint8Array(columns * rows)
  /** Made when something is known for the first time. */
  let raster: Raster | undefined
  const makeRaster = (): Raster => ({ width, height, pixels: Buffer.alloc(width * height * bytesPerPixel) })
  let offset = { x: 0, y: 0 }

  const cellsOf = function* ({ x, y, width, height }: Rectangle) {
    const [right, bottom] = [Math.ceil((x + width) / cellSide), Math.ceil((y + height) / cellSide)]
    for (let row = Math.floor(y / cellSide); row < bottom; row++)
      for (let column = Math.floor(x / cellSide); column < right; column++) yield { row, column }
  }
  /** Where each row of the tiles is on the screen and among their pixels, bytes. */
  const rowsOf = function* (tiles: readonly Rectangle[]) {
    let from = 0
    for (const tile of tiles) {
      const bytes = tile.width * bytesPerPixel
      for (let y = tile.y; y < tile.y + tile.height; y++, from += bytes)
        yield { at: (y * width + tile.x) * bytesPerPixel, from, bytes }
    }
  }
  const wholeCells = ({ x, y, width: across, height: down }: Rectangle): Rectangle => {
    const [left, top] = [x - (x % cellSide), y - (y % cellSide)]
    const right = Math.min(width, Math.ceil((x + across) / cellSide) * cellSide)
    const bottom = Math.min(height, Math.ceil((y + down) / cellSide) * cellSide)
    return { x: left, y: top, width: right - left, height: bottom - top }
  }
  const mark = (part: Rectangle) => {
    const [right, bottom] = [part.x + part.width, part.y + part.height]
    for (const { row, column } of cellsOf(part)) {
      const isWhole =
        part.x <= column * cellSide &&
        part.y <= row * cellSide &&
        right >= Math.min(width, (column + 1) * cellSide) &&
        bottom >= Math.min(height, (row + 1) * cellSide)
      if (isWhole) isKnown[row * columns + column] = 1
    }
  }
  const has = (parts: readonly Rectangle[]) =>
    parts.every(part => cellsOf(part).every(({ row, column }) => isKnown[row * columns + column] === 1))
  const forget = (parts: readonly Rectangle[]) => {
    for (const part of parts) for (const { row, column } of cellsOf(part)) isKnown[row * columns + column] = 0
  }

  return {
    forget,
    shows(tiles, pixels) {
      if (!raster || !has(tiles)) return false
      for (const { at, from, bytes } of rowsOf(tiles))
        if (raster.pixels.compare(pixels, from, from + bytes, at, at + bytes) !== 0) return false
      return true
    },
    note(tiles, pixels) {
      raster ??= makeRaster()
      for (const { at, from, bytes } of rowsOf(tiles)) pixels.copy(raster.pixels, at, from, from + bytes)
      tiles.forEach(mark)
    },
    update(picture, parts, anew = false) {
      const areKnown = raster !== undefined && has(parts)
      if (!areKnown && !anew) return undefined
      const now: Raster = { width, height, pixels: picture }
      const moves: Move[] = []
      let tiles = raster && areKnown ? differences(raster, now, parts) : disjoint(parts.map(wholeCells))
      while (raster && areKnown && areaOfAll(tiles) > worthSearching && moves.length < movesAtMost) {
        const within = parts.reduce(around)
        if (!has([within])) break
        const move = findMove(raster, now, within, [offset, ...moves.map(offsetOf)])
        if (!move) break
        offset = offsetOf(move)
        apply(raster, move)
        moves.push(move)
        tiles = differences(raster, now, parts)
      }
      if (areaOfAll(tiles) > most || tiles.length > limits.rectangles) {
        forget([...parts, ...moves])
        return undefined
      }
      raster ??= makeRaster()
      for (const { at, bytes } of rowsOf(tiles)) picture.copy(raster.pixels, at, at, at + bytes)
      tiles.forEach(mark)
      return { moves, tiles }
    },
  }
}

const offsetOf = ({ x, y, fromX, fromY }: Move) => ({ x: fromX - x, y: fromY - y })

/** As viewers do it: what is read is what was there before, also where both overlap. */
const apply = ({ width, pixels }: Raster, move: Move): void => {
  const bytes = move.width * bytesPerPixel
  for (let row = 0; row < move.height; row++) {
    const down = move.fromY >= move.y ? row : move.height - 1 - row
    const from = ((move.fromY + down) * width + move.fromX) * bytesPerPixel
    pixels.copyWithin(((move.y + down) * width + move.x) * bytesPerPixel, from, from + bytes)
  }
}
