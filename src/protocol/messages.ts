/**
 * What the streamer of a desktop and a viewer say to each other. A message is a byte that says its kind, and the rest.
 * On a WebSocket it is one binary message; in a stream of bytes its length stands before it (`frames.ts`). The kinds
 * are numbered so that the first byte alone tells what right it takes (`rights.ts`): the gateway looks no further.
 *
 * A viewer sees one monitor of the desktop, and every picture, size and place is of that one.
 *
 * Pictures come in two forms. `video` carries a frame of the whole monitor in H.264, together with the parts in which it
 * is newer than what was shown before. `tiles` carries parts of it exactly, to be shown over the video. Each has an
 * ordinal; of two pictures of the same place, the one with the higher ordinal is the truth.
 */
import type { Piece } from './clipboard.ts'
import type { Rectangle } from './rectangle.ts'

export const version = 1

export const limits = {
  /** Of a message in either direction, bytes. A video frame or the tiles of a large part of a screen. */
  messageBytes: 8 * 1024 * 1024,
  /** Of a side of the screen, pixels: what H.264 can hold. */
  side: 8192,
  /** Of the screen or of the tiles of one message, pixels. */
  pixels: 4096 * 4096,
  tilePixels: 2 * 1024 * 1024,
  rectangles: 1024,
  moves: 16,
  cursorSide: 128,
  /** Of one piece of a copy (`clipboard.ts`), bytes. */
  pieceBytes: 32 * 1024,
  codecLetters: 32,
  /** Of a packet of Opus with one frame in it: the longest frame and the byte before it (RFC 6716, 3.1 and 3.2.1). */
  opusBytes: 1276,
  encoderLetters: 32,
  /** Of a pen in one message: more than a tablet of 1000 Hz gives in a frame. */
  penSamples: 64,
  fingers: 10,
  /** Of a desktop. They count from 0; the first is always there. */
  monitors: 4,
} as const

/** To this rectangle, from one of the same size. */
export interface Move extends Rectangle {
  fromX: number
  fromY: number
}

/** The ends of a pen. */
export type PenTool = 'pen' | 'eraser'
/**
 * Place in 65536ths of the monitor, from its left top corner; pressure from 0 to 65535; tilt in degrees from upright, to the
 * right and towards the artist.
 */
export interface PenSample {
  x: number
  y: number
  pressure: number
  tiltX: number
  tiltY: number
}
/** Lying flat. */
export const mostTilt = 90
export type TouchPhase = 'begin' | 'move' | 'end'

/** `absent`: the workstation has nothing that takes the sound of its programs. `silent`: none of them plays anything. */
export type SoundState = 'absent' | 'silent'

export type DesktopMessage =
  /** What follows is of this size and coding, with ordinals beyond `after`. Everything shown before is void. */
  | { kind: 'screen'; width: number; height: number; after: number; codec: string }
  | { kind: 'video'; ordinal: number; isKey: boolean; changed: Rectangle[]; data: Uint8Array }
  /**
   * What was shown before is moved first, one move after the other; a message with moves is shown when everything before it
   * has been. `data` is raw deflate of the pixels of all tiles, row by row, and `palette` the colours: see `pixels.ts`.
   */
  | {
      kind: 'tiles'
      ordinal: number
      moves: readonly Move[]
      tiles: readonly Rectangle[]
      palette: Uint8Array
      data: Uint8Array
    }
  /** The picture before it is the first that was taken after this input had its effect on the X server. */
  | { kind: 'echo'; input: number }
  /** Pixels are red, green, blue, alpha, not premultiplied. No pixels: the pointer is hidden. */
  | { kind: 'cursor'; hotX: number; hotY: number; width: number; height: number; pixels: Uint8Array }
  /** What makes the video of this desktop, as FFmpeg calls it: `libx264`, `h264_nvenc`. Printable ASCII. */
  | { kind: 'encoder'; name: string }
  /** The monitors that somebody uses, in order, and the one that this viewer sees. Told whenever that changes. */
  | { kind: 'monitors'; present: readonly number[]; shown: number }
  /** A piece of what was copied on the desktop. */
  | ({ kind: 'clipboard' } & Piece)
  /** 20 ms of sound in Opus, two channels; `at` is when it was made, in ms of a clock of the streamer's. */
  | { kind: 'audio'; at: number; data: Uint8Array }
  /** How it sounds until the next `audio`. Told to everyone at first, later to those who listen. */
  | { kind: 'sound'; state: SoundState }
  /** When the picture that follows was taken, on the clock of `audio`. Told now and then while there is sound. */
  | { kind: 'moment'; at: number }

