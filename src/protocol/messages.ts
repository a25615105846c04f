/**
 * What the streamer of a desktop and a viewer say to each other. A message is a byte that says its kind, and the rest.
 * On a WebSocket it is one binary message; in a stream of bytes its length stands before it (`frames.ts`). The kinds
 * are numbered so that the first byte alone tells what right it takes (`rights.ts`): the gateway looks no further.
 *
 * Pictures come in two forms. `video` carries a frame of the whole screen in H.264, together with the parts in which it
 * is newer than what was shown before. `tiles` carries parts of the screen exactly, to be shown over the video. Each
 * has an ordinal; of two pictures of the same place, the one with the higher ordinal is the truth.
 */
import { createReader, type Field, ProtocolError, type Reader, write } from './bytes.ts'
import { areaOfAll, type Rectangle } from './rectangle.ts'

export const version = 1

export const limits = {
  /** Of a message in either direction, bytes. A video frame or the tiles of a large part of a screen. */
  messageBytes: 8 * 1024 * 1024,
  /** Of a side of the screen, pixels: what H.264 can hold. */
  side: 8192,
  /** Of the screen or of the tiles of one message, pixels. */
  pixels: 4096 * 4096,
  tilePixels: 1024 * 1024,
  rectangles: 1024,
  cursorSide: 128,
  clipboardBytes: 1024 * 1024,
  codecLetters: 32,
  encoderLetters: 32,
} as const

export type ClipboardFormat = 'text'

export type DesktopMessage =
  /** What follows is of this size and coding, with ordinals beyond `after`. Everything shown before is void. */
  | { kind: 'screen'; width: number; height: number; after: number; codec: string }
  | { kind: 'video'; ordinal: number; isKey: boolean; changed: Rectangle[]; data: Uint8Array }
  /** `data` is raw deflate of the pixels of all tiles, row by row, as blue, green, red, unused. */
  | { kind: 'tiles'; ordinal: number; tiles: Rectangle[]; data: Uint8Array }
  /** The pictures that follow were taken after this input had its effect on the X server. */
  | { kind: 'echo'; input: number }
  /** Pixels are red, green, blue, alpha, not premultiplied. No pixels: the pointer is hidden. */
  | { kind: 'cursor'; hotX: number; hotY: number; width: number; height: number; pixels: Uint8Array }
  /** What makes the video of this desktop, as FFmpeg calls it: `libx264`, `h264_nvenc`. Printable ASCII. */
  | { kind: 'encoder'; name: string }
  | { kind: 'clipboard'; format: ClipboardFormat; data: Uint8Array }

export type ViewerMessage =
  /** The first one. The streamer answers with the screen and a complete picture. */
  | { kind: 'hello'; version: number }
  /** The pictures up to this ordinal have been shown. */
  | { kind: 'shown'; ordinal: number }
  /** The decoder lost its way: a complete picture is needed. */
  | { kind: 'refresh' }
  | { kind: 'key'; input: number; isDown: boolean; keysym: number }
  /** `buttons` as in X: bit 0 is the left one, bit 1 the middle one, bit 2 the right one, bits 7 and 8 back and forward. */
  | { kind: 'pointer'; input: number; x: number; y: number; buttons: number }
  /** In steps of a wheel; right and down are positive. */
  | { kind: 'wheel'; input: number; right: number; down: number }
  /** Every key and button that this viewer holds comes up. */
  | { kind: 'release' }
  | { kind: 'size'; width: number; height: number }
  | { kind: 'clipboard'; format: ClipboardFormat; data: Uint8Array }

export type Kind = DesktopMessage['kind'] | ViewerMessage['kind']

/** The first byte of a message. Below 0x40 from the desktop, from 0x40 on from a viewer. */
export const numbers = {
  desktop: { screen: 0x01, video: 0x02, tiles: 0x03, echo: 0x04, cursor: 0x05, encoder: 0x07, clipboard: 0x20 },
  viewer: {
    hello: 0x40,
    shown: 0x41,
    refresh: 0x42,
    key: 0x50,
    pointer: 0x51,
    wheel: 0x52,
    release: 0x53,
    size: 0x54,
    clipboard: 0x60,
  },
} as const satisfies { desktop: Record<DesktopMessage['kind'], number>; viewer: Record<ViewerMessage['kind'], number> }

const formats: readonly ClipboardFormat[] = ['text']

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
      return [{ u32: message.ordinal }, ...rectangleFields(message.tiles), { bytes: message.data }]
    case 'echo':
      return [{ u32: message.input }]
    case 'cursor':
      return [
        ...[{ u16: message.hotX }, { u16: message.hotY }, { u16: message.width }, { u16: message.height }],
        { bytes: message.pixels },
      ]
    case 'encoder':
      return [{ bytes: new TextEncoder().encode(message.name) }]
    case 'clipboard':
      return clipboardFields(message)
  }
}

export const encodeViewerMessage = (message: ViewerMessage, headroom = 0): Uint8Array =>
  write([{ u8: numbers.viewer[message.kind] }, ...viewerFields(message)], headroom)

const viewerFields = (message: ViewerMessage): Field[] => {
  switch (message.kind) {
    case 'hello':
      return [{ u8: message.version }]
    case 'shown':
      return [{ u32: message.ordinal }]
    case 'refresh':
    case 'release':
      return []
    case 'key':
      return [{ u32: message.input }, { u8: message.isDown ? 1 : 0 }, { u32: message.keysym }]
    case 'pointer':
      return [{ u32: message.input }, { u16: message.x }, { u16: message.y }, { u16: message.buttons }]
    case 'wheel':
      return [{ u32: message.input }, { i16: message.right }, { i16: message.down }]
    case 'size':
      return [{ u16: message.width }, { u16: message.height }]
    case 'clipboard':
      return clipboardFields(message)
  }
}

