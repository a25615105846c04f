/**
 * Ends sessions that nobody uses, where their launch profile asks for it. A session is in use when a key or a pointer
 * was touched in it, or when its programs computed: a render left overnight is use, an open tab is none. It is idle
 * when neither has happened for as long as its policy says. Shortly before, its row says so, and its viewers with it;
 * any input takes that back. It is ended only by a look at what is so now, never by a moment noted before.
 *
 * What was seen is kept in memory: for a server that has just started, a session was used a moment ago, unless its row
 * says that it was about to end.
 */
import type { Logger } from 'pino'
import type { Activity, Driver } from '../compute/driver.ts'
import type { Db } from '../store/database.ts'
import { atOnce, changeResource } from '../store/resources.ts'
import { type SessionRow, sessionsThatMayIdle } from '../store/sessions.ts'
import { createRounds, type Rounds } from './rounds.ts'
import { isStoppable } from './session.ts'
import { sessionNoun } from './session-steps.ts'
import { ask, type LifecycleSettings } from './transition.ts'

export interface IdleWatchOptions {
  db: Db
  driver: Pick<Driver, 'activity'>
  now: () => number
  /** Milliseconds since an arbitrary moment: a clock that nobody sets. */
  elapsed: () => number
  settings: LifecycleSettings
  log: Logger
  /** Called when a session has been asked to end. */
  wake: () => void
  everyMs?: number
}

/** What was seen of a session, by the clock that nobody sets. */
interface Seen {
  usedAt: number
  lookedAt: number
  cpuMs: number
}

/** Longest warning. Of a short time to idle half is warning. */
const longestWarningMs = 5 * 60_000

const warning = 'Nobody uses this workstation, and none of its programs is at work: it ends by itself soon.'

export const createIdleWatch = (options: IdleWatchOptions): Rounds => {
  const { db, log, everyMs = 10_000 } = options
  let known = new Map<string, Seen>()
  const round = async () => {
    const rows = await sessionsThatMayIdle(db)
    const looks = rows.map(async row => {
      const seen = await look(options, row, known.get(row.id)).catch(error => {
        // What does not tell counts as in use: it is the sweep that sees to broken machines.
        log.debug({ err: error, id: row.id }, 'the use of a session cannot be told')
        return undefined
      })
      return seen && ([row.id, seen] as const)
    })
    known = new Map((await Promise.all(looks)).filter(seen => seen !== undefined))
  }
  return createRounds(round, { everyMs, log, failed: 'the watch for idle sessions failed; it is tried again' })
}

type WatchedRow = SessionRow & { idleAfterMs: number }

const look = async (options: IdleWatchOptions, row: SessionRow, before: Seen | undefined): Promise<Seen> => {
  const { driver, now, elapsed } = options
  const { idleAfterMs } = row
  if (idleAfterMs === null) throw new Error(`the session ${row.id} has no time to idle`)
  const activity = await driver.activity(row.id)
  const lookedAt = elapsed()
  const seen = { lookedAt, cpuMs: activity.cpuMs, usedAt: lastUse(row, activity, before, lookedAt, now()) }
  const leftMs = seen.usedAt + idleAfterMs - lookedAt
  // At the first look there is nothing to compare the programs' time with.
  if (leftMs <= 0 && before) await end(options, row)
  else await warn(options, { ...row, idleAfterMs }, leftMs)
  return seen
}

const lastUse = (
  { idleAfterMs, idleAt, idleCpuPercent }: SessionRow,
  { idleMs, cpuMs }: Activity,
  before: Seen | undefined,
  lookedAt: number,
  now: number,
): number => {
  const input = lookedAt - idleMs
  if (!before) {
    const unseen = idleAt === null ? lookedAt : lookedAt + (idleAt - now) - (idleAfterMs ?? 0)
    return Math.max(input, unseen)
  }
  const load = (cpuMs - before.cpuMs) / Math.max(1, lookedAt - before.lookedAt)
  return Math.max(input, before.usedAt, load * 100 >= (idleCpuPercent ?? 0) ? lookedAt : 0)
}

/** Says in the row that the end is near, or that it is near no longer. */
const warn = async ({ db, now }: IdleWatchOptions, row: WatchedRow, leftMs: number): Promise<void> => {
  const isNear = leftMs <= Math.min(longestWarningMs, row.idleAfterMs / 2)
  const idleAt = isNear ? Math.round(now() + Math.max(0, leftMs)) : null
  const isSame = idleAt === null || row.idleAt === null ? idleAt === row.idleAt : Math.abs(idleAt - row.idleAt) < 1000
  if (isSame) return
  const change = { idleAt, statusMessage: isNear ? warning : null }
  await changeResource(db, 'session', { id: row.id, state: 'READY' }, change)
}

const end = async ({ db, now, settings, log, wake }: IdleWatchOptions, row: SessionRow): Promise<void> => {
  log.info({ id: row.id }, 'a session that nobody uses is ended')
  const verb = isStoppable(row) ? 'stop' : 'delete'
  const moved = await atOnce(db, transaction =>
    ask(transaction, sessionNoun, row, verb, { now: now(), by: 'system:idle', limits: settings.limits }),
  )
  if (moved) wake()
}
