import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { converters, type Format } from './colours.ts'

/** Blue, green, red; brightness and colours as BT.601 has them in limited range. */
const colours = [
  { bgr: [0, 0, 0], yuv: [16, 128, 128] },
  { bgr: [255, 255, 255], yuv: [235, 128, 128] },
  { bgr: [0, 0, 255], yuv: [81, 90, 240] },
  { bgr: [0, 255, 0], yuv: [145, 54, 34] },
  { bgr: [255, 0, 0], yuv: [41, 240, 110] },
] as const
const untouched = 7

describe('colours for video', () => {
  /** Odd, as a browser's window may be. */
  const [width, height, stride] = [33, 131, 48]
  const planesOf = (format: Format) =>
    (format === 'nv12' ? [1, 2] : [1, 2, 2]).map(part => {
      const bytes = Buffer.alloc(stride * Math.ceil((height + 1) / part), untouched)
      return { bytes, stride }
    })
  const screenOf = ([blue, green, red]: readonly [number, number, number]) => {
    const pixels = Buffer.alloc(width * height * 4)
    for (let at = 0; at < pixels.length; at += 4) pixels.set([blue, green, red, 99], at)
    return pixels
  }

  for (const [name, create] of Object.entries(converters))
    for (const format of ['yuv420p', 'nv12'] as const)
      it(`are converted by ${name} to ${format}, the rows that are asked for and no others`, async () => {
        for (const { bgr, yuv } of colours) {
          const planes = planesOf(format)
          const converter = create(format, planes, width)
          await converter.convert(screenOf(bgr), 64, height - 64)
          converter.close()
          const at = (plane: number, x: number, y: number) => planes[plane]?.bytes[y * stride + x]
          const colourAt = (x: number, y: number) =>
            format === 'nv12' ? [at(1, 2 * x, y), at(1, 2 * x + 1, y)] : [at(1, x, y), at(2, x, y)]
          for (const [x, y] of [
            [0, 64],
            [width - 1, height - 1],
          ] as const) {
            const found = [at(0, x, y), ...colourAt(x >> 1, y >> 1)]
            const isClose = found.every((value, index) => Math.abs((value ?? 0) - (yuv[index] ?? 0)) <= 2)
            assert.ok(isClose, `${bgr} at ${x}, ${y} became ${found}, not ${yuv}`)
          }
          assert.deepEqual([at(0, 0, 63), ...colourAt(0, 31)], [untouched, untouched, untouched])
        }
      })

  it('are converted by libyuv here', () => assert.deepEqual(Object.keys(converters), ['libyuv', 'FFmpeg']))
})
