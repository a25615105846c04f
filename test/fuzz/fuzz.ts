/** `npm run fuzz -- [--seconds N] [--seed N] [--only messages|gateway|viewer]`: hostile desktops and hostile viewers. */
import { parseArgs } from 'node:util'
import { fuzz } from './run.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
  },
})
const outcomes = await fuzz({ seconds: Number(values.seconds), seed: Number(values.seed), only: values.only })
for (const { target, rounds, failed } of outcomes) {
  console.log(`${target}: ${rounds} rounds from seed ${values.seed}`)
  if (!failed) continue
  console.error(failed.cause)
  console.log(`again: npm run fuzz -- --only ${target} --seed ${failed.seed}`)
  process.exitCode = 1
}
