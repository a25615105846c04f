/** Starting: one server for each data folder, one clear line for what prevents it, and what is said when it is ready. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Config } from '../config.ts'

/** Why the server cannot start: one line that says what to do. */
export class StartupError extends Error {
  override readonly name = 'StartupError'
}

export interface HomeLock {
  /** Tells those who come later, and `atelier doctor`, where this server is and what it holds to. */
  announce(url: string, guarantees?: Ready['guarantees']): void
  close(): void
}

/**
 * Makes the data folder ours alone until `close`, or until this process is gone: the lock is the kernel's, held
 * through SQLite, so that a kill -9 frees it and no process id has to be believed.
 *
 * @throws StartupError when the folder cannot be used, or another server uses it.
 */
export const lockHome = (home: string): HomeLock => {
  try {
    makeFolder(home)
    return lock(home)
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(
      `ATELIER_HOME cannot be used: ${home} ${reason(error)}. Mend that, or set ATELIER_HOME to another folder`,
      { cause: error },
    )
  }
}

const makeFolder = (home: string) => {
  makeFolders(home)
  const { mode } = statSync(home)
  if ((mode & 0o077) !== 0)
    throw new StartupError(`ATELIER_HOME is open to other users, and it will hold keys: run chmod 700 ${home}`)
}

/** Not `recursive: true`, which never ends where a folder may be but can hold none, as below /proc. */
const makeFolders = (path: string) => {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
  if (dirname(path) !== path) makeFolders(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another server may have made it at the same moment; who of the two may use it, the lock decides.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}

/** A database that nothing refers to is collected and closed, and with it the lock would be gone. */
const held = new Set<DatabaseSync>()

const lock = (home: string): HomeLock => {
  const file = join(home, 'server.json')
  // Never removed: a lock on a file that is no longer there locks nobody out.
  const database = new DatabaseSync(join(home, 'lock.db'), { timeout: 0 })
  const note = (url?: string, guarantees?: Ready['guarantees']) =>
    writeFileSync(file, JSON.stringify({ pid: process.pid, url, guarantees }), { mode: 0o600 })
  try {
    database.exec('BEGIN EXCLUSIVE')
    // Also the proof that the folder can be written to.
    note()
  } catch (error) {
    database.close()
    if (isBusy(error))
      throw new StartupError(
        `${home} is in use by another server${describe(file)}: stop it first, or set ATELIER_HOME to another folder`,
      )
    throw error
  }
  held.add(database)
  return {
    announce: note,
    close() {
      rmSync(file, { force: true })
      held.delete(database)
      database.close()
    },
  }
}

const sqliteBusy = 5

const isBusy = (error: unknown) => error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy

/** Of the other server: what it has written down so far, if it is fit to read. */
const describe = (file: string) => {
  try {
    const { pid, url } = JSON.parse(readFileSync(file, 'utf8'))
    return ` (process ${Number(pid)}${url ? `, ${url}` : ''})`
  } catch {
    return ''
  }
}

const reasons: Record<string, string> = {
  EACCES: 'belongs to another user',
  EPERM: 'may not be changed',
  EROFS: 'is on a file system that is read-only',
  ENOSPC: 'is on a file system that is full',
  EDQUOT: 'is over its quota',
  ENOTDIR: 'is, or is below, a file that is no folder',
  EEXIST: 'is, or is below, a file that is no folder',
}

const reason = (error: unknown) => {
  const { code = '', errstr, message } = error as { code?: string; errstr?: string; message: string }
  return reasons[code] ?? `cannot be written to (${errstr ?? message})`
}

/** The line for an address that cannot be listened on; any other error comes back as it is. */
export const listenError = (error: unknown, { host, port }: Pick<Config, 'host' | 'port'>): unknown => {
  const line = {
    EADDRINUSE: `port ${port} of ${host} is taken by another program: stop that, or choose another port, such as ATELIER_PORT=${port < 65_535 ? port + 1 : 7070}`,
    EACCES: `port ${port} is only for root: choose one from 1024 up with ATELIER_PORT`,
    EADDRNOTAVAIL: `this machine has no address ${host}: set ATELIER_HOST to one of ${ownAddresses().join(', ')}`,
    ENOTFOUND: `the host name ${host} is not known: set ATELIER_HOST to one of ${ownAddresses().join(', ')}`,
    EAI_AGAIN: `the host name ${host} could not be looked up: set ATELIER_HOST to one of ${ownAddresses().join(', ')}`,
    EAFNOSUPPORT: `this machine does not speak the protocol of ${host}: set ATELIER_HOST to one of ${ownAddresses().join(', ')}`,
  }[(error as NodeJS.ErrnoException).code ?? '']
  return line ? new StartupError(line, { cause: error }) : error
}

const ownAddresses = () =>
  Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(({ address }) => !address.startsWith('fe80:'))
    .map(({ address }) => address)

export interface Ready {
  /** Where the portal is, without a slash at the end. */
  publicUrl: string
  /** Opens the page for the first sign-in, once; undefined when that is done. */
  welcomeCode?: string | undefined
  /** What the driver holds to; the text of what it cannot says why. */
  guarantees: Readonly<Record<string, true | string>>
  home: string
}

/** What a person at the terminal reads when the server is ready. */
export const banner = ({ publicUrl, welcomeCode, guarantees, home }: Ready): string => {
  return [
    '',
    'Atelier is ready.',
    '',
    `  Portal         ${publicUrl}/`,
    ...(welcomeCode
      ? [`  First sign-in  ${publicUrl}/welcome#${welcomeCode}`, '                 (works once, within 24 hours)']
      : []),
    `  Data           ${home}`,
    '',
    'For boto3, the AWS CLI and the SDKs, in another terminal, in this folder:',
    '',
    '  eval "$(npx atelier env)"',
    '  aws nimble list-studios',
    '',
    ...missing(guarantees),
    'Ctrl-C stops the server. Desktops run on, and are back when it starts again.',
    '',
  ].join('\n')
}

/** A reason is a cause, a colon and what follows from it; many guarantees miss one cause, which is said once. */
const missing = (guarantees: Ready['guarantees']): string[] => {
  const gaps = Object.entries(guarantees).flatMap(([name, kept]) => {
    if (kept === true) return []
    const [cause = '', ...effect] = kept.split(': ')
    return effect.length > 0
      ? [{ name, cause: `, because ${cause}`, effect: effect.join(': ') }]
      : [{ name, cause: '', effect: cause }]
  })
  return [...Map.groupBy(gaps, gap => gap.cause)].flatMap(([cause, group]) => [
    `Not guaranteed on this host${cause}:`,
    '',
    ...group.map(({ name, effect }) => `  ${words(name).padEnd(15)}${effect}`),
    '',
  ])
}

/** volumeSize → volume size */
const words = (name: string) => name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
