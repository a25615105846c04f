/** The Debian packages of `../packages.json`: what Node 26 needs, what workstations are made of, what only tests need. */
import { execFile, spawnSync } from 'node:child_process'
import { accessSync, constants, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run, SetupError, withProgress } from './run.js'

const lists = JSON.parse(readFileSync(new URL('../packages.json', import.meta.url), 'utf8'))

/** The simulated driver needs no workstations, but the tests want both. */
export const wantedPackages = (groups, driver) => {
  const needed =
    driver === 'simulated' && !groups.includes('test') ? groups.filter(group => group !== 'workstation') : groups
  return [...new Set(needed.flatMap(group => lists[group]))]
}

/** What is not here, by package where dpkg keeps the books, else by the program that each package is wanted for. */
export const missingDebianPackages = async wanted => {
  const byDpkg = wanted.length === 0 ? new Set() : await installedPackages(wanted)
  const isRoot = process.getuid() === 0
  if (byDpkg && hasProgram('apt-get'))
    return { packages: wanted.filter(name => !byDpkg.has(name)), programs: [], isRoot, hasApt: true }
  const programs = wanted.flatMap(name => lists.programs[name] ?? []).filter(program => !hasProgram(program))
  return { packages: [], programs, isRoot, hasApt: false }
}

/** The line for a user who has to do it himself, if so. */
export const refusal = ({ packages, programs, isRoot, hasApt }) => {
  if (hasApt && packages.length > 0 && !isRoot)
    return [
      'Some Debian packages are missing, and only root may install them. Run this once, then try again:',
      `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`,
    ].join('\n')
  if (programs.length > 0)
    return `This system has no apt-get: install these programs with its own package manager, then try again: ${programs.join(', ')}`
  return undefined
}

/** Undefined where there is no dpkg. */
const installedPackages = names =>
  new Promise((resolve, reject) => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are dpkg-query's own
    const format = '${Package} ${db:Status-Status}\\n'
    execFile('dpkg-query', ['-W', '-f', format, ...names], { timeout: 30_000 }, (error, stdout) => {
      if (error?.code === 'ENOENT') return resolve(undefined)
      // It ends with 1 when it knows nothing of a package.
      if (error && error.code !== 1) return reject(new SetupError(`dpkg-query does not answer: ${error.message}`))
      const installed = stdout.split('\n').filter(line => line.endsWith(' installed'))
      resolve(new Set(installed.map(line => line.split(' ')[0])))
    })
  })

const hasProgram = name => {
  // Administrators' programs, mkfs.btrfs among them, are often outside a user's PATH.
  const folders = [...process.env.PATH.split(delimiter), '/usr/sbin', '/sbin']
  return folders.some(folder => isExecutable(join(folder, name)))
}

const isExecutable = path => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const limitMs = 15 * 60_000

export const installDebianPackages = async packages => {
  let unpacking = false
  const aptGet = (say, ...args) =>
    run('apt-get', [...options, ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1', LC_ALL: 'C.UTF-8' },
      limitMs,
      failure: `the Debian packages could not be installed, try it by hand: apt-get install ${packages.join(' ')}`,
      // A download can be cut off, but dpkg would leave half a package.
      mayEnd: () => !unpacking,
      onStatus: line => {
        unpacking ||= line.startsWith('pmstatus')
        say(readStatus(line))
      },
    })
  console.error(`These Debian packages are missing: ${packages.join(' ')}`)
  await withProgress('Installing Debian packages', async say => {
    if (listsAreOld(packages)) await aptGet(say, 'update')
    const removePolicy = forbidDaemons()
    try {
      await aptGet(say, 'install', '-y', '--no-install-recommends', ...packages)
    } finally {
      removePolicy()
    }
  })
}

const options = ['-q', '-o', 'APT::Status-Fd=3', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Dpkg::Use-Pty=0']

/** How far apt-get is: `dlstatus:1:12.5:Retrieving file 1 of 8` or `pmstatus:xterm:45.0:Unpacking xterm (amd64)`. */
export const readStatus = line => {
  const [, kind, percent, text] = /^(dlstatus|pmstatus):[^:]*(?::[a-z0-9]+)?:([\d.]+):(.*)$/.exec(line) ?? []
  return kind ? `${kind === 'dlstatus' ? 'downloading' : text}, ${Math.round(Number(percent))} %` : ''
}

/** Debian's lists change daily, and a package that was replaced can no longer be fetched. */
const listsAreOld = packages => {
  const updated = statSync('/var/lib/apt/lists/partial', { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (Date.now() - updated > 60 * 60_000) return true
  const { stdout } = spawnSync('apt-cache', ['policy', ...packages], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, LC_ALL: 'C' },
  })
  return (stdout.match(/^ {2}Candidate: [^(]/gm) ?? []).length < packages.length
}

const policy = '/usr/sbin/policy-rc.d'
const forbidding =
  '#!/bin/sh\n# Of the Atelier setup: no package starts a daemon while it is being installed.\nexit 101\n'

/** Packages bring daemons along and start them; workstations need none. A policy of the administrator stays as it is. */
const forbidDaemons = () => {
  try {
    writeFileSync(policy, forbidding, { mode: 0o755, flag: 'wx' })
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    // Ours, left by a setup that was killed.
    if (readFileSync(policy, 'utf8') !== forbidding) return () => {}
  }
  return () => rmSync(policy, { force: true })
}
