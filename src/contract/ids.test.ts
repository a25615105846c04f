import assert from 'node:assert/strict'
import { it } from 'node:test'
import { firstIdAt, idFrom, newId, newStudioId } from './ids.ts'

it('an id has 22 letters or digits and sorts by its time of creation', () => {
  const ids = [1, 2, 1_000, 1_795_000_000_000, 2 ** 47].map(newId)
  for (const id of ids) assert.match(id, /^[0-9A-Za-z]{22}$/)
  assert.deepEqual([...ids].sort(), ids)
})

it('ids of one moment differ, and none comes before the first of that moment', () => {
  const ids = Array.from({ length: 10_000 }, () => newId(5))
  assert.equal(new Set(ids).size, ids.length)
  assert.ok(ids.every(id => id >= firstIdAt(5) && id < firstIdAt(6)))
})

it('an id from the same moment and bytes is the same', () => {
  assert.equal(idFrom(7, new Uint8Array(10).fill(3)), idFrom(7, new Uint8Array(12).fill(3)))
})

it('a studio id carries its region', () => {
  assert.match(newStudioId('eu-west-1'), /^eu-west-1:stid-[a-z0-9]{16}$/)
})
