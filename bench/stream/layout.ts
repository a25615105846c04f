/** Where on the screen what is, for the program that draws it and for those who look at it. Pixels. */
import type { Rectangle } from '../../src/protocol/rectangle.ts'

export const screen = { width: 1920, height: 1080 } as const

/** Black, or white after an odd number of keys: what a key does. */
export const echo = { x: 0, y: 8, width: 24, height: 24 } as const satisfies Rectangle

/** Of this colour as soon as the program is on the screen: red and blue, no green. */
export const sign = { x: 40, y: 8, width: 24, height: 24 } as const satisfies Rectangle
export const signColour = 0xff00ff

/** What moves in a video, all of it in one drawing. */
export const motion = { x: 0, y: 40, width: screen.width, height: screen.height - 40 } as const satisfies Rectangle

/**
 * The upper left corner of every picture of the video: black and white squares, a bit each, high bits first. A white
 * and a black one, the time at which it was drawn in milliseconds, modulo 2^32, and which picture it is.
 */
export const code = { side: 8, timeBits: 32, pictureBits: 8 } as const
export const codeBits = 2 + code.timeBits + code.pictureBits

/** All of the above lies in here, and nothing else is looked at while something is measured. */
export const looked = { x: 0, y: 20, width: codeBits * code.side, height: 26 } as const satisfies Rectangle

export const codeOf = (time: number, picture: number): boolean[] => {
  const bits = [true, false]
  for (let bit = code.timeBits - 1; bit >= 0; bit--) bits.push(((time >>> bit) & 1) === 1)
  for (let bit = code.pictureBits - 1; bit >= 0; bit--) bits.push(((picture >>> bit) & 1) === 1)
  return bits
}
