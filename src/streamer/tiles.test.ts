import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { pack } from '../protocol/pixels.ts'
import { noTiles, shrink, shrinkNow } from './tiles.ts'

/** Of so many pixels in two colours. */
const pixelsOf = (count: number): Buffer => {
  const pixels = Buffer.alloc(count * 4)
  for (let pixel = 0; pixel < count; pixel += 3) pixels.writeUInt32LE(0xabcdef, pixel * 4)
  return pixels
}

describe('pixels made small', () => {
  // At one bit a pixel, the last that are sent as they are and the first that are not.
  for (const count of [0, 1, 9, 2048 * 8, 2048 * 8 + 1, 100_000])
    it(`are ${count} again when they are inflated`, async () => {
      const { palette, data } = pack(pixelsOf(count))
      for (const small of [shrinkNow(pixelsOf(count)), await shrink(pack(pixelsOf(count)))]) {
        assert.deepEqual(small.palette, palette)
        assert.deepEqual(new Uint8Array(inflateRawSync(small.data)), data)
      }
    })

  it('are none where there are none', () => assert.equal(inflateRawSync(noTiles.data).length, 0))
})
