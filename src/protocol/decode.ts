/** From bytes to messages, with the suspicion that whoever sent them may be hostile. */
import { createReader, ProtocolError, type Reader } from './bytes.ts'
import {
  type DesktopMessage,
  limits,
  type Move,
  mostTilt,
  numbers,
  penTools,
  soundStates,
  touchPhases,
  type ViewerMessage,
} from './messages.ts'
import { mostColours } from './pixels.ts'
import { areaOfAll, type Rectangle } from './rectangle.ts'

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
      const moves = readMoves(reader)
      const tiles = readRectangles(reader)
      if (areaOfAll(tiles) > limits.tilePixels) throw new ProtocolError('too many pixels in one message')
      const colours = reader.u16()
      if (colours > mostColours) throw new ProtocolError('too many colours')
      return { kind: 'tiles', ordinal, moves, tiles, palette: reader.take(colours * 3), data: reader.rest() }
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
    case desktop.monitors: {
      const [shown, bits] = [reader.u8(), reader.u8()]
      const present = Array.from({ length: limits.monitors }, (_, monitor) => monitor).filter(isIn(bits))
      if (bits >= 1 << limits.monitors || !present.includes(shown)) throw new ProtocolError('monitors that are none')
      return { kind: 'monitors', present, shown }
    }
    case desktop.clipboard:
      return readPiece(reader)
    case desktop.audio:
      return { kind: 'audio', at: reader.u32(), data: readOpus(reader) }
    case desktop.sound: {
      const state = soundStates[reader.u8()]
      if (!state) throw new ProtocolError('a state of the sound that is not known')
      return { kind: 'sound', state }
    }
    case desktop.moment:
      return { kind: 'moment', at: reader.u32() }
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
    case viewer.monitor: {
      const monitor = reader.u8()
      if (monitor >= limits.monitors) throw new ProtocolError('a monitor too many')
      return { kind: 'monitor', monitor }
    }
    case viewer.shown:
      return { kind: 'shown', ordinal: reader.u32() }
    case viewer.refresh:
      return { kind: 'refresh' }
    case viewer.release:
      return { kind: 'release' }
    case viewer.taken:
      return { kind: 'taken' }
    case viewer.key:
      return { kind: 'key', input: reader.u32(), isDown: reader.flag(), keysym: reader.u32() }
    case viewer.pointer:
      return { kind: 'pointer', input: reader.u32(), x: reader.i16(), y: reader.i16(), buttons: reader.u16() }
    case viewer.wheel:
      return { kind: 'wheel', input: reader.u32(), right: reader.i16(), down: reader.i16() }
    case viewer.pen:
      return readPen(reader)
    case viewer.touch:
      return readTouch(reader)
    case viewer.relative:
      return {
        kind: 'relative',
        ...{ input: reader.u32(), right: reader.i16(), down: reader.i16(), buttons: reader.u16() },
      }
    case viewer.size:
      return { kind: 'size', ...readSize(reader) }
    case viewer.clipboard:
      return readPiece(reader)
    case viewer.listen:
      return { kind: 'listen', isOn: reader.flag() }
    case viewer.heard:
      return { kind: 'heard', at: reader.u32() }
    case viewer.voice:
      return { kind: 'voice', data: readOpus(reader) }
    default:
      throw new ProtocolError('a message of unknown kind')
  }
}

const open = (bytes: Uint8Array): Reader => {
  if (bytes.length > limits.messageBytes) throw new ProtocolError('a message is too long')
  return createReader(bytes)
}

const isIn = (bits: number) => (monitor: number) => (bits & (1 << monitor)) !== 0

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
  return Array.from({ length: count }, () => readRectangle(reader))
}

const readRectangle = (reader: Reader): Rectangle => {
  const [x, y, width, height] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()]
  return within({ x, y, width, height })
}

const readMoves = (reader: Reader): Move[] => {
  const count = reader.u8()
  if (count > limits.moves) throw new ProtocolError('too many moves')
  return Array.from({ length: count }, () => {
    const to = readRectangle(reader)
    const [fromX, fromY] = [reader.u16(), reader.u16()]
    within({ ...to, x: fromX, y: fromY })
    return { ...to, fromX, fromY }
  })
}

const within = (rectangle: Rectangle): Rectangle => {
  const { x, y, width, height } = rectangle
  if (width < 1 || height < 1 || x + width > limits.side || y + height > limits.side)
    throw new ProtocolError('a rectangle out of bounds')
  return rectangle
}

const readPiece = (reader: Reader) => {
  const piece = { kind: 'clipboard' as const, isFirst: reader.flag(), left: reader.u32(), data: reader.rest() }
  if (piece.data.length > limits.pieceBytes) throw new ProtocolError('a piece of a copy is too long')
  return piece
}

const readPen = (reader: Reader): ViewerMessage => {
  const input = reader.u32()
  const tool = penTools[reader.u8()]
  if (!tool) throw new ProtocolError('an end of a pen that is not known')
  const [isNear, buttons, count] = [reader.flag(), reader.u16(), reader.u8()]
  if (count > limits.penSamples) throw new ProtocolError('a pen was at too many places')
  const samples = Array.from({ length: count }, () => ({
    ...{ x: reader.u16(), y: reader.u16(), pressure: reader.u16() },
    ...{ tiltX: readTilt(reader), tiltY: readTilt(reader) },
  }))
  return { kind: 'pen', input, tool, isNear, buttons, samples }
}

const readTilt = (reader: Reader): number => {
  const degrees = reader.i8()
  if (Math.abs(degrees) > mostTilt) throw new ProtocolError('a pen cannot lie so')
  return degrees
}

const readTouch = (reader: Reader): ViewerMessage => {
  const [input, finger, phase] = [reader.u32(), reader.u8(), touchPhases[reader.u8()]]
  if (finger >= limits.fingers || !phase) throw new ProtocolError('no finger, or it does nothing that is known')
  return { kind: 'touch', input, finger, phase, x: reader.u16(), y: reader.u16() }
}

const readOpus = (reader: Reader): Uint8Array => {
  const data = reader.rest()
  if (data.length > limits.opusBytes) throw new ProtocolError('a packet of sound is too long')
  return data
}
