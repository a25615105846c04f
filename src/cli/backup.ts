/** `atelier backup`: copies of backups in a repository, and the way back from one. */
import { join } from 'node:path'
import { createRepository, type Repository, type Snapshot } from '../compute/repository/repository.ts'
import { RepositoryError } from '../compute/repository/runner.ts'
import type { Given } from './arguments.ts'
import type { Call, Values } from './call.ts'
import { all, type Group, idOf } from './group.ts'
import { CommandError, exitCodes, misused, type Terminal } from './terminal.ts'

const studioFlag = { '--studio-id': { takes: 'one', summary: 'needed where there are several studios' } } as const

export const backup: Group = {
  list: {
    takes: [],
    flags: {
      ...studioFlag,
      '--repository': { takes: 'none', summary: 'what is in the repository, of every server that copies there' },
    },
    summary: 'the READY backups of a studio, and how far their copies are',
    async run(task) {
      const { given, terminal } = task
      if (given.has('--repository')) return (await withRepository(terminal, snapshotsIn)).map(toRow)
      const { call } = task
      return await all(call, 'ListBackupCopies', { studioId: await studioOf(call, given) })
    },
  },
  restore: {
    takes: ['BACKUP'],
    flags: { ...studioFlag, '--owner': { takes: 'one', summary: 'whose it becomes, if not that of the same name' } },
    summary: 'brings a copy back as a backup that sessions of its owner can start from; BACKUP or its snapshot',
    async run({ call, words: [word = ''], given, terminal }) {
      const snapshot = await withRepository(terminal, repository => find(repository, word))
      const owner = given.get('--owner')?.[0] ?? snapshot.tags['owner-name']
      if (owner === undefined) throw misused('the copy does not say whose it is: give --owner NAME')
      const [studioId, ownedBy] = [await studioOf(call, given), await idOf(call, owner)]
      const answer = await call('RestoreBackupCopy', { studioId, ownedBy, snapshotId: snapshot.id })
      const { backupId } = answer.streamingSessionBackup as Values
      return await restored(call, { studioId, backupId }, terminal)
    },
  },
  init: {
    takes: [],
    summary: 'makes the repository that the settings name',
    async run({ terminal }) {
      await withRepository(terminal, repository => repository.init())
      return undefined
    },
  },
  check: {
    takes: [],
    flags: {
      '--read-data-subset': { takes: 'one', summary: 'how much of the data itself is read, as 5%, 1/10 or 2G' },
    },
    summary: 'whether everything in the repository is there and whole',
    async run({ given, terminal }) {
      const read = given.get('--read-data-subset')?.[0]
      if (read !== undefined && !/^(\d{1,3}(\.\d{1,3})?%|\d{1,6}\/\d{1,6}|\d{1,9}[kKmMgGtT]?)$/.test(read))
        throw misused('--read-data-subset must be like 5%, 1/10 or 2G')
      return await withRepository(terminal, async repository => {
        await repository.check(read)
        return { repository: repository.location, state: 'whole', dataRead: read ?? 'none' }
      })
    },
  },
}

const withRepository = async <Found>(terminal: Terminal, use: (repository: Repository) => Promise<Found>) => {
  const settings = terminal.repository()
  if (!settings)
    throw new CommandError(
      exitCodes.setup,
      'atelier backup: no repository is set: set ATELIER_BACKUP_REPOSITORY and ATELIER_BACKUP_PASSWORD_FILE, as the server has them',
    )
  const repository = createRepository({ ...settings, cacheFolder: join(terminal.home(), 'restic-cache') })
  try {
    return await use(repository)
  } catch (cause) {
    if (!(cause instanceof RepositoryError)) throw cause
    throw new CommandError(exitCodes.fault, `atelier backup: ${cause.message}`, { cause })
  } finally {
    await repository.close()
  }
}

/** The newest of each backup: of an attempt that was cut off, and then repeated, there are two. */
const snapshotsIn = async (repository: Repository): Promise<Snapshot[]> => [
  ...new Map((await repository.list()).map(snapshot => [snapshot.tags.backup ?? snapshot.id, snapshot])).values(),
]

const find = async (repository: Repository, word: string): Promise<Snapshot> => {
  const found = (await snapshotsIn(repository)).find(
    ({ id, tags }) => tags.backup === word || (word.length >= 8 && id.startsWith(word)),
  )
  if (found) return found
  throw new CommandError(
    exitCodes.refused,
    `The repository has no backup ${JSON.stringify(word)}: atelier backup list --repository`,
  )
}

const toRow = ({ id, time, tags }: Snapshot): Values => ({
  backupId: tags.backup,
  taken: time,
  owner: tags['owner-name'],
  studio: tags['studio-name'],
  launchProfile: tags['profile-name'],
  image: tags.image,
  sizeGiB: tags['size-gib'],
  sessionId: tags.session,
  snapshot: id.slice(0, 8),
})

const studioOf = async (call: Call, given: Given): Promise<unknown> => {
  const [asked] = given.get('--studio-id') ?? []
  if (asked !== undefined) return asked
  const studios = (await all(call, 'ListStudios')).filter(({ state }) => state !== 'DELETED')
  if (studios.length === 1) return studios[0]?.studioId
  throw misused(`there are ${studios.length} studios: give --studio-id`)
}

const lookEveryMs = 1000

/** The server ends every attempt within a day. */
const restored = async (call: Call, which: Values, { pause }: Terminal): Promise<Values> => {
  for (;;) {
    const { streamingSessionBackup } = await call('GetStreamingSessionBackup', which)
    const { backupId, ownedBy, state, statusMessage } = streamingSessionBackup as Values
    if (state === 'READY') return { backupId, ownedBy, state }
    if (state !== 'CREATE_IN_PROGRESS')
      throw new CommandError(exitCodes.failed, `The backup is ${state}: ${statusMessage}`)
    await pause(lookEveryMs)
  }
}
