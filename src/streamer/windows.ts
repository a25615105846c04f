/**
 * Windows stay where they are on their monitor when monitors take other places and sizes, and those of a monitor that
 * goes come to the first one. The window manager is asked for it, as a pager does (Extended Window Manager Hints 1.5).
 */
import { intersection, type Rectangle } from '../protocol/rectangle.ts'
import { answer, type Display } from './display.ts'

/** Where each monitor is on the screen; undefined of one that is not there. */
export type Places = readonly (Rectangle | undefined)[]

export interface Windows {
  /** Remembers where they are now; the answer moves them to the same places of the monitors as they are then. */
  remember(monitors: Places): Promise<(monitors: Places) => void>
}

interface Remembered {
  window: number
  /** Its inside. */
  at: Rectangle
  /** Around it: left, right, top, bottom. */
  frame: readonly number[]
  /** Those of its states that make it as large as its monitor. */
  filling: readonly number[]
}

/** Of a desktop with more, some stay as the window manager leaves them. */
const most = 256
const anyType = 0
const substructure = 0x80000 | 0x100000
const pager = 2
const staticGravity = 10
const withX = 1 << 8
const withY = 1 << 9
const [remove, add] = [0, 1]

export const createWindows = async (display: Display): Promise<Windows> => {
  const { X, root } = display
  const atom = {
    clients: await display.atom('_NET_CLIENT_LIST'),
    type: await display.atom('_NET_WM_WINDOW_TYPE'),
    frame: await display.atom('_NET_FRAME_EXTENTS'),
    state: await display.atom('_NET_WM_STATE'),
    move: await display.atom('_NET_MOVERESIZE_WINDOW'),
  }
  /** They have places of their own: a background, a panel. */
  const fixedTypes = [await display.atom('_NET_WM_WINDOW_TYPE_DESKTOP'), await display.atom('_NET_WM_WINDOW_TYPE_DOCK')]
  const fillingStates = [
    await display.atom('_NET_WM_STATE_MAXIMIZED_HORZ'),
    await display.atom('_NET_WM_STATE_MAXIMIZED_VERT'),
    await display.atom('_NET_WM_STATE_FULLSCREEN'),
  ]

  const numbersOf = async (window: number, property: number): Promise<number[]> => {
    const { data } = await answer<{ data: Buffer }>(callback =>
      X.GetProperty(0, window, property, anyType, 0, most, callback),
    )
    return Array.from({ length: Math.floor(data.length / 4) }, (_, index) => data.readUInt32LE(index * 4))
  }
  const look = async (window: number): Promise<Remembered | undefined> => {
    const [size, place, types, frame, states] = await Promise.all([
      answer<{ width: number; height: number }>(callback => X.GetGeometry(window, callback)),
      answer<{ destX: number; destY: number }>(callback => X.TranslateCoordinates(window, root, 0, 0, callback)),
      ...[numbersOf(window, atom.type), numbersOf(window, atom.frame), numbersOf(window, atom.state)],
    ] as const)
    if (types.some(type => fixedTypes.includes(type))) return undefined
    const at = { x: place.destX, y: place.destY, width: size.width, height: size.height }
    return { window, at, frame, filling: fillingStates.filter(state => states.includes(state)) }
  }
  const ask = (window: number, type: number, values: readonly number[]) => {
    const event = Buffer.alloc(32)
    event.writeUInt8(33, 0)
    event.writeUInt8(32, 1)
    event.writeUInt32LE(window, 4)
    event.writeUInt32LE(type, 8)
    for (const [index, value] of values.entries()) event.writeInt32LE(value | 0, 12 + index * 4)
    X.SendEvent(root, false, substructure, event)
  }
  const fill = (window: number, how: number, [first, second = 0, third]: readonly number[]) => {
    if (first !== undefined) ask(window, atom.state, [how, first, second, pager])
    if (third !== undefined) ask(window, atom.state, [how, third, 0, pager])
  }
  const move = (window: number, x: number, y: number) =>
    ask(window, atom.move, [staticGravity | withX | withY | (pager << 12), x, y])

  return {
    async remember(before) {
      const clients = await numbersOf(root, atom.clients)
      // One that is closed meanwhile is none of the windows to be moved.
      const looked = await Promise.all(clients.map(window => look(window).catch(() => undefined)))
      return after => {
        for (const remembered of looked) {
          if (!remembered) continue
          const { window, at, frame, filling } = remembered
          const monitor = monitorOf(at, before)
          const [from, to] = [before[monitor], after[monitor] ?? after[0]]
          if (!from || !to || isSame(from, to)) continue
          // Where it was before it filled its monitor, the window manager alone knows: so it moves only if it must.
          const isFilling = filling.length > 0
          const place = isFilling ? to : placeOn(to, from, at, frame)
          fill(window, remove, filling)
          if (!isFilling || from.x !== to.x || from.y !== to.y) move(window, place.x, place.y)
          fill(window, add, filling)
        }
      }
    },
  }
}

/** The one that shows most of it, or else the first. */
const monitorOf = (window: Rectangle, monitors: Places): number => {
  const shown = monitors.map(monitor => {
    const part = monitor && intersection(monitor, window)
    return part ? part.width * part.height : 0
  })
  return shown.indexOf(Math.max(...shown))
}

/** The same place on a monitor of the same size; on another one with all of its frame, if there is room. */
const placeOn = (to: Rectangle, from: Rectangle, window: Rectangle, frame: readonly number[]) => {
  const [x, y] = [window.x - from.x, window.y - from.y]
  const [left = 0, right = 0, top = 0, bottom = 0] = frame
  const inside = (at: number, before: number, size: number, after: number, room: number) =>
    Math.max(before, Math.min(at, room - size - after))
  return to.width === from.width && to.height === from.height
    ? { x: to.x + x, y: to.y + y }
    : {
        x: to.x + inside(x, left, window.width, right, to.width),
        y: to.y + inside(y, top, window.height, bottom, to.height),
      }
}

export const isSame = (a: Rectangle | undefined, b: Rectangle | undefined): boolean =>
  a?.x === b?.x && a?.y === b?.y && a?.width === b?.width && a?.height === b?.height
