/** Pictures of the screen, held against each other. */
import { code, codeBits, motion, screen } from './layout.ts'

/** Peak signal-to-noise ratio in dB of the video as the page shows it, against the picture that it should be. */
export const ratioOf = (seen: Buffer, picture: (which: number) => Buffer): number | undefined => {
  const which = pictureIn(seen)
  if (which === undefined) return undefined
  const wanted = picture(which)
  let sum = 0
  let count = 0
  // Below the squares, which the pictures do not have.
  for (let y = code.side * 2; y < motion.height; y++) {
    let from = y * motion.width * 4
    let to = ((motion.y + y) * screen.width + motion.x) * 4
    for (let x = 0; x < motion.width; x++, from += 4, to += 4) {
      const red = (seen[to] ?? 0) - (wanted[from + 2] ?? 0)
      const green = (seen[to + 1] ?? 0) - (wanted[from + 1] ?? 0)
      const blue = (seen[to + 2] ?? 0) - (wanted[from] ?? 0)
      sum += red * red + green * green + blue * blue
      count += 3
    }
  }
  return 10 * Math.log10(255 ** 2 / (sum / count))
}

const pictureIn = (seen: Buffer): number | undefined => {
  const bit = (index: number) => {
    const y = motion.y + code.side / 2
    const at = (y * screen.width + Math.floor((index + 0.5) * code.side)) * 4
    return (seen[at + 1] ?? 0) > 127 ? 1 : 0
  }
  if (bit(0) !== 1 || bit(1) !== 0) return undefined
  let which = 0
  for (let index = 2 + code.timeBits; index < codeBits; index++) which = which * 2 + bit(index)
  return which
}

/** How many pixels of the page are not exactly those of the X server. */
export const differences = (seen: Buffer, onServer: Buffer): number => {
  let count = 0
  for (let at = 0; at < onServer.length; at += 4) {
    const isSame = seen[at] === onServer[at + 2] && seen[at + 1] === onServer[at + 1] && seen[at + 2] === onServer[at]
    if (!isSame) count++
  }
  return count
}
