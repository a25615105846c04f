/** Which parts of the screen a viewer sees in video, not exactly, and when each has come to rest. */
import type { Rectangle } from '../protocol/rectangle.ts'

export const cellSide = 64

/** How long a part has to rest until it is sent exactly, ms. */
const restMs = 80
/** The same for a part that was made exact twice a moment ago and moved again, as in a slow animation. */
const restlessMs = 150
const momentMs = 1000

export interface Rest {
  /** Something has changed there. */
  moved(parts: readonly Rectangle[], now: number): void
  /** Video of it has been sent. */
  inexact(parts: readonly Rectangle[]): void
  /** They have been sent exactly. */
  exact(parts: readonly Rectangle[]): void
  /** Parts to be made exact now, of at most so many pixels. They count as exact from here on. */
  take(now: number, pixels: number): Rectangle[]
  /** When there will be something to take; undefined when everything is exact. */
  nextAt(): number | undefined
}

export const createRest = (width: number, height: number): Rest => {
  const columns = Math.ceil(width / cellSide)
  const rows = Math.ceil(height / cellSide)
  const movedAt = new Float64Array(columns * rows)
  const madeExactAt = new Float64Array(columns * rows).fill(-momentMs)
  /** The time before. */
  const wasMadeExactAt = new Float64Array(columns * rows).fill(-momentMs)
  const isInexact = new Uint8Array(columns * rows)

  const forEachCell = (parts: readonly Rectangle[], act: (cell: number) => void) => {
    for (const { x, y, width, height } of parts) {
      const right = Math.min(columns - 1, Math.floor((x + width - 1) / cellSide))
      const bottom = Math.min(rows - 1, Math.floor((y + height - 1) / cellSide))
      for (let row = Math.floor(y / cellSide); row <= bottom; row++)
        for (let column = Math.floor(x / cellSide); column <= right; column++) act(row * columns + column)
    }
  }
  const dueAt = (cell: number): number => {
    const moved = movedAt[cell] ?? 0
    return moved + (moved - (wasMadeExactAt[cell] ?? 0) < momentMs ? restlessMs : restMs)
  }

  return {
    moved: (parts, now) =>
      forEachCell(parts, cell => {
        movedAt[cell] = now
      }),
    inexact: parts =>
      forEachCell(parts, cell => {
        isInexact[cell] = 1
      }),
    exact: parts =>
      forEachCell(parts, cell => {
        isInexact[cell] = 0
      }),
    take(now, pixels) {
      const taken: Rectangle[] = []
      let left = pixels
      for (let row = 0; row < rows; row++) {
        const cellHeight = Math.min(cellSide, height - row * cellSide)
        let run: Rectangle | undefined
        for (let column = 0; column < columns; column++) {
          const cell = row * columns + column
          const cellWidth = Math.min(cellSide, width - column * cellSide)
          if (!isInexact[cell] || dueAt(cell) > now || cellWidth * cellHeight > left) {
            run = undefined
            continue
          }
          isInexact[cell] = 0
          wasMadeExactAt[cell] = madeExactAt[cell] ?? 0
          madeExactAt[cell] = now
          left -= cellWidth * cellHeight
          if (run) run.width += cellWidth
          else {
            run = { x: column * cellSide, y: row * cellSide, width: cellWidth, height: cellHeight }
            taken.push(run)
          }
        }
      }
      return taken
    },
    nextAt() {
      let next: number | undefined
      for (let cell = 0; cell < isInexact.length; cell++)
        if (isInexact[cell]) next = Math.min(next ?? Number.POSITIVE_INFINITY, dueAt(cell))
      return next
    },
  }
}
