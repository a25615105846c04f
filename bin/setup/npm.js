/** The npm packages, Node 26 among them. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run, SetupError, withProgress } from './run.js'

/**
 * Whether `node_modules` differs from the lockfile. npm keeps what it installed in `node_modules/.package-lock.json`,
 * written last, so an install that was cut off, or a lockfile that a `git pull` has changed, is seen here.
 */
export const npmPackagesAreStale = root => {
  const installed = readInstalled(root)
  if (!installed || !existsSync(nodeOf(root))) return true
  return lockfilesDiffer(readJson(join(root, 'package-lock.json')), installed)
}

/** Packages for other platforms are optional and absent; every other one must be there, in the locked version. */
export const lockfilesDiffer = (locked, installed) => {
  const wanted = Object.entries(locked.packages).filter(([path]) => path !== '')
  return (
    wanted.some(([path, { version, optional }]) => {
      const found = installed.packages[path]
      return found ? found.version !== version : !optional
    }) || Object.keys(installed.packages).some(path => !locked.packages[path])
  )
}

const limitMs = 15 * 60_000

export const installNpmPackages = async root => {
  const { program, args, env } = npmCommand(root, process.env)
  // `--include`: the console is built here, whatever NODE_ENV or the user's npm settings leave out.
  const ci = [
    'ci',
    '--ignore-scripts',
    '--no-fund',
    '--no-audit',
    '--include=dev',
    '--include=optional',
    '--loglevel=error',
  ]
  await withProgress('Installing npm packages', () =>
    run(program, [...args, ...ci], {
      cwd: root,
      env,
      limitMs,
      failure: 'the npm packages could not be installed, mend the cause and run the command again',
    }),
  )
  const { error, status, stderr } = spawnSync(nodeOf(root), ['--version'], { encoding: 'utf8', timeout: 30_000 })
  if (error?.code === 'ENOENT')
    throw new SetupError('Atelier runs on Linux with glibc, on x64 or arm64: this is another platform')
  if (status !== 0) throw new SetupError(`the Node that was installed does not run: ${error?.message ?? stderr.trim()}`)
}

/**
 * The user's npm, run by the user's Node: inside an npm script, `node` is the one in `node_modules`, which `npm ci`
 * is about to remove and which an older npm may not know.
 */
export const npmCommand = (root, env) => {
  const path = env.PATH.split(delimiter).filter(folder => folder !== join(root, 'node_modules/.bin'))
  const cleaned = { ...env, PATH: path.join(delimiter) }
  const { npm_execpath: npm, npm_node_execpath: node } = env
  return npm?.endsWith('npm-cli.js') && node
    ? { program: node, args: [npm], env: cleaned }
    : { program: 'npm', args: [], env: cleaned }
}

const nodeOf = root => join(root, 'node_modules/.bin/node')

const readJson = path => JSON.parse(readFileSync(path, 'utf8'))

/** What npm wrote down as installed; nothing when it was killed before or while it wrote. */
const readInstalled = root => {
  try {
    return readJson(join(root, 'node_modules/.package-lock.json'))
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}
