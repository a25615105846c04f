/** Text on the desktop's clipboard, both ways (ICCCM, section 2). */
import type { XEvent } from 'x11'
import { limits } from '../protocol/messages.ts'
import { answer, type Display } from './display.ts'

export interface Clipboard {
  /** Puts a text there, in UTF-8. */
  set(text: Uint8Array): void
}

const selectionOwnerChanged = 1
const propertyChange = 0x400000
const newValue = 0
const replace = 0
const append = 2
/** Well below what a request may hold, bytes. */
const chunkBytes = 128 * 1024

export const createClipboard = async (display: Display, copied: (text: Uint8Array) => void): Promise<Clipboard> => {
  const { X, root, fixes, on } = display
  const atom = {
    clipboard: await display.atom('CLIPBOARD'),
    text: await display.atom('UTF8_STRING'),
    mimeText: await display.atom('text/plain;charset=utf-8'),
    targets: await display.atom('TARGETS'),
    increments: await display.atom('INCR'),
    transfer: await display.atom('ATELIER_CLIPBOARD'),
    atom: 4,
  }
  const texts: readonly number[] = [atom.text, atom.mimeText]
  const window = X.AllocID()
  X.CreateWindow(window, root, 0, 0, 1, 1, 0, 0, 0, 0, { eventMask: propertyChange })
  fixes.SelectSelectionInput(window, atom.clipboard, selectionOwnerChanged)
  let own: Buffer = Buffer.alloc(0)
  /** What has come so far of a text that comes in pieces. */
  let pieces: Buffer[] | undefined

  const read = async () => {
    const most = Math.ceil((limits.clipboardBytes + 1) / 4)
    return await answer<{ type: number; bytesAfter: number; data: Buffer }>(callback =>
      X.GetProperty(1, window, atom.transfer, 0, 0, most, callback),
    )
  }
  const finish = (text: Buffer) => {
    if (text.length > 0 && text.length <= limits.clipboardBytes) copied(new Uint8Array(text))
  }

  on('SelectionNotify', async event => {
    // The same name for two events: of the extension, that another program owns the clipboard now; of the protocol
    // itself, that the text which was asked for has come.
    if ('owner' in event) {
      if (event.selection !== atom.clipboard || event.owner === window || event.owner === 0) return
      pieces = undefined
      return X.ConvertSelection(window, atom.clipboard, atom.text, atom.transfer, 0)
    }
    if (event.requestor !== window || event.property !== atom.transfer) return
    const { type, bytesAfter, data } = await read()
    if (type === atom.increments) pieces = []
    else if (bytesAfter === 0) finish(data)
    else X.DeleteProperty(window, atom.transfer)
  })

  on('PropertyNotify', async event => {
    if (!pieces || event.wid !== window || event.atom !== atom.transfer || event.state !== newValue) return
    const { data } = await read()
    if (!pieces) return
    if (data.length > 0) {
      pieces.push(data)
      const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
      if (bytes > limits.clipboardBytes) pieces = undefined
      return
    }
    const whole = Buffer.concat(pieces)
    pieces = undefined
    finish(whole)
  })

  on('SelectionRequest', event => {
    const [requestor, target, asked] = [Number(event.requestor), Number(event.target), Number(event.property)]
    const property = asked === 0 ? target : asked
    const isServed = event.selection === atom.clipboard && (target === atom.targets || texts.includes(target))
    if (isServed && target === atom.targets)
      X.ChangeProperty(replace, requestor, property, atom.atom, 32, [atom.targets, ...texts])
    else if (isServed) {
      X.ChangeProperty(replace, requestor, property, target, 8, own.subarray(0, chunkBytes))
      for (let at = chunkBytes; at < own.length; at += chunkBytes)
        X.ChangeProperty(append, requestor, property, target, 8, own.subarray(at, at + chunkBytes))
    }
    X.SendEvent(requestor, false, 0, selectionNotify(event, isServed ? property : 0))
  })

  return {
    set(text) {
      own = Buffer.from(text)
      X.SetSelectionOwner(window, atom.clipboard, 0)
    },
  }
}

const selectionNotify = ({ time, requestor, selection, target }: XEvent, property: number): Buffer => {
  const event = Buffer.alloc(32)
  event.writeUInt8(31, 0)
  for (const [index, value] of [time, requestor, selection, target, property].entries())
    event.writeUInt32LE(Number(value) >>> 0, 4 + index * 4)
  return event
}
