/** Owns a selection, and hands out what it holds to the programs that ask (ICCCM, 2.2, 2.6 and 2.7.2). */
import type { XEvent } from 'x11'
import { answer, type Display } from './display.ts'

export interface SelectionOwner {
  readonly window: number
  /** Another program owns the selection. */
  readonly isElsewhere: boolean
  /** Owns the selection from now on, with these contents by target. */
  offer(contents: ReadonlyMap<number, Buffer>): void
  /** Who owns it now, and since when by the X server's time. */
  changed(owner: number, since: number): void
}

const propertyChange = 0x400000
const deleted = 1
const replace = 0
const types = { atom: 4, integer: 19 } as const
/** More than this goes piece by piece. Well below what a request may hold, bytes. */
const pieceBytes = 128 * 1024
/** A program that asks and does not fetch is forgotten after this, ms. */
const patienceMs = 10_000
const transfersAtMost = 32
const pairsAtMost = 32

export const createSelectionOwner = async (display: Display, selection: number): Promise<SelectionOwner> => {
  const { X, root, on } = display
  const atom = {
    targets: await display.atom('TARGETS'),
    timestamp: await display.atom('TIMESTAMP'),
    multiple: await display.atom('MULTIPLE'),
    pair: await display.atom('ATOM_PAIR'),
    increments: await display.atom('INCR'),
  }
  const window = X.AllocID()
  X.CreateWindow(window, root, 0, 0, 1, 1, 0, 0, 0, 0, { eventMask: propertyChange })
  let contents: ReadonlyMap<number, Buffer> = new Map()
  let since = 0
  let isElsewhere = false
  /** Of what was offered, what the X server has not told of yet. */
  let offersUnderWay = 0
  /** What is under way piece by piece, by window and property. */
  const transfers = new Map<string, { proceed(): void }>()
  const nameOf = (requestor: number, property: number) => `${requestor} ${property}`

  /** Writes the target to the property, or says that it cannot be had. */
  const give = (requestor: number, target: number, property: number): boolean => {
    if (target === atom.targets) {
      const offered = [atom.targets, atom.timestamp, atom.multiple, ...contents.keys()]
      X.ChangeProperty(replace, requestor, property, types.atom, 32, offered)
      return true
    }
    if (target === atom.timestamp) {
      X.ChangeProperty(replace, requestor, property, types.integer, 32, [since])
      return true
    }
    const data = contents.get(target)
    if (!data) return false
    if (data.length > pieceBytes) return giveInPieces(requestor, target, property, data)
    X.ChangeProperty(replace, requestor, property, target, 8, data)
    return true
  }

  const giveInPieces = (requestor: number, target: number, property: number, data: Buffer): boolean => {
    const name = nameOf(requestor, property)
    if (transfers.size >= transfersAtMost || transfers.has(name)) return false
    let at = 0
    const end = () => {
      clearTimeout(timer)
      transfers.delete(name)
      if (![...transfers.keys()].some(other => other.startsWith(`${requestor} `)))
        X.ChangeWindowAttributes(requestor, { eventMask: 0 })
    }
    const timer = setTimeout(end, patienceMs)
    transfers.set(name, {
      proceed() {
        timer.refresh()
        // The last one is empty: that is how the end is told.
        const piece = data.subarray(at, at + pieceBytes)
        at += piece.length
        X.ChangeProperty(replace, requestor, property, target, 8, piece)
        if (piece.length === 0) end()
      },
    })
    X.ChangeWindowAttributes(requestor, { eventMask: propertyChange })
    X.ChangeProperty(replace, requestor, property, atom.increments, 32, [data.length])
    return true
  }
  on('PropertyNotify', event => {
    if (event.state === deleted) transfers.get(nameOf(Number(event.wid), Number(event.atom)))?.proceed()
  })

  /** Several targets at once: pairs of target and property, of which those that cannot be had lose their property. */
  const giveMultiple = async (requestor: number, property: number): Promise<boolean> => {
    const { data } = await answer<{ data: Buffer }>(callback =>
      X.GetProperty(0, requestor, property, atom.pair, 0, pairsAtMost * 2, callback),
    )
    const pairs = Array.from({ length: data.length >> 3 }, (_, at) => {
      const [target, to] = [data.readUInt32LE(at * 8), data.readUInt32LE(at * 8 + 4)]
      return [target, to !== 0 && target !== atom.multiple && give(requestor, target, to) ? to : 0]
    })
    X.ChangeProperty(replace, requestor, property, atom.pair, 32, pairs.flat())
    return pairs.length > 0
  }

  on('SelectionRequest', async event => {
    const [requestor, target, asked] = [Number(event.requestor), Number(event.target), Number(event.property)]
    if (event.selection !== selection || requestor === root || requestor === window) return
    // A program of old names no property, and means that of the target.
    const property = asked === 0 ? target : asked
    const isGiven =
      target === atom.multiple
        ? asked !== 0 && (await giveMultiple(requestor, asked).catch(() => false))
        : give(requestor, target, property)
    X.SendEvent(requestor, false, 0, selectionNotify(event, isGiven ? property : 0))
  })

  return {
    window,
    get isElsewhere() {
      return isElsewhere
    },
    offer(offered) {
      contents = offered
      offersUnderWay++
      X.SetSelectionOwner(window, selection, 0)
    },
    changed(owner, at) {
      isElsewhere = owner !== window && owner !== 0
      if (owner === window) {
        since = at
        offersUnderWay--
      } else if (offersUnderWay === 0) contents = new Map()
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
