#!/usr/bin/env node
/**
 * Brings this machine to where `npm start`, `npm test` and the other commands work: npm packages (Node 26 among
 * them), Debian packages, the driver for pens, the built console. npm runs it before each of those commands.
 *
 * Plain JavaScript without dependencies, because at first nothing is installed and the host's Node may be 20.
 * What is to do is found by looking, every time; when that is nothing, it prints nothing and takes about 100 ms.
 */
import { fileURLToPath } from 'node:url'
import { buildConsole, consoleIsStale } from './setup/console.js'
import { installDebianPackages, missingDebianPackages, refusal, wantedPackages } from './setup/debian.js'
import { buildInputDriver, inputDriverIsStale } from './setup/input-driver.js'
import { installNpmPackages, npmPackagesAreStale } from './setup/npm.js'
import { SetupError, underLock } from './setup/run.js'

/** Only who keeps copies of backups needs what makes them. */
const backup = process.env.ATELIER_BACKUP_REPOSITORY ? ['backup'] : []

/** What each command needs: groups of `packages.json`, and whether the console must be built. */
const goals = {
  start: { groups: ['runtime', 'workstation', ...backup], console: true },
  test: { groups: ['runtime', 'workstation', 'image', 'backup', 'test'], console: true },
  bench: { groups: ['runtime', 'workstation', 'image', 'backup', 'test', 'bench'], console: true },
  check: { groups: ['runtime'], console: false },
}

const root = fileURLToPath(new URL('..', import.meta.url))

const setUp = async goal => {
  const packages = wantedPackages(goal.groups, process.env.ATELIER_DRIVER)
  const staleConsole = () => goal.console && consoleIsStale(root)
  const staleInputDriver = () => packages.includes('xserver-xorg-dev') && inputDriverIsStale(root)

  // dpkg is asked first and answers while we look at the rest.
  const asked = missingDebianPackages(packages)
  const stale = npmPackagesAreStale(root) || staleConsole() || staleInputDriver()
  const missing = await asked

  // What only the user can do comes first: nobody should wait for npm to read that apt-get needs root.
  const refused = refusal(missing)
  if (refused) throw new SetupError(refused)
  if (missing.packages.length === 0 && !stale) return

  await underLock(root, async () => {
    // Looked at again: another setup may have done it while this one waited.
    const { packages: toInstall } = await missingDebianPackages(packages)
    if (toInstall.length > 0) await installDebianPackages(toInstall)
    if (npmPackagesAreStale(root)) await installNpmPackages(root)
    if (staleInputDriver()) await buildInputDriver(root)
    if (staleConsole()) await buildConsole(root)
  })
}

try {
  const [name, ...rest] = process.argv.slice(2)
  const goal = Object.hasOwn(goals, name ?? '') ? goals[name] : undefined
  if (!goal || rest.length > 0) throw new SetupError(`usage: node bin/setup.js ${Object.keys(goals).join('|')}`)
  if (Number.parseInt(process.versions.node, 10) < 20)
    throw new SetupError(`Atelier needs Node 20 or newer to set itself up, and this is Node ${process.versions.node}`)
  await setUp(goal)
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
