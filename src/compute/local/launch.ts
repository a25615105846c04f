import { spawn } from 'node:child_process'
import { watch } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DriverError } from '../driver.ts'
import { exists } from '../shelf.ts'

export interface Launch {
  bubblewrap: string[]
  /** Files of control groups that the first process joins. */
  groups: string[]
  /** The user of the host that everything runs as; undefined for the server's own. */
  uid: number | undefined
  /** Compiled filter of system calls. */
  filter: string
  log: string
  /** Folder in which the session makes the file `ready`. */
  socketFolder: string
}

const limitMs = 20_000

/** Joins the groups before anything of the machine runs, and is replaced by what follows. */
const joining = `
count=$1; shift
while [ "$count" -gt 0 ]; do echo $$ >"$1" || exit 1; shift; count=$((count - 1)); done
ulimit -c 0
exec "$@"`

/**
 * Starts a desktop and waits until its window manager runs. The processes belong to no session of the server's and
 * have none of its files, so they live on when it ends, however it ends.
 */
export const launch = async (options: Launch): Promise<void> => {
  const log = await open(options.log, 'w', 0o600)
  const filter = await open(options.filter, 'r')
  try {
    const child = spawn('/bin/sh', launchArguments(options), {
      detached: true,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['ignore', log.fd, log.fd, filter.fd],
    })
    child.unref()
    await readyOrEnded(child, options)
  } finally {
    await log.close()
    await filter.close()
  }
}

export const launchArguments = ({
  bubblewrap,
  groups,
  uid,
}: Pick<Launch, 'bubblewrap' | 'groups' | 'uid'>): string[] => [
  ...['-c', joining, 'sh', String(groups.length), ...groups],
  ...(uid === undefined
    ? []
    : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--no-new-privs', '--inh-caps=-all', '--']),
  ...['bwrap', '--seccomp', '3', ...bubblewrap],
]

const readyOrEnded = (child: ReturnType<typeof spawn>, { socketFolder, log }: Launch): Promise<void> =>
  new Promise((resolve, reject) => {
    const watcher = watch(socketFolder)
    const end = (settle: () => void) => {
      clearTimeout(limit)
      watcher.close()
      settle()
    }
    const look = () => {
      exists(join(socketFolder, 'ready')).then(
        isReady => isReady && end(resolve),
        error => end(() => reject(error)),
      )
    }
    const fail = (what: string, cause?: Error) =>
      failure(log, what, cause).then(
        error => end(() => reject(error)),
        error => end(() => reject(error)),
      )
    const limit = setTimeout(() => fail(`did not start within ${limitMs / 1000} s`), limitMs)
    child.once('error', cause => fail('could not be started', cause))
    child.once('exit', () => fail('ended while it started'))
    watcher.on('change', look)
    watcher.on('error', error => end(() => reject(error)))
    look()
  })

/** The log of a start is short: nothing but the driver's own programs has written to it so far. */
const failure = async (log: string, what: string, cause?: Error): Promise<DriverError> => {
  const last = (await readFile(log, 'utf8')).trim().split('\n').at(-1)?.slice(0, 300)
  return new DriverError('INTERNAL_ERROR', `the desktop ${what}${last ? `: ${last}` : ''}`, { cause })
}
