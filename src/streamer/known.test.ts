import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { areaOfAll, intersection, type Rectangle } from '../protocol/rectangle.ts'
import { createKnown, type Difference } from './known.ts'

const [width, height] = [640, 360]
const whole: Rectangle = { x: 0, y: 0, width, height }
const rectangle = (x: number, y: number, width: number, height: number): Rectangle => ({ x, y, width, height })

type Picture = Uint32Array<ArrayBuffer>
const bufferOf = ({ buffer }: Picture) => Buffer.from(buffer)
const rowsOf = function* ({ x, y, width: across, height: down }: Rectangle) {
  for (let row = y; row < y + down; row++) yield [row * width + x, row * width + x + across] as const
}
const fill = (picture: Picture, part: Rectangle, colour: number) => {
  for (const [from, to] of rowsOf(part)) picture.fill(colour, from, to)
}
/** Of writing, or of a photograph: whatever is in one place only. */
const scribble = (picture: Picture, part: Rectangle, seed: number, colours = 2) => {
  let random = seed
  for (const [from, to] of rowsOf(part))
    for (let at = from; at < to; at++) {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0
      picture[at] = random >>> 16 < 30_000 ? 0xffffff : ((random >>> 8) % colours) * 0x10101
    }
}
const move = (picture: Picture, { x, y, width: across, height: down }: Rectangle, right: number, below: number) => {
  const before = picture.slice()
  for (let row = 0; row < down; row++) {
    const from = (y + row) * width + x
    picture.set(before.subarray(from, from + across), (y + below + row) * width + x + right)
  }
}
/** What a viewer makes of it. */
const show = (picture: Picture, { moves, tiles }: Difference, now: Picture) => {
  for (const { fromX, fromY, ...to } of moves) move(picture, { ...to, x: fromX, y: fromY }, to.x - fromX, to.y - fromY)
  for (const tile of tiles) for (const [from, to] of rowsOf(tile)) picture.set(now.subarray(from, to), from)
}

const begin = (most = width * height) => {
  const screen: Picture = new Uint32Array(width * height).fill(0xd8dce0)
  scribble(screen, rectangle(40, 30, 400, 300), 7)
  const known = createKnown(width, height, most)
  known.note([whole], bufferOf(screen))
  return { screen, known, seen: screen.slice() }
}

describe('what is seen exactly', () => {
  it('is moved where a page is scrolled, and only what came in is sent', () => {
    const { screen, known, seen } = begin()
    const page = rectangle(40, 30, 400, 300)
    for (let step = 1; step <= 5; step++) {
      move(screen, rectangle(page.x, page.y + 17, page.width, page.height - 17), 0, -17)
      scribble(screen, rectangle(page.x, page.y + page.height - 17, page.width, 17), step)
      const difference = known.update(bufferOf(screen), [page])
      assert.ok(difference)
      assert.equal(difference.moves.length, 1)
      assert.ok(areaOfAll(difference.tiles) <= page.width * 24, `${areaOfAll(difference.tiles)} pixels`)
      show(seen, difference, screen)
      assert.deepEqual(seen, screen)
    }
  })

  it('is moved where a window is dragged in any direction', () => {
    for (const [right, down] of [
      [21, 11],
      [-13, 0],
      [3, -40],
    ] as const) {
      const { screen, known, seen } = begin()
      const panel = rectangle(200, 100, 180, 120)
      fill(screen, panel, 0xffffff)
      scribble(screen, rectangle(210, 110, 160, 90), 99)
      known.note([whole], bufferOf(screen))
      seen.set(screen)
      move(screen, panel, right, down)
      const parts = [panel, { ...panel, x: panel.x + right, y: panel.y + down }]
      const difference = known.update(bufferOf(screen), parts)
      assert.ok(difference && difference.moves.length > 0)
      const most = areaOfAll(parts) / 3
      assert.ok(areaOfAll(difference.tiles) < most, `${areaOfAll(difference.tiles)} pixels of ${most}`)
      show(seen, difference, screen)
      assert.deepEqual(seen, screen)
    }
  })

  it('is not sent when it is drawn again as it was', () => {
    const { screen, known } = begin()
    assert.deepEqual(known.update(bufferOf(screen), [whole])?.tiles, [])
    const clock = rectangle(500, 10, 40, 20)
    const pixelsOf = (part: Rectangle) =>
      bufferOf(Uint32Array.from([...rowsOf(part)].flatMap(([from, to]) => [...screen.subarray(from, to)])))
    assert.equal(known.shows([clock], pixelsOf(clock)), true)
    fill(screen, rectangle(510, 15, 1, 1), 0)
    assert.equal(known.shows([clock], pixelsOf(clock)), false)
    known.note([clock], pixelsOf(clock))
    assert.equal(known.shows([clock], pixelsOf(clock)), true)
    known.forget([rectangle(539, 29, 1, 1)])
    assert.equal(known.shows([clock], pixelsOf(clock)), false)
  })

  it('is nothing of what came as video, and of what is too much to be sent', () => {
    const { screen, known } = begin(1000)
    known.forget([rectangle(0, 0, 10, 10)])
    assert.equal(known.update(bufferOf(screen), [rectangle(30, 30, 5, 5)]), undefined)
    assert.ok(known.update(bufferOf(screen), [rectangle(300, 30, 5, 5)]))
    scribble(screen, rectangle(300, 200, 100, 100), 5)
    assert.equal(known.update(bufferOf(screen), [rectangle(300, 200, 100, 100)]), undefined)
    assert.equal(known.update(bufferOf(screen), [rectangle(300, 200, 10, 10)]), undefined)
  })

  it('is what viewers see, whatever is painted, moved, or comes as video', () => {
    const part = fc
      .tuple(fc.nat(width - 2), fc.nat(height - 2), fc.nat(width), fc.nat(height))
      .map(([x, y, w, h]) => rectangle(x, y, 1 + (w % (width - x)), 1 + (h % (height - y))))
    const step = fc.record({
      kind: fc.constantFrom('scribble', 'fill', 'move', 'move', 'video', 'refine', 'draw again'),
      ...{
        part,
        number: fc.nat(1000),
        right: fc.integer({ min: -40, max: 40 }),
        down: fc.integer({ min: -60, max: 60 }),
      },
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), steps => {
        const { screen, known, seen } = begin(40_000)
        for (const { kind, part, number, right, down } of steps) {
          const parts = [part]
          if (kind === 'scribble') scribble(screen, part, number, number)
          if (kind === 'fill') fill(screen, part, number)
          if (kind === 'move') {
            const to = intersection(whole, { ...part, x: part.x + right, y: part.y + down })
            if (!to) continue
            move(screen, { ...to, x: to.x - right, y: to.y - down }, right, down)
            parts.push(to)
          }
          if (kind === 'refine') known.note([whole], bufferOf(screen))
          const difference = kind === 'video' ? undefined : known.update(bufferOf(screen), parts)
          if (difference) show(seen, difference, screen)
          else {
            known.forget(parts)
            // As a viewer that sees all of it in video.
            seen.set(screen)
          }
          if (kind === 'refine') seen.set(screen)
        }
        const difference = known.update(bufferOf(screen), [whole])
        if (difference) show(seen, difference, screen)
        assert.deepEqual(seen, screen)
      }),
      { numRuns: 200 },
    )
  })
})
