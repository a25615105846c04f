/** A copy on its way to a viewer. */
import { cutIntoPieces, type Piece } from '../protocol/clipboard.ts'

/** Pieces that the viewer has not said he has: as much as a picture waits behind on a slow link. */
const underWayAtMost = 4

export interface Delivery {
  /** What was not sent yet of the one before is not sent any more. */
  begin(copy: Uint8Array): void
  /** The viewer has one piece more. */
  taken(): void
}

export const createDelivery = (send: (piece: Piece) => void): Delivery => {
  let pieces: Iterator<Piece> | undefined
  let underWay = 0
  const proceed = () => {
    while (pieces && underWay < underWayAtMost) {
      const { done, value } = pieces.next()
      if (done) {
        pieces = undefined
        return
      }
      underWay++
      send(value)
    }
  }
  return {
    begin(copy) {
      pieces = cutIntoPieces(copy)
      proceed()
    },
    taken() {
      underWay = Math.max(0, underWay - 1)
      proceed()
    },
  }
}
