/** `npm run simulate -- [--seeds N] [--from SEED]`: as many runs as one likes; of a single one, the whole history. */
import { parseArgs } from 'node:util'
import { createTestStudio } from '../studio.ts'
import { arrowsOf } from './history.ts'
import { createSimulator } from './simulation.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '10000' }, from: { type: 'string', default: '1' } },
})
const count = Number(values.seeds)
const from = Number(values.from)

const studio = await createTestStudio()
try {
  const { run } = await createSimulator(studio)
  const began = performance.now()
  const gone = new Set<string>()
  let changes = 0
  let runs = 0
  let wrong: string[] = []
  while (runs < count && wrong.length === 0) {
    const outcome = await run(from + runs)
    runs += 1
    changes += outcome.history.length
    for (const each of outcome.arrows) gone.add(each)
    wrong = outcome.wrong
    if (wrong.length > 0 || count === 1) console.log(outcome.history.join('\n'))
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const never = [...arrowsOf('session'), ...arrowsOf('backup')].filter(arrow => !gone.has(arrow))
  console.log(`${runs} runs with ${changes} changes in ${seconds} s`)
  console.log(`ways that were never gone: ${never.join(', ') || 'none'}`)
  if (wrong.length > 0) {
    for (const what of wrong) console.log(`seed ${from + runs - 1}: ${what}`)
    console.log(`again: npm run simulate -- --seeds 1 --from ${from + runs - 1}`)
    process.exitCode = 1
  }
} finally {
  await studio.close()
}
