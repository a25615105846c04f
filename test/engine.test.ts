/** The pictures of a desktop, as they leave it: real X server, real streamer, links as narrow as the ones of this world. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startNarrowLink } from './narrow-link.ts'
import { type PaintedScreen, type Picture, page, photograph, startPaintedScreen } from './painted-screen.ts'
import { connectRawViewer, type RawViewer } from './raw-viewer.ts'
import { until } from './until.ts'

const [width, height] = [640, 480]
const whole = { x: 0, y: 0, width, height }
const margin = 200

let screen: PaintedScreen
let streamer: ChildProcess
let socket = ''
let photo: Picture
let writing: Picture
let kept: { photo: number; writing: number }

before(async () => {
  screen = await startPaintedScreen(width, height)
  photo = photograph(width + margin, height + margin)
  writing = page(width, height + margin)
  kept = { photo: screen.keep(photo), writing: screen.keep(writing) }
  socket = join(screen.folder, 'stream')
  const options = [socket, screen.display, join(screen.folder, 'speakers')]
  streamer = spawn(process.execPath, ['--disable-warning=DEP0111', 'src/streamer/main.ts', ...options], {
    stdio: 'inherit',
  })
  await until('the streamer listens', () => existsSync(socket))
})

after(async () => {
  if (streamer?.exitCode === null) {
    const ended = once(streamer, 'exit')
    streamer.kill()
    await ended
  }
  await screen?.close()
})

/** Moves a photograph about for so long, and leaves it at the place that is returned. */
const move = async (ms: number): Promise<{ x: number; y: number }> => {
  let place = { x: 0, y: 0 }
  const end = performance.now() + ms
  for (let turn = 0; performance.now() < end; turn++) {
    place = { x: (turn * 3) % margin, y: (turn * 2) % margin }
    screen.paint(kept.photo, place, whole)
    await pause(16)
  }
  return place
}
/** Closed with the test, whatever comes of it. */
const viewerOf = async (test: TestContext, ...how: Parameters<typeof connectRawViewer>) => {
  const viewer = await connectRawViewer(...how)
  test.after(viewer.close)
  return viewer
}
const linkOf = async (test: TestContext, ...how: Parameters<typeof startNarrowLink>) => {
  const link = await startNarrowLink(...how)
  test.after(link.close)
  return link
}
const isExact = (viewer: RawViewer, picture: Picture, { x, y }: { x: number; y: number }) =>
  until('every pixel is the same', () => viewer.differences(picture, x, y) === 0)

describe('the picture of a desktop', () => {
  it('is exact at rest, and takes nothing of the network then', async test => {
    screen.paint(kept.writing, { x: 0, y: 0 }, whole)
    const viewer = await viewerOf(test, socket)
    await isExact(viewer, writing, { x: 0, y: 0 })
    assert.match(viewer.seen.encoder ?? '', /^[\w-]+$/)
    const place = await move(500)
    await isExact(viewer, photo, place)
    await until('nothing is under way', async () => {
      const { bytes } = viewer.seen
      await pause(300)
      return viewer.seen.bytes === bytes
    })
  })

  it('is moved where a page is scrolled, exactly and in few bytes', async test => {
    screen.paint(kept.writing, { x: 0, y: 0 }, whole)
    const viewer = await viewerOf(test, socket)
    await isExact(viewer, writing, { x: 0, y: 0 })
    const before = viewer.seen.bytes
    let videos = 0
    viewer.onMessage = ({ kind }) => {
      if (kind === 'video') videos++
    }
    for (let y = 3; y < margin; y += 3) {
      screen.paint(kept.writing, { x: 0, y }, whole)
      await pause(20)
      if (y % 30 === 0) await isExact(viewer, writing, { x: 0, y })
    }
    assert.equal(videos, 0)
    const bytesEach = (viewer.seen.bytes - before) / (margin / 3)
    assert.ok(bytesEach < 2500, `${bytesEach} bytes for each step of 3 rows`)
  })

  it('is never far behind on a link that is too narrow for it, nor when it becomes narrower', async test => {
    const link = await linkOf(test, socket, { bytesPerSecond: 500_000, delayMs: 20 })
    const viewer = await viewerOf(test, link.path)
    await move(1000)
    for (const bytesPerSecond of [500_000, 200_000]) {
      link.bytesPerSecond = bytesPerSecond
      await move(1500)
      link.longestWaitMs = 0
      const { frames } = viewer.seen
      const place = await move(1000)
      assert.ok(viewer.seen.frames > frames, 'the picture moves on')
      assert.ok(link.longestWaitMs < 800, `the newest of the picture waits for ${link.longestWaitMs} ms`)
      await isExact(viewer, photo, place)
      assert.ok(link.longestWaitMs < 800, `what is exact waits for ${link.longestWaitMs} ms`)
    }
  })

  it('is as good for one viewer when another one is far away, and a third one is dead', async test => {
    const near = await viewerOf(test, socket)
    await move(500)
    const far = await linkOf(test, socket, { bytesPerSecond: 60_000, delayMs: 50 })
    const others = [await viewerOf(test, far.path), await viewerOf(test, socket, { acknowledges: false })]
    await move(2000)
    const before = [near, ...others].map(({ seen }) => ({ ...seen }))
    const place = await move(2000)
    const [nearFrames = 0, farFrames = 0, deadFrames = 0] = [near, ...others].map(
      ({ seen }, index) => seen.frames - (before[index]?.frames ?? 0),
    )
    assert.ok(farFrames > 0 && nearFrames > farFrames, `${nearFrames} frames near, ${farFrames} far`)
    assert.ok(deadFrames <= 4, `${deadFrames} frames for one who shows none`)
    const bytesOf = (viewer: RawViewer, index: number) => viewer.seen.bytes - (before[index]?.bytes ?? 0)
    assert.ok(bytesOf(near, 0) > 2 * bytesOf(others[0] ?? near, 1), 'the far one has pictures that fit his link')
    await isExact(near, photo, place)
    assert.ok(memoryOf(streamer) < 200, `${memoryOf(streamer)} MiB`)
  })
})

/** The share of a process, MiB. */
const memoryOf = ({ pid }: ChildProcess): number => {
  const [, kibibytes] = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Pss:\s+(\d+)/m) ?? []
  return Number(kibibytes) / 1024
}
