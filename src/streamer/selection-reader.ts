/**
 * Asks the owner of a selection for what it holds. The owner is any program of the desktop: it may answer late, never,
 * without end, or with other things than were asked for.
 */
import type { Display } from './display.ts'

export interface SelectionReader {
  /** What the owner can give, as atoms. */
  targets(): Promise<readonly number[]>
  /**
   * Undefined where the owner does not give it. Of more than `limit` bytes it is so much and one byte more, or a
   * little less than that.
   */
  convert(target: number, limit: number): Promise<Buffer | undefined>
  /** From now on what is read is read from the owner there is now. */
  begin(): void
  /** The owner that was read from is none any more: what is asked of it ends. */
  abandon(): void
  readonly isStale: boolean
}

const propertyChange = 0x400000
const newValue = 0
const anyType = 0
/** Without any answer for so long, the owner gives nothing, ms. */
const patienceMs = 3000
/** For all of one thing, ms: a slow owner may not keep the clipboard busy for ever. */
const longestMs = 60_000
const mostTargets = 256
/** Windows that are gone, before the first one's number is given to another. */
const closedAtLeast = 64

export const createSelectionReader = async (display: Display, selection: number): Promise<SelectionReader> => {
  const { X, root, on } = display
  const atom = {
    targets: await display.atom('TARGETS'),
    increments: await display.atom('INCR'),
    transfer: await display.atom('ATELIER_CLIPBOARD'),
    text: await display.atom('UTF8_STRING'),
    string: 31,
  }
  const closed: number[] = []
  let isStale = false
  /** Ends what is being asked for. */
  let abandon: () => void = () => {}
  /** Windows get their events from here: there is one conversion at a time. */
  let listening: { window: number; notified(property: number): void; changed(): void } | undefined

  on('SelectionNotify', event => {
    if (!('owner' in event) && event.requestor === listening?.window) listening?.notified(Number(event.property))
  })
  on('PropertyNotify', event => {
    if (event.wid === listening?.window && event.atom === atom.transfer && event.state === newValue)
      listening?.changed()
  })

  const convert: SelectionReader['convert'] = (target, limit) => {
    const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
    // A window for each: what an owner still writes when nobody listens any more goes with it.
    const window = X.AllocID()
    X.CreateWindow(window, root, 0, 0, 1, 1, 0, 0, 0, 0, { eventMask: propertyChange })
    const pieces: Buffer[] = []
    let bytes = 0
    let isIncremental = false

    const finish = (data: Buffer | undefined) => {
      if (listening?.window !== window) return
      listening = undefined
      clearTimeout(silence)
      clearTimeout(end)
      X.DestroyWindow(window)
      // An answer that is late must not be taken for one of today.
      const [oldest] = closed.push(window) > closedAtLeast ? closed.splice(0, 1) : []
      if (oldest !== undefined) X.ReleaseID(oldest)
      resolve(data)
    }
    const silence = setTimeout(() => finish(undefined), patienceMs)
    const end = setTimeout(() => finish(undefined), longestMs)
    abandon = () => finish(undefined)

    // Not by a promise: the notice of the next piece may come in one with this answer, and is to find it taken.
    const take = () => {
      silence.refresh()
      const most = Math.ceil((limit + 1 - bytes) / 4)
      X.GetProperty(1, window, atom.transfer, anyType, 0, most, (error, property) => {
        // Refused only where the window is gone already.
        if (error) return finish(undefined)
        const { type, bytesAfter, data } = property
        if (type === atom.increments && !isIncremental) {
          isIncremental = true
          return
        }
        pieces.push(data)
        bytes += data.length
        const isWhole = isIncremental ? data.length === 0 : true
        if (isWhole || bytesAfter > 0 || bytes > limit) finish(Buffer.concat(pieces))
      })
    }
    listening = {
      window,
      notified: property => (property === atom.transfer ? take() : finish(undefined)),
      changed: () => isIncremental && take(),
    }
    X.ConvertSelection(window, selection, target, atom.transfer, 0)
    return promise
  }

  return {
    convert,
    async targets() {
      const list = await convert(atom.targets, mostTargets * 4)
      // A program of old may not say what it has, and have a text.
      if (!list) return [atom.text, atom.string]
      return Array.from({ length: Math.min(mostTargets, list.length >> 2) }, (_, at) => list.readUInt32LE(at * 4))
    },
    begin() {
      isStale = false
    },
    abandon() {
      isStale = true
      abandon()
    },
    get isStale() {
      return isStale
    },
  }
}
