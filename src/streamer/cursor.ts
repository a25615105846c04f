/**
 * The shape of the pointer, which the viewer draws itself: it follows the hand without a way there and back. The X server
 * draws none: as it looks what is below one, it brings up to date those windows that have a picture of their own, such as
 * all with an alpha channel, and tells nobody of that change (X.Org 21.1: `miDCSaveUnderCursor`, `compSourceValidate`).
 */
import type { CursorImage } from 'x11'
import { type DesktopMessage, limits } from '../protocol/messages.ts'
import { answer, type Display } from './display.ts'

type CursorMessage = Extract<DesktopMessage, { kind: 'cursor' }>

export interface Cursor {
  /** As it is now. */
  readonly message: CursorMessage
}

const displayCursor = 1

export const createCursor = async ({ fixes, root, on }: Display, changed: () => void): Promise<Cursor> => {
  const look = async () => toMessage(await answer<CursorImage>(callback => fixes.GetCursorImage(callback)))
  fixes.HideCursor(root)
  fixes.SelectCursorInput(root, displayCursor)
  let message = await look()
  on('CursorNotify', async () => {
    message = await look()
    changed()
  })
  return {
    get message() {
      return message
    },
  }
}

/** X keeps colours multiplied with their opacity, blue first; browsers want neither. */
const toMessage = ({ width, height, xhot, yhot, cursorImage }: CursorImage): CursorMessage => {
  const shownWidth = Math.min(width, limits.cursorSide)
  const shownHeight = Math.min(height, limits.cursorSide)
  const pixels = new Uint8Array(shownWidth * shownHeight * 4)
  for (let y = 0; y < shownHeight; y++)
    for (let x = 0; x < shownWidth; x++) {
      const from = (y * width + x) * 4
      const to = (y * shownWidth + x) * 4
      const opacity = cursorImage[from + 3] ?? 0
      for (const channel of [0, 1, 2]) {
        const colour = cursorImage[from + 2 - channel] ?? 0
        pixels[to + channel] = opacity === 0 ? 0 : Math.min(255, Math.round((colour * 255) / opacity))
      }
      pixels[to + 3] = opacity
    }
  return {
    kind: 'cursor',
    hotX: Math.min(xhot, Math.max(0, shownWidth - 1)),
    hotY: Math.min(yhot, Math.max(0, shownHeight - 1)),
    width: shownWidth,
    height: shownHeight,
    pixels,
  }
}
