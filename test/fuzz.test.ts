import assert from 'node:assert/strict'
import { it } from 'node:test'
import { fuzz } from './fuzz/run.ts'

/** Of all targets together, at the same time: a third of it goes by. `npm run fuzz` takes as long as one likes. */
const seconds = 60

it('hostile desktops and viewers break neither the gateway nor the viewer, and nobody else’s session', async () => {
  const seed = Math.floor(Math.random() * 1e6)
  for (const { target, rounds, failed } of await fuzz({ seconds, seed })) {
    assert.equal(failed, undefined, `${target} fails: npm run fuzz -- --only ${target} --seed ${failed?.seed}`)
    assert.ok(rounds > 0, `${target} was not attacked`)
  }
})
