import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ProtocolError } from './bytes.ts'
import {
  type Copy,
  copyLimits,
  createCollector,
  cutIntoPieces,
  decodeCopy,
  encodeCopy,
  isSame,
  pngSize,
  withinLimits,
} from './clipboard.ts'
import { limits } from './messages.ts'

/** The beginning of a PNG, which is all that is looked at. */
const png = (width: number, height: number, bytes = 100): Uint8Array => {
  const data = Buffer.alloc(bytes, 7)
  Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1').copy(data)
  data.writeUInt32BE(width, 16)
  data.writeUInt32BE(height, 20)
  return new Uint8Array(data)
}
const data = fc.uint8Array({ minLength: 1, maxLength: 100_000 })
const copy: fc.Arbitrary<Copy> = fc.record(
  { text: data, html: data, png: fc.constant(png(3, 4)) },
  { requiredKeys: [], noNullPrototype: true },
)

describe('a copy', () => {
  it('arrives as it was sent, in pieces of which none is large', () => {
    fc.assert(
      fc.property(copy, sent => {
        const received: Copy[] = []
        const collect = createCollector(copy => received.push(copy))
        for (const piece of cutIntoPieces(encodeCopy(sent))) {
          assert.ok(piece.data.length <= limits.pieceBytes)
          collect(piece)
        }
        assert.deepEqual(received, [sent])
        assert.ok(isSame(sent, received[0] ?? {}))
      }),
      { numRuns: 30 },
    )
  })

  it('that comes while another is under way takes its place', () => {
    const received: Copy[] = []
    const collect = createCollector(copy => received.push(copy))
    const [first] = cutIntoPieces(encodeCopy({ text: new Uint8Array(limits.pieceBytes * 3) }))
    const text = new TextEncoder().encode('later')
    if (first) collect(first)
    for (const piece of cutIntoPieces(encodeCopy({ text }))) collect(piece)
    assert.deepEqual(received, [{ text }])
  })

  it('is refused where a piece is missing, or more is announced than is copied', () => {
    const pieces = [...cutIntoPieces(encodeCopy({ text: new Uint8Array(limits.pieceBytes * 3) }))]
    const refused = (...given: typeof pieces) => {
      const collect = createCollector(() => assert.fail('something was received'))
      assert.throws(() => given.forEach(collect), ProtocolError)
    }
    const [first, second, third] = pieces
    assert.ok(first && second && third)
    refused(second)
    refused(first, third)
    refused(first, first, third)
    refused({ isFirst: true, left: 0xffffffff, data: first.data })
    refused({ isFirst: true, left: 0, data: new Uint8Array() })
  })

  it('holds each form once, within its limit', () => {
    const refused = (copy: Copy) => assert.throws(() => decodeCopy(encodeCopy(copy)), ProtocolError)
    refused({ text: new Uint8Array(copyLimits.text + 1) })
    refused({ html: new Uint8Array(copyLimits.html + 1) })
    refused({ png: png(10, 10, copyLimits.png + 1) })
    refused({ png: new TextEncoder().encode('<svg onload="alert(1)">') })
    assert.throws(() => decodeCopy(new Uint8Array([2, 0, 1, 0, 0, 0, 65, 0, 1, 0, 0, 0, 66])), ProtocolError)
    assert.throws(() => decodeCopy(new Uint8Array([1, 3, 1, 0, 0, 0, 65])), ProtocolError)
    assert.throws(() => decodeCopy(new Uint8Array([1, 0, 2, 0, 0, 0, 65])), ProtocolError)
    assert.throws(() => decodeCopy(new Uint8Array([1, 0, 1, 0, 0, 0, 65, 66])), ProtocolError)
  })

  it('says of what is too large that it was there', () => {
    const large = withinLimits({ text: new Uint8Array(copyLimits.text + 1), png: png(70_000, 70_000) })
    assert.deepEqual(decodeCopy(encodeCopy(large)), { text: new Uint8Array(), png: new Uint8Array() })
    const fits = { text: new Uint8Array(copyLimits.text), png: png(4096, 4096, copyLimits.png) }
    assert.ok(isSame(decodeCopy(encodeCopy(withinLimits(fits))), fits))
  })
})

it('the size of a PNG is known from its beginning, and nothing else is one', () => {
  assert.deepEqual(pngSize(png(640, 480)), { width: 640, height: 480 })
  for (const [width, height] of [
    [0, 1],
    [1, 0],
    [limits.pixels, 2],
    [0xffffffff, 0xffffffff],
  ] as const)
    assert.equal(pngSize(png(width, height)), undefined)
  assert.equal(pngSize(png(1, 1).subarray(0, 23)), undefined)
  assert.equal(pngSize(new TextEncoder().encode('GIF89a and twenty bytes more')), undefined)
})
