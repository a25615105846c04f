/**
 * Compares what a driver keeps with what the rows say. What no row owns is removed; a session whose machine is gone
 * is stopped, with the reason. The inventory is always read before the rows: a row is written before anything is made
 * for it, so whatever the inventory shows of a living session has its row by then. Rows are asked for by what the
 * inventory shows and by the states that have a machine, so a round costs what runs and not what was ever made.
 */
import type { Logger } from 'pino'
import type { Driver } from '../compute/driver.ts'
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
}

/** How long client tokens are remembered (decision 12). */
const clientTokenMs = 24 * 3_600_000
/** How long it is told what viewers have measured. */
const statisticsMs = 24 * 3_600_000

export const createSweep = (options: SweepOptions): Rounds =>
  createRounds(() => sweep(options), {
    everyMs: options.everyMs ?? 2000,
    log: options.log,
    failed: 'the sweep failed; it is tried again',
  })

const sweep = async (options: SweepOptions): Promise<void> => {
  const { db, driver, now, log } = options
  const found = await driver.inventory()
  const sessions = await sessionsIn(db, withMachine)
  const owners = await sessionsAmong(db, [...new Set(found.volumes.map(sessionOf))], withVolume)
  const machines = new Set(sessions.map(row => row.id))
  // The volume there is, and the one that a start restores.
  const volumes = new Set(owners.flatMap(row => [volumeId(row.id, row.volumeNumber), volumeOf(row)]))
  const backups = new Set(await keptBackupsAmong(db, found.backups))

  const remove = async (what: string, ids: string[], owned: Set<string>, by: (id: string) => Promise<void>) => {
    for (const id of ids.filter(id => !owned.has(id))) {
      log.warn({ what, id }, 'an orphan is removed')
      await by(id).catch(error => log.error({ err: error, what, id }, 'an orphan could not be removed'))
    }
  }
  await remove('machine', found.machines, machines, driver.removeMachine)
  await remove('volume', found.volumes, volumes, driver.removeVolume)
  await remove('backup', found.backups, backups, driver.removeBackup)

  const running = new Set(found.machines)
  // All at once: one that hangs takes seconds to be found broken, and the others are not to wait for it.
  const inUse = sessions.filter(row => row.state === 'READY')
  const seen = await Promise.all(inUse.map(({ id }) => (running.has(id) ? driver.observe(id) : 'absent')))
  for (const [at, { id }] of inUse.entries()) if (seen[at] !== 'running') await reportLost(options, id)

  await purgeClientTokens(db, now() - clientTokenMs)
  await purgeStreams(db, now() - options.settings.limits.deletedRetention)
  await purgeSignIns(db, now())
  await purgeStatistics(db, now() - statisticsMs)
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
