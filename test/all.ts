/**
 * `npm test`: every file of tests, a process each, several at a time. What takes longest begins first, so that nothing
 * long is left for the end, when nothing else runs beside it.
 */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

/** On two processors: many files wait more than they compute. With four they take longer, as they are in each other’s way. */
const atOnce = 3
/** Of a single test: several times what the longest takes on a machine that does nothing else. */
const limitMs = 300_000
/** Of all: a file whose tests have failed with something still open would never end. */
const wholeLimitMs = 30 * 60_000

/** Files that take more than twenty seconds on a machine that does nothing else, the longest first. */
const long = [
  'test/stream.test.ts',
  'test/idle.test.ts',
  'test/simulation/simulation.test.ts',
  'src/compute/repository/repository.test.ts',
  'src/compute/local/local.test.ts',
  'test/viewer.test.ts',
  'test/ending.test.ts',
  'src/lifecycle/copies.test.ts',
  'src/compute/local/cut-off.test.ts',
  'test/monitors.test.ts',
  'src/compute/local/images/images.test.ts',
  'test/clients.test.ts',
  'test/lists.test.ts',
  'test/desktop.test.ts',
  'test/engine.test.ts',
  'src/compute/local/pool.test.ts',
  'test/lost-machines.test.ts',
  'test/fuzz.test.ts',
  'src/compute/local/scripts.test.ts',
  'test/copies.test.ts',
  'test/cli.test.ts',
  'test/conformance/malformed.test.ts',
  'test/conformance/old-scripts.test.ts',
  'test/crash.test.ts',
]

const root = join(import.meta.dirname, '..')
// Each file is a process, and most start servers: what one of them has compiled the others need not.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/atelier')
const all = globSync(['src/**/*.test.ts', 'test/**/*.test.ts', 'bin/**/*.test.js'], { cwd: root }).sort()
for (const file of long) assert.ok(all.includes(file), `there is no ${file}`)
const others = all.filter(file => !long.includes(file))

const signal = AbortSignal.timeout(wholeLimitMs)
signal.addEventListener('abort', () => {
  console.error(`The tests did not end within ${wholeLimitMs / 60_000} minutes`)
  process.exitCode = 1
})
run({ cwd: root, files: [...long, ...others], concurrency: atOnce, timeout: limitMs, signal })
  .on('test:summary', ({ file, success }) => {
    if (file === undefined && !success) process.exitCode = 1
  })
  .compose(spec)
  .pipe(process.stdout)
