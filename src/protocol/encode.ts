/** From messages to bytes. */
import { type Field, write } from './bytes.ts'
import type { Piece } from './clipboard.ts'
import { type DesktopMessage, numbers, penTools, soundStates, touchPhases, type ViewerMessage } from './messages.ts'
import type { Rectangle } from './rectangle.ts'

export const encodeDesktopMessage = (message: DesktopMessage, headroom = 0): Uint8Array =>
  write([{ u8: numbers.desktop[message.kind] }, ...desktopFields(message)], headroom)

const desktopFields = (message: DesktopMessage): Field[] => {
  switch (message.kind) {
    case 'screen':
      return [
        ...[{ u16: message.width }, { u16: message.height }, { u32: message.after }],
        { bytes: new TextEncoder().encode(message.codec) },
      ]
    case 'video':
      return [
        { u32: message.ordinal },
        { u8: message.isKey ? 1 : 0 },
        ...rectangleFields(message.changed),
        { bytes: message.data },
      ]
    case 'tiles':
      return [
        { u32: message.ordinal },
        { u8: message.moves.length },
        ...message.moves.flatMap(move => [...sides(move), { u16: move.fromX }, { u16: move.fromY }]),
        ...rectangleFields(message.tiles),
        { u16: message.palette.length / 3 },
        { bytes: message.palette },
        { bytes: message.data },
      ]
    case 'echo':
      return [{ u32: message.input }]
    case 'cursor':
      return [
        ...[{ u16: message.hotX }, { u16: message.hotY }, { u16: message.width }, { u16: message.height }],
        { bytes: message.pixels },
      ]
    case 'encoder':
      return [{ bytes: new TextEncoder().encode(message.name) }]
    case 'monitors':
      return [{ u8: message.shown }, { u8: message.present.reduce((bits, monitor) => bits | (1 << monitor), 0) }]
    case 'clipboard':
      return pieceFields(message)
    case 'audio':
      return [{ u32: message.at }, { bytes: message.data }]
    case 'sound':
      return [{ u8: soundStates.indexOf(message.state) }]
    case 'moment':
      return [{ u32: message.at }]
  }
}

export const encodeViewerMessage = (message: ViewerMessage, headroom = 0): Uint8Array =>
  write([{ u8: numbers.viewer[message.kind] }, ...viewerFields(message)], headroom)

const viewerFields = (message: ViewerMessage): Field[] => {
  switch (message.kind) {
    case 'hello':
      return [{ u8: message.version }]
    case 'monitor':
      return [{ u8: message.monitor }]
    case 'shown':
      return [{ u32: message.ordinal }]
    case 'refresh':
    case 'release':
    case 'taken':
      return []
    case 'key':
      return [{ u32: message.input }, { u8: message.isDown ? 1 : 0 }, { u32: message.keysym }]
    case 'pointer':
      return [{ u32: message.input }, { i16: message.x }, { i16: message.y }, { u16: message.buttons }]
    case 'wheel':
      return [{ u32: message.input }, { i16: message.right }, { i16: message.down }]
    case 'pen':
      return [
        ...[{ u32: message.input }, { u8: penTools.indexOf(message.tool) }, { u8: message.isNear ? 1 : 0 }],
        ...[{ u16: message.buttons }, { u8: message.samples.length }],
        ...message.samples.flatMap(({ x, y, pressure, tiltX, tiltY }) => [
          ...[{ u16: x }, { u16: y }, { u16: pressure }],
          ...[{ i8: tiltX }, { i8: tiltY }],
        ]),
      ]
    case 'touch':
      return [
        ...[{ u32: message.input }, { u8: message.finger }, { u8: touchPhases.indexOf(message.phase) }],
        ...[{ u16: message.x }, { u16: message.y }],
      ]
    case 'relative':
      return [{ u32: message.input }, { i16: message.right }, { i16: message.down }, { u16: message.buttons }]
    case 'size':
      return [{ u16: message.width }, { u16: message.height }]
    case 'clipboard':
      return pieceFields(message)
    case 'listen':
      return [{ u8: message.isOn ? 1 : 0 }]
    case 'heard':
      return [{ u32: message.at }]
    case 'voice':
      return [{ bytes: message.data }]
  }
}

const rectangleFields = (rectangles: readonly Rectangle[]): Field[] => [
  { u16: rectangles.length },
  ...rectangles.flatMap(sides),
]

const sides = ({ x, y, width, height }: Rectangle): Field[] => [{ u16: x }, { u16: y }, { u16: width }, { u16: height }]

const pieceFields = ({ isFirst, left, data }: Piece): Field[] => [
  { u8: isFirst ? 1 : 0 },
  { u32: left },
  { bytes: data },
]
