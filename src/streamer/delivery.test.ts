import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Piece } from '../protocol/clipboard.ts'
import { limits } from '../protocol/messages.ts'
import { createDelivery } from './delivery.ts'

describe('a copy on its way to a viewer', () => {
  const copyOf = (pieces: number) => new Uint8Array(pieces * limits.pieceBytes)

  it('waits for a viewer that does not keep up, and ends', () => {
    const sent: Piece[] = []
    const delivery = createDelivery(piece => sent.push(piece))
    delivery.begin(copyOf(20))
    const atOnce = sent.length
    assert.ok(atOnce >= 1 && atOnce <= 4)
    for (let taken = 1; taken <= 20; taken++) {
      delivery.taken()
      assert.equal(sent.length, Math.min(20, atOnce + taken))
    }
    assert.equal(sent.at(-1)?.left, 0)
    delivery.taken()
    assert.equal(sent.length, 20)
  })

  it('makes room for the next one at once', () => {
    const sent: Piece[] = []
    const delivery = createDelivery(piece => sent.push(piece))
    delivery.begin(copyOf(20))
    const before = sent.length
    delivery.begin(copyOf(1))
    assert.equal(sent.length, before)
    delivery.taken()
    assert.deepEqual(
      sent.slice(before).map(({ isFirst, left }) => ({ isFirst, left })),
      [{ isFirst: true, left: 0 }],
    )
  })
})
