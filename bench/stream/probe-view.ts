/** What is looked at in the page (`probe.ts`), for those outside of it. */
import type { code, codeBits, echo, looked, motion, screen, sign } from './layout.ts'

export interface Layout {
  screen: typeof screen
  echo: typeof echo
  sign: typeof sign
  motion: typeof motion
  code: typeof code
  codeBits: typeof codeBits
  looked: typeof looked
}

/** Times are of the wall clock, which is the program's as well, in milliseconds. */
export interface Seen {
  seconds: number
  /** From a key to the pixels that show it, in milliseconds, of each key; those that were not answered count as the limit. */
  keys: number[]
  /** Different pictures of the video, each when it was drawn and when it was seen. */
  pictures: { drawnAt: number; seenAt: number }[]
  /** When the square was seen to change, and when a tone was heard to begin. */
  flashes: number[]
  tones: number[]
  /** When the page drew last, whatever it was. */
  lastDrawAt: number
  /** In binary messages that the page was given, since it was opened. */
  messageBytes: number
}

export interface Probe {
  /** The program's picture is there. */
  isThere(): boolean
  /** Forgets what was seen, and looks from now on. */
  begin(): void
  /** Looks no more. */
  end(): Seen
  /** Resolves when the key that was pressed last is answered, or the limit is over. */
  answered(): Promise<void>
  /** What is on the screen now, red, green, blue and alpha of every pixel, in base64. */
  picture(): string
}
