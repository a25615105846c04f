/**
 * Compares what a driver keeps with what the rows say. What no row owns is removed; a session whose machine is gone
 * is stopped, with the reason. The inventory is always read before the rows: a row is written before anything is made
 * for it, so whatever the inventory shows of a living session has its row by then. Rows are asked for by what the
 * inventory shows and by the states that have a machine, so a round costs what runs and not what was ever made.
 */
import type { Logger } from 'pino'
import type { Driver, Inventory } from '../compute/driver.ts'
import { keptBackupsAmong } from '../store/backups.ts'
import { purgeClientTokens } from '../store/client-tokens.ts'
import type { Db } from '../store/database.ts'
import { purgeSignIns } from '../store/principals.ts'
import { atOnce, resourceById } from '../store/resources.ts'
import { purgeStatistics } from '../store/session-statistics.ts'
import { sessionsAmong, sessionsIn } from '../store/sessions.ts'
import { purgeStreams } from '../store/streams.ts'
import { createRounds, type Rounds } from './rounds.ts'
import { isStoppable, withMachine, withVolume } from './session.ts'
import { sessionNoun } from './session-steps.ts'
import { ask, type LifecycleSettings } from './transition.ts'
import { sessionOf, volumeId, volumeOf } from './volume.ts'

export interface SweepOptions {
  db: Db
  driver: Driver
  now: () => number
  settings: LifecycleSettings
  log: Logger
  /** Called when the sweep has given rows work. */
  wake: () => void
  everyMs?: number
  /** How long a round waits for what it asks of the driver. */
  patienceMs?: number
}

/** How long client tokens are remembered (decision 12). */
const clientTokenMs = 24 * 3_600_000
/** How long it is told what viewers have measured. */
const statisticsMs = 24 * 3_600_000

export const createSweep = (options: SweepOptions): Rounds => {
  const attempt = createAttempts(options)
  return createRounds(() => sweep(options, attempt), {
    everyMs: options.everyMs ?? 2000,
    log: options.log,
    failed: 'the sweep failed; it is tried again',
  })
}

type Attempt = <Result>(what: string, work: () => Promise<Result>) => Promise<Result | undefined>

/**
 * What hangs, as on a disk that does not answer, must hold up nobody else: after a while the round goes on without it,
 * and it is not begun again before it has ended. Undefined where it fails or has not ended.
 */
const createAttempts = ({ log, patienceMs = 10_000 }: SweepOptions): Attempt => {
  const unfinished = new Set<string>()
  return async (what, work) => {
    if (unfinished.has(what)) return undefined
    unfinished.add(what)
    const done = work()
      .catch(error => {
        log.error({ err: error, what }, 'a part of the sweep failed; it is tried again')
        return undefined
      })
      .finally(() => unfinished.delete(what))
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>(resolve => {
      timer = setTimeout(() => {
        log.warn({ what, patienceMs }, 'a part of the sweep does not end; the rest goes on')
        resolve(undefined)
      }, patienceMs)
    })
    return await Promise.race([done, late]).finally(() => clearTimeout(timer))
  }
}

const sweep = async (options: SweepOptions, attempt: Attempt): Promise<void> => {
  const { db, driver, now } = options
  const found = await attempt('inventory', () => driver.inventory())
  const sessions = await sessionsIn(db, withMachine)
  await Promise.all([
    found && removeOrphans(options, attempt, found, sessions),
    findLost(options, attempt, found, sessions),
  ])

  await purgeClientTokens(db, now() - clientTokenMs)
  await purgeStreams(db, now() - options.settings.limits.deletedRetention)
  await purgeSignIns(db, now())
  await purgeStatistics(db, now() - statisticsMs)
}

type Sessions = Awaited<ReturnType<typeof sessionsIn>>

const removeOrphans = async (
  { db, driver, log }: SweepOptions,
  attempt: Attempt,
  found: Inventory,
  sessions: Sessions,
): Promise<void> => {
  const machines = new Set(sessions.map(row => row.id))
  const owners = await sessionsAmong(db, [...new Set(found.volumes.map(sessionOf))], withVolume)
  // The volume there is, and the one that a start restores.
  const volumes = new Set(owners.flatMap(row => [volumeId(row.id, row.volumeNumber), volumeOf(row)]))
  const backups = new Set(await keptBackupsAmong(db, found.backups))

  const remove = async (what: string, ids: string[], owned: Set<string>, by: (id: string) => Promise<void>) => {
    for (const id of ids.filter(id => !owned.has(id)))
      await attempt(`remove ${what} ${id}`, async () => {
        log.warn({ what, id }, 'an orphan is removed')
        await by(id)
      })
  }
  await remove('machine', found.machines, machines, driver.removeMachine)
  await remove('volume', found.volumes, volumes, driver.removeVolume)
  await remove('backup', found.backups, backups, driver.removeBackup)
}

/** Without an inventory, every machine is looked at. All at once: who hangs takes seconds to be found broken. */
const findLost = async (
  options: SweepOptions,
  attempt: Attempt,
  found: Inventory | undefined,
  sessions: Sessions,
): Promise<void> => {
  const machines = found && new Set(found.machines)
  const look = async (id: string) => {
    const isThere = (machines?.has(id) ?? true) && (await options.driver.observe(id)) === 'running'
    if (!isThere) await reportLost(options, id)
  }
  const inUse = sessions.filter(row => row.state === 'READY')
  await Promise.all(inUse.map(({ id }) => attempt(`look at machine ${id}`, () => look(id))))
}

/** A READY session without its machine: stopped, or deleted where its profile knows no stop. */
const reportLost = async ({ db, driver, now, settings, log, wake }: SweepOptions, id: string): Promise<void> => {
  const row = await resourceById(db, 'session', id)
  // It may have become READY, or have been stopped, after the inventory was read.
  if (row?.state !== 'READY' || (await driver.observe(id)) === 'running') return
  const by = (await driver.endOf(id)) === 'outOfMemory' ? 'system:outOfMemory' : 'system:machineLost'
  log.warn({ id, by }, 'the machine of a session is gone')
  const verb = isStoppable(row) ? 'stop' : 'delete'
  const moved = await atOnce(db, transaction =>
    ask(transaction, sessionNoun, row, verb, { now: now(), by, limits: settings.limits }),
  )
  if (moved) wake()
}
