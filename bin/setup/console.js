/** The web console, built by Vite into `dist/console` when its sources have changed. */
import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { run, withProgress } from './run.js'
import { readStamp, stampOf } from './stamp.js'

/** Everything that ends up in the bundle, or decides how it is made. */
const sources = [
  'src/console',
  'src/contract',
  'src/lifecycle',
  'src/protocol',
  'contract',
  'vite.config.ts',
  'package-lock.json',
]

export const consoleIsStale = root =>
  !existsSync(join(root, 'dist/console/index.html')) || readStamp(stampFile(root)) !== consoleStamp(root)

export const consoleStamp = root =>
  stampOf(
    root,
    sources.flatMap(source => filesIn(root, source)),
  )

const filesIn = (root, source) => {
  const stat = statSync(join(root, source), { throwIfNoEntry: false })
  if (!stat) return []
  if (stat.isFile()) return [source]
  return readdirSync(join(root, source), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map(entry => relative(root, join(entry.path ?? entry.parentPath, entry.name)))
    .sort()
}

const stampFile = root => join(root, 'dist/console.stamp')

const limitMs = 5 * 60_000

/** Built beside and moved into place: a server that runs never serves half a console. */
export const buildConsole = async root => {
  const stamp = consoleStamp(root)
  const building = join(root, 'dist/console-building')
  const node = join(root, 'node_modules/.bin/node')
  await withProgress('Building the console', () =>
    run(node, ['node_modules/vite/bin/vite.js', 'build', '--outDir', building, '--emptyOutDir', '--logLevel', 'warn'], {
      cwd: root,
      env: process.env,
      limitMs,
      failure: 'the console could not be built',
    }),
  )
  rmSync(join(root, 'dist/console'), { recursive: true, force: true })
  renameSync(building, join(root, 'dist/console'))
  writeFileSync(stampFile(root), stamp)
}