export type ViewerMessage =
  /** The first one but for `monitor` and `size`. The streamer answers with the size and a complete picture of a monitor. */
  | { kind: 'hello'; version: number }
  /** Which monitor this viewer is to see: it does while that one is there, or else the first one. Before `hello`, or later. */
  | { kind: 'monitor'; monitor: number }
  /** The picture of this ordinal has been shown. */
  | { kind: 'shown'; ordinal: number }
  /** The decoder lost its way: a complete picture is needed. */
  | { kind: 'refresh' }
  | { kind: 'key'; input: number; isDown: boolean; keysym: number }
  /** Beyond the edges where the hand holds a button: another monitor may be there. `buttons` as in X: bit 0 is the left one, bit 1 the middle
   * one, bit 2 the right one, bits 7 and 8 back and forward. */
  | { kind: 'pointer'; input: number; x: number; y: number; buttons: number }
  /** In steps of a wheel; right and down are positive. */
  | { kind: 'wheel'; input: number; right: number; down: number }
  /** A pen where it was, in order; `buttons` as of the last sample: bit 0 is the tip, bit 2 the button on its side. */
  | { kind: 'pen'; input: number; tool: PenTool; isNear: boolean; buttons: number; samples: PenSample[] }
  /** A finger on the monitor, in 65536ths of it. */
  | { kind: 'touch'; input: number; finger: number; phase: TouchPhase; x: number; y: number }
  /** The pointer by so many pixels from where it is, for a hand that is not bound to the window. `buttons` as of `pointer`. */
  | { kind: 'relative'; input: number; right: number; down: number; buttons: number }
  /** Every key and button that this viewer holds comes up. */
  | { kind: 'release' }
  /** Of the monitor that this viewer wants to see. One that is not there comes, and stays as long as such a viewer does. */
  | { kind: 'size'; width: number; height: number }
  /** A piece of what is to be on the desktop's clipboard. */
  | ({ kind: 'clipboard' } & Piece)
  /** A piece of a copy has come: another one may follow. */
  | { kind: 'taken' }
  /** Whether sound is wanted. Nobody gets any before. */
  | { kind: 'listen'; isOn: boolean }
  /** The sound up to this one has arrived. */
  | { kind: 'heard'; at: number }
  /** 20 ms of the microphone in Opus, one channel; without data when it has been switched off. */
  | { kind: 'voice'; data: Uint8Array }

export type Kind = DesktopMessage['kind'] | ViewerMessage['kind']

/** The first byte of a message. Below 0x40 from the desktop, from 0x40 on from a viewer. */
export const numbers = {
  desktop: {
    screen: 0x01,
    video: 0x02,
    tiles: 0x03,
    echo: 0x04,
    cursor: 0x05,
    encoder: 0x07,
    monitors: 0x0a,
    audio: 0x10,
    sound: 0x11,
    moment: 0x12,
    clipboard: 0x20,
  },
  viewer: {
    hello: 0x40,
    shown: 0x41,
    refresh: 0x42,
    key: 0x50,
    pointer: 0x51,
    wheel: 0x52,
    release: 0x53,
    size: 0x54,
    pen: 0x55,
    touch: 0x56,
    relative: 0x57,
    monitor: 0x58,
    clipboard: 0x60,
    taken: 0x61,
    listen: 0x70,
    heard: 0x71,
    voice: 0x72,
  },
} as const satisfies { desktop: Record<DesktopMessage['kind'], number>; viewer: Record<ViewerMessage['kind'], number> }

/** A value of these is sent as its place in the list. */
export const penTools: readonly PenTool[] = ['pen', 'eraser']
export const touchPhases: readonly TouchPhase[] = ['begin', 'move', 'end']
export const soundStates: readonly SoundState[] = ['absent', 'silent']
