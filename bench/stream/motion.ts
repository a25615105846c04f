/**
 * The pictures of the full-motion video, to be shown forwards and backwards: a view that turns and comes nearer, over
 * surfaces as rough as photographs are (the finer a detail, the weaker, as one over its frequency), and three balls
 * that cross it with sharp edges. Neighbours differ in almost every pixel, by some pixels' way.
 */
import { motion } from './layout.ts'

export const pictures = 16
export const pictureBytes = motion.width * motion.height * 4

/** Blue, green, red and an unused byte of every pixel of one picture after the other. */
export const drawMotion = (): Buffer => {
  const surface = drawSurface()
  const all = Buffer.alloc(pictures * pictureBytes)
  for (let picture = 0; picture < pictures; picture++)
    drawPicture(all.subarray(picture * pictureBytes, (picture + 1) * pictureBytes), surface, picture)
  return all
}

const { width, height } = motion
type Surface = readonly [blue: Uint8Array, green: Uint8Array, red: Uint8Array]
/** Of the surface, which has no edge: a power of two. */
const side = 2048
const turnEach = 0.006
const nearerEach = 0.004

const drawPicture = (pixels: Buffer, surface: Surface, picture: number): void => {
  const scale = 1 / (1 + picture * nearerEach)
  const [cosine, sine] = [Math.cos(picture * turnEach) * scale, Math.sin(picture * turnEach) * scale]
  const balls = ballsOf(picture)
  // Hot: 16 million pixels. No arrays, no functions.
  let at = 0
  for (let y = 0; y < height; y++) {
    const near = balls.filter(ball => Math.abs(y - ball.y) < ball.radius)
    for (let x = 0; x < width; x++) {
      let u = (x - width / 2) * cosine - (y - height / 2) * sine + side / 2
      let v = (x - width / 2) * sine + (y - height / 2) * cosine + side / 2
      let shade = 1
      for (const ball of near) {
        const distance = ((x - ball.x) ** 2 + (y - ball.y) ** 2) / ball.radius ** 2
        if (distance >= 1) continue
        shade = 1.3 - 0.9 * distance
        u = u * 0.7 + ball.offset
        v *= 0.7
      }
      const left = Math.floor(u)
      const top = Math.floor(v)
      const alongX = u - left
      const alongY = v - top
      const column = left & (side - 1)
      const next = (left + 1) & (side - 1)
      const row = (top & (side - 1)) * side
      const below = ((top + 1) & (side - 1)) * side
      const a = (1 - alongX) * (1 - alongY) * shade
      const b = alongX * (1 - alongY) * shade
      const c = (1 - alongX) * alongY * shade
      const d = alongX * alongY * shade
      for (let channel = 0; channel < 3; channel++) {
        const plane = surface[channel as 0 | 1 | 2]
        const value =
          (plane[row + column] ?? 0) * a +
          (plane[row + next] ?? 0) * b +
          (plane[below + column] ?? 0) * c +
          (plane[below + next] ?? 0) * d
        pixels[at + channel] = Math.min(255, value)
      }
      at += 4
    }
  }
}

const ballsOf = (picture: number) =>
  [0, 1, 2].map(which => ({
    x: 300 + which * 500 + picture * (12 - which * 10),
    y: 260 + which * 220 + Math.round(60 * Math.sin(picture / 5 + which)),
    radius: 130 + which * 40,
    offset: which * 700,
  }))

/** Brightness at every size of detail; colours at the larger ones only. */
const drawSurface = (): Surface => {
  const random = createRandom(7)
  const bright = addOctaves(random, 512, 2)
  const plane = () => {
    const colour = addOctaves(random, 512, 64)
    return Uint8Array.from(bright, (value, at) => Math.max(0, Math.min(255, 128 + 45 * value + 30 * (colour[at] ?? 0))))
  }
  return [plane(), plane(), plane()]
}

/** Values between points that are chosen by chance, `longest` to `shortest` apart; weaker the closer they are. */
const addOctaves = (random: () => number, longest: number, shortest: number): Float32Array => {
  const sum = new Float32Array(side * side)
  for (let apart = longest; apart >= shortest; apart /= 2) {
    const count = side / apart
    const points = Float32Array.from({ length: count * count }, () => (random() * 2 - 1) * (apart / longest) ** 0.4)
    for (let y = 0; y < side; y++) {
      const top = Math.floor(y / apart)
      const [row, below] = [top * count, ((top + 1) % count) * count]
      const alongY = smooth((y % apart) / apart)
      for (let x = 0; x < side; x++) {
        const left = Math.floor(x / apart)
        const right = (left + 1) % count
        const alongX = smooth((x % apart) / apart)
        const above = (points[row + left] ?? 0) * (1 - alongX) + (points[row + right] ?? 0) * alongX
        const under = (points[below + left] ?? 0) * (1 - alongX) + (points[below + right] ?? 0) * alongX
        sum[y * side + x] = (sum[y * side + x] ?? 0) + above * (1 - alongY) + under * alongY
      }
    }
  }
  return sum
}

const smooth = (along: number) => along * along * (3 - 2 * along)

/** The same numbers each time (a linear congruential generator, Numerical Recipes). */
export const createRandom = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}
