/** An X server of its own and a hand that paints on it, so that every pixel there is known. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { openDisplay } from '../src/streamer/display.ts'

export interface PaintedScreen {
  readonly display: string
  readonly width: number
  readonly height: number
  /** Folder for sockets, gone with the screen. */
  readonly folder: string
  /** A picture kept at the X server, of blue, green, red and an unused byte; its number is for `paint`. */
  keep(picture: Picture): number
  /** Paints a part of a picture that is kept; `at` is where on the screen. */
  paint(picture: number, from: Place, at: Place & { width: number; height: number }): void
  close(): Promise<void>
}

interface Place {
  x: number
  y: number
}

export interface Picture {
  width: number
  height: number
  pixels: Buffer
}

const zPixmap = 2
const depth = 24
/** Of a request that every X server takes. */
const requestBytes = 200 * 1024

export const startPaintedScreen = async (width: number, height: number): Promise<PaintedScreen> => {
  const folder = mkdtempSync(join(tmpdir(), 'painted-screen-'))
  const server = spawn(
    'Xtigervnc',
    [
      ...['-displayfd', '3', '-geometry', `${width}x${height}`, '-depth', String(depth), '-noreset', '-s', '0'],
      ...['-nolisten', 'tcp', '-nolisten', 'local', '-rfbport', '-1', '-rfbunixpath', join(folder, 'rfb')],
      ...['-SecurityTypes', 'None'],
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  )
  const ended = once(server, 'exit')
  const [number] = await once(createInterface(server.stdio[3] as Readable), 'line', {
    signal: AbortSignal.timeout(20_000),
  })
  const name = `:${number}`
  const { X, root, close } = await openDisplay(name, () => {})
  const brush = X.AllocID()
  X.CreateGC(brush, root, {})

  return {
    display: name,
    width,
    height,
    folder,
    keep(picture) {
      const kept = X.AllocID()
      X.CreatePixmap(kept, root, depth, picture.width, picture.height)
      const stride = picture.width * 4
      const rows = Math.floor(requestBytes / stride)
      for (let y = 0; y < picture.height; y += rows) {
        const count = Math.min(rows, picture.height - y)
        const band = picture.pixels.subarray(y * stride, (y + count) * stride)
        X.PutImage(zPixmap, kept, brush, picture.width, count, 0, y, 0, depth, band)
      }
      return kept
    },
    paint(picture, from, { x, y, width, height }) {
      X.CopyArea(picture, root, brush, from.x, from.y, x, y, width, height)
    },
    async close() {
      close()
      server.kill()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Smooth light with grain in it, as a camera sees: nothing in it repeats. */
export const photograph = (width: number, height: number): Picture => {
  const pixels = Buffer.alloc(width * height * 4)
  let seed = 1
  const grain = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return (seed >>> 28) - 8
  }
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 4) {
      const light = 100 + 50 * Math.sin(x / 170 + y / 300) + 20 * Math.cos((x * y) / 90_000) + grain()
      pixels[at] = light + (grain() >> 1)
      pixels[at + 1] = light + 20 + (grain() >> 1)
      pixels[at + 2] = light + 20 * Math.sin(y / 130) + (grain() >> 1)
    }
  return { width, height, pixels }
}

/** Lines of what looks like writing, no two alike. */
export const page = (width: number, height: number): Picture => {
  const pixels = Buffer.alloc(width * height * 4, 0xf5)
  let seed = 7
  const any = (count: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * count)
  }
  const letters = Array.from({ length: 40 }, () =>
    Array.from({ length: 8 * 12 }, () => (any(3) === 0 ? any(256) : 0xf5)),
  )
  for (let top = 4; top + 12 < height; top += 17)
    for (let left = 20; left + 8 < width - 20; left += 9) {
      if (any(6) === 0) continue
      const letter = letters[any(letters.length)] ?? []
      for (const [index, shade] of letter.entries()) {
        const at = ((top + Math.floor(index / 8)) * width + left + (index % 8)) * 4
        pixels.fill(shade, at, at + 3)
      }
    }
  return { width, height, pixels }
}
