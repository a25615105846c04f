/**
 * A restic repository: where copies of backups are kept, away from the disk that the volumes are on. All it takes to
 * read them is the repository and its password: what a copy is of stands in the tags of its snapshot.
 */
import { mkdir, readFile, stat } from 'node:fs/promises'
import { type Location, sftpCommand } from './location.ts'
import { createRunner, RepositoryError } from './runner.ts'

export interface RepositoryOptions {
  location: Location
  passwordFile: string
  /** A file for `ssh -F`, instead of the user's own. */
  sshConfig?: string | undefined
  /** Where restic keeps what it would otherwise ask the repository for again and again. */
  cacheFolder: string
}

export interface Repository {
  /** As the settings name it. */
  readonly location: string
  /** Makes a repository where there is none. */
  init(): Promise<void>
  /** The repository's own id, wherever it is; fails when it cannot be reached or opened. */
  identify(): Promise<string>
  /** A copy of all that is in the folder. `parent` is a snapshot that it shares most of its files with. */
  save(folder: string, copy: { tags: Tags; time: Date; parent?: string | undefined }): Promise<Saved>
  /** All copies, the oldest first. */
  list(): Promise<Snapshot[]>
  /** Puts what a snapshot holds into the folder, all of it unless `signal` ends it. */
  restore(snapshotId: string, folder: string, signal?: AbortSignal): Promise<void>
  /** Snapshots that are not there are forgotten already. */
  forget(snapshotIds: readonly string[]): Promise<void>
  /** Gives back the space of what was forgotten. */
  prune(): Promise<void>
  /** Whether all is there and whole. `readData` is how much of the data itself is read, as `5%`, `1/10` or `2G`. */
  check(readData?: string): Promise<void>
  /** Ends what is being done. */
  close(): Promise<void>
}

/** Text by name. */
export type Tags = Readonly<Record<string, string>>

export interface Snapshot {
  id: string
  time: Date
  tags: Tags
}

export interface Saved {
  snapshotId: string
  /** What the copy holds, and what of it the repository did not have yet. */
  bytes: number
  addedBytes: number
}

const seconds = 1000
const minutes = 60 * seconds
const hours = 60 * minutes

/** Tells our snapshots from what else is kept there. */
const mark = 'atelier'

export const createRepository = (options: RepositoryOptions): Repository => {
  const { location, passwordFile, sshConfig, cacheFolder } = options
  const runner = createRunner({
    RESTIC_REPOSITORY: location.text,
    RESTIC_PASSWORD_FILE: passwordFile,
    RESTIC_CACHE_DIR: cacheFolder,
  })
  const connection = location.host === undefined ? [] : ['-o', `sftp.command=${sftpCommand(location, sshConfig)}`]

  const restic = async (args: readonly string[], limitMs: number, folder = '/', signal?: AbortSignal) => {
    await refuseOpenPassword(passwordFile)
    await mkdir(cacheFolder, { recursive: true, mode: 0o700 })
    return await runner.run(['restic', ...connection, ...args], limitMs, folder, signal).catch(error => {
      if (!/unable to open config file/.test(error.message)) throw error
      const mend = 'if its disk is there, `npx atelier backup init` makes one'
      throw new RepositoryError(`there is no repository at ${location.text}: ${mend}`, { cause: error })
    })
  }

  const identify = async () => JSON.parse(await restic(['cat', 'config', '--no-lock'], minutes)).id as string

  /** Alone on the repository; locks of servers that are no more do not count. */
  const alone = async (args: readonly string[], limitMs: number) => {
    await restic(['unlock'], minutes)
    await restic(args, limitMs)
  }

  const list = async (): Promise<Snapshot[]> => {
    const found: { id: string; time: string; tags?: string[] }[] = JSON.parse(
      (await restic(['snapshots', '--json', `--tag=${mark}`], 2 * minutes)) || '[]',
    )
    return found
      .map(({ id, time, tags = [] }) => ({ id, time: new Date(time), tags: readTags(tags) }))
      .sort((a, b) => a.time.getTime() - b.time.getTime())
  }

  return {
    location: location.text,
    identify,
    list,

    async init() {
      await restic(['init'], 2 * minutes)
    },

    async save(folder, { tags, time, parent }) {
      const args = [
        ...['backup', '.', '--json', '--quiet'],
        `--time=${time.toISOString().slice(0, 19).replace('T', ' ')}`,
        ...[mark, ...writeTags(tags)].map(tag => `--tag=${tag}`),
        // By itself restic looks for a snapshot of the same path, and each of ours has another one.
        ...(parent === undefined ? ['--force'] : [`--parent=${parent}`]),
      ]
      const lines = (await restic(args, 12 * hours, folder)).trim().split('\n')
      const summary = lines.map(line => JSON.parse(line)).find(line => line.message_type === 'summary')
      if (!summary) throw new RepositoryError('restic has not said what it has made')
      const { snapshot_id: snapshotId, total_bytes_processed: bytes, data_added: addedBytes } = summary
      return { snapshotId, bytes, addedBytes }
    },

    async restore(snapshotId, folder, signal) {
      await restic(['restore', checkSnapshotId(snapshotId), '--target=.'], 12 * hours, folder, signal)
    },

    async forget(snapshotIds) {
      if (snapshotIds.length > 0) await alone(['forget', ...snapshotIds.map(checkSnapshotId)], 10 * minutes)
    },

    async prune() {
      await alone(['prune'], 12 * hours)
    },

    async check(readData) {
      await alone(['check', ...(readData === undefined ? [] : [`--read-data-subset=${readData}`])], 12 * hours)
    },

    close: runner.close,
  }
}

/** restic takes a password from any file; one that others can read is no secret. */
const refuseOpenPassword = async (path: string): Promise<void> => {
  const { mode } = await stat(path).catch(error => {
    throw new RepositoryError(`the password file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`)
  })
  if ((mode & 0o077) !== 0) throw new RepositoryError(`other users can open the password file: chmod go= ${path}`)
  if ((await readFile(path, 'utf8')).trim() === '') throw new RepositoryError(`the password file ${path} is empty`)
}

const checkSnapshotId = (id: string): string => {
  if (!/^[0-9a-f]{8,64}$/.test(id)) throw new RangeError('the id of a snapshot is 8 to 64 hexadecimal digits')
  return id
}

/** A comma would end a tag, and names may have one. */
const writeTags = (tags: Tags): string[] =>
  Object.entries(tags).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)

const readTags = (tags: readonly string[]): Tags =>
  Object.fromEntries(
    tags.flatMap(tag => {
      const at = tag.indexOf('=')
      return at < 0 ? [] : [[tag.slice(0, at), decode(tag.slice(at + 1))]]
    }),
  )

/** A tag that somebody has written by hand is shown as it stands. */
const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