const rectangleFields = (rectangles: readonly Rectangle[]): Field[] => [
  { u16: rectangles.length },
  ...rectangles.flatMap(({ x, y, width, height }) => [{ u16: x }, { u16: y }, { u16: width }, { u16: height }]),
]

const clipboardFields = ({ format, data }: { format: ClipboardFormat; data: Uint8Array }): Field[] => [
  { u8: formats.indexOf(format) },
  { bytes: data },
]

/** Throws a `ProtocolError` for anything but a message of a desktop within the limits. */
export const decodeDesktopMessage = (bytes: Uint8Array): DesktopMessage => {
  const reader = open(bytes)
  const number = reader.u8()
  const message = desktopMessage(number, reader)
  reader.end()
  return message
}

const desktopMessage = (number: number, reader: Reader): DesktopMessage => {
  const { desktop } = numbers
  switch (number) {
    case desktop.screen: {
      const size = readSize(reader)
      const after = reader.u32()
      const codec = new TextDecoder().decode(reader.rest())
      if (!/^[\w.-]*$/.test(codec) || codec.length > limits.codecLetters) throw new ProtocolError('no name of a codec')
      return { kind: 'screen', ...size, after, codec }
    }
    case desktop.video:
      return {
        kind: 'video',
        ordinal: reader.u32(),
        isKey: reader.flag(),
        changed: readRectangles(reader),
        data: reader.rest(),
      }
    case desktop.tiles: {
      const ordinal = reader.u32()
      const tiles = readRectangles(reader)
      if (areaOfAll(tiles) > limits.tilePixels) throw new ProtocolError('too many pixels in one message')
      return { kind: 'tiles', ordinal, tiles, data: reader.rest() }
    }
    case desktop.echo:
      return { kind: 'echo', input: reader.u32() }
    case desktop.cursor: {
      const [hotX, hotY, width, height] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()]
      if (width > limits.cursorSide || height > limits.cursorSide) throw new ProtocolError('a pointer is too large')
      if (width * height > 0 && (hotX >= width || hotY >= height)) throw new ProtocolError('a hot spot is outside')
      return { kind: 'cursor', hotX, hotY, width, height, pixels: reader.take(width * height * 4) }
    }
    case desktop.encoder: {
      const name = new TextDecoder().decode(reader.rest())
      if (!/^[ -~]+$/.test(name) || name.length > limits.encoderLetters)
        throw new ProtocolError('no name of an encoder')
      return { kind: 'encoder', name }
    }
    case desktop.clipboard:
      return readClipboard(reader)
    default:
      throw new ProtocolError('a message of unknown kind')
  }
}

/** Throws a `ProtocolError` for anything but a message of a viewer within the limits. */
export const decodeViewerMessage = (bytes: Uint8Array): ViewerMessage => {
  const reader = open(bytes)
  const number = reader.u8()
  const message = viewerMessage(number, reader)
  reader.end()
  return message
}

const viewerMessage = (number: number, reader: Reader): ViewerMessage => {
  const { viewer } = numbers
  switch (number) {
    case viewer.hello:
      return { kind: 'hello', version: reader.u8() }
    case viewer.shown:
      return { kind: 'shown', ordinal: reader.u32() }
    case viewer.refresh:
      return { kind: 'refresh' }
    case viewer.release:
      return { kind: 'release' }
    case viewer.key:
      return { kind: 'key', input: reader.u32(), isDown: reader.flag(), keysym: reader.u32() }
    case viewer.pointer:
      return { kind: 'pointer', input: reader.u32(), x: reader.u16(), y: reader.u16(), buttons: reader.u16() }
    case viewer.wheel:
      return { kind: 'wheel', input: reader.u32(), right: reader.i16(), down: reader.i16() }
    case viewer.size:
      return { kind: 'size', ...readSize(reader) }
    case viewer.clipboard:
      return readClipboard(reader)
    default:
      throw new ProtocolError('a message of unknown kind')
  }
}

const open = (bytes: Uint8Array): Reader => {
  if (bytes.length > limits.messageBytes) throw new ProtocolError('a message is too long')
  return createReader(bytes)
}

const readSize = (reader: Reader): { width: number; height: number } => {
  const width = reader.u16()
  const height = reader.u16()
  if (width < 1 || height < 1 || width > limits.side || height > limits.side || width * height > limits.pixels)
    throw new ProtocolError('a size out of bounds')
  return { width, height }
}

const readRectangles = (reader: Reader): Rectangle[] => {
  const count = reader.u16()
  if (count > limits.rectangles) throw new ProtocolError('too many rectangles')
  return Array.from({ length: count }, () => {
    const [x, y, width, height] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()]
    if (width < 1 || height < 1 || x + width > limits.side || y + height > limits.side)
      throw new ProtocolError('a rectangle out of bounds')
    return { x, y, width, height }
  })
}

const readClipboard = (reader: Reader) => {
  const format = formats[reader.u8()]
  const data = reader.rest()
  if (!format) throw new ProtocolError('a format of the clipboard that is not known')
  if (data.length > limits.clipboardBytes) throw new ProtocolError('the clipboard holds too much')
  return { kind: 'clipboard' as const, format, data }
}
