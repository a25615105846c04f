/**
 * Does the work that rows ask for. A row whose `dueAt` has come is taken under a lease, its next step is done and
 * written down, and the row is looked at again. The row is all there is to know: a nudge says *that* there is work,
 * never *which*, and the road after a crash is the road of every day.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type Driver, DriverError } from '../compute/driver.ts'
import type { Repository } from '../compute/repository/repository.ts'
import type { Db } from '../store/database.ts'
import { faultOf } from '../store/faults.ts'
import {
  type AnyChange,
  type AnyRow,
  askForDue,
  changeAny,
  claimDue,
  deleteResource,
  dropLeases,
  moveLease,
} from '../store/resources.ts'
import { backupNoun } from './backup-steps.ts'
import { holdRow } from './lease.ts'
import { launchProfileNoun, streamingImageNoun, studioComponentNoun, studioNoun } from './resource-steps.ts'
import { sessionNoun } from './session-steps.ts'
import { type AnyNoun, arrive, ask, earliest, Failure, giveUp, type LifecycleSettings, specOf } from './transition.ts'

export interface Reconciler {
  /** There may be work. */
  wake(): void
  /** Resolves when no row has work that is due. For tests and for a clean end. */
  settle(): Promise<void>
  /** Takes no more rows, and waits for the steps that are being done; what can be cut off is. */
  close(): Promise<void>
}

export interface ReconcilerOptions {
  db: Db
  driver: Driver
  repository?: Repository | undefined
  now: () => number
  settings: LifecycleSettings
  log: Logger
  /** Rows worked on at once. */
  workers?: number
  leaseMs?: number
  /** How often to look without being woken: other servers may have written. */
  pollMs?: number
  /** Wait after the first unexpected failure of a step; it doubles with each. */
  backOffMs?: number
}

/** Why steps are cut off when the server ends: an error that Node makes each time costs more than a statement. */
const ended = new Error('the server ends')

/** Unexpected failures of one step before the attempt is given up. */
const mostAttempts = 4

const nouns = [
  studioNoun,
  studioComponentNoun,
  streamingImageNoun,
  launchProfileNoun,
  sessionNoun,
  backupNoun,
] as unknown as readonly AnyNoun[]
const tables = nouns.map(({ table }) => table)

export const createReconciler = async (options: ReconcilerOptions): Promise<Reconciler> => {
  const { db, now, log, workers = 32, leaseMs = 30_000, pollMs = 1000 } = options
  const nextDue = askForDue(db, tables)
  const busy = new Set<Promise<void>>()
  let looking: Promise<void> | undefined
  let again = false
  const closing = new AbortController()
  let timer: NodeJS.Timeout | undefined

  for (const noun of nouns) await dropLeases(db, noun.table)

  const look = async () => {
    let earliestDue = Number.POSITIVE_INFINITY
    // With all workers busy there is nothing to look for: the first that is done looks again.
    const due = busy.size < workers ? await nextDue(now()) : new Map<AnyNoun['table'], number>()
    for (const noun of nouns) {
      const dueAt = due.get(noun.table) ?? Number.POSITIVE_INFINITY
      if (dueAt > now()) earliestDue = Math.min(earliestDue, dueAt)
      else if (await begin(noun)) again = true
    }
    clearTimeout(timer)
    if (!closing.signal.aborted) timer = setTimeout(wake, Math.min(pollMs, Math.max(0, earliestDue - now()))).unref()
  }

  /** Takes up rows of one kind that are due; whether there were any. */
  const begin = async (noun: AnyNoun): Promise<boolean> => {
    const limit = workers - busy.size
    if (limit <= 0 || closing.signal.aborted) return false
    const { table } = noun
    const rows = await claimDue(db, table, { now: now(), leaseUntil: now() + leaseMs, limit })
    for (const row of rows) {
      const job = work({ ...options, closing: closing.signal }, leaseMs, noun, row)
        .catch(error => log.error({ err: error, table, id: row.id }, 'a row could not be worked on'))
        .finally(() => {
          busy.delete(job)
          wake()
        })
      busy.add(job)
    }
    return rows.length > 0
  }

  const wake = () => {
    if (closing.signal.aborted) return
    again = true
    looking ??= (async () => {
      while (again && !closing.signal.aborted) {
        again = false
        await look().catch(error => {
          log.error({ err: error }, 'cannot look for work')
          timer = setTimeout(wake, pollMs).unref()
        })
      }
      looking = undefined
    })()
  }

  const settle = async () => {
    for (;;) {
      wake()
      await looking
      await Promise.all(busy)
      const due = [...(await nextDue(now())).values()]
      if (!looking && busy.size === 0 && due.every(at => at === undefined || at > now())) return
    }
  }

  wake()
  return {
    wake,
    settle,
    async close() {
      closing.abort(ended)
      clearTimeout(timer)
      await looking
      await Promise.all(busy)
    },
  }
}

interface Working extends ReconcilerOptions {
  /** Aborted when the server ends: a step may be cut off, and is done again by the next one. */
  closing: AbortSignal
}

/** Works on one row, under its lease, until it has no work left or somebody else has moved it. */
const work = async (options: Working, leaseMs: number, noun: AnyNoun, claimed: AnyRow): Promise<void> => {
  let row: AnyRow | undefined = claimed
  while (row && !options.closing.aborted) row = await oneStep(options, leaseMs, noun, row)
  if (row) await giveBack(options.db, noun, row)
}

/** The row after one piece of work; undefined when it has been given back. */
const oneStep = async (options: Working, leaseMs: number, noun: AnyNoun, row: AnyRow): Promise<AnyRow | undefined> => {
  const { db, now, settings } = options
  const spec = specOf(noun, row.state)
  const { limits } = settings
  if (row.dueAt === null || row.dueAt > now()) return giveBack(db, noun, row)
  if (spec.within) {
    if (!row.givenUp && now() >= (row.deadline ?? 0))
      return write(db, noun, row, giveUp(noun, row, tooLong(row), now(), limits))
    return doStep(options, leaseMs, noun, row)
  }
  if (spec.forgetAfter) {
    await untilWritten(() => deleteResource(db, noun.table, row))
    return undefined
  }
  const asked = dueOf(spec.at, row, now())
  if (asked) {
    const moment = { now: now(), by: noun.timekeeper?.(row) ?? 'system', limits }
    return (await untilWritten(() => ask(db, noun, row, asked, moment))) ?? giveBack(db, noun, row)
  }
  const step = dueOf(spec.meanwhile, row, now())
  const change = step ? await noun.steps[step]?.({ ...options, now: now() }, row) : {}
  return write(db, noun, row, { ...change, dueAt: earliest(spec, { ...row, ...change }) ?? null })
}

/** Does the step that the row is at, and writes down that it is done, or that it failed. */
const doStep = async (
  { db, driver, repository, now, settings, log, backOffMs = 250, closing }: Working,
  leaseMs: number,
  noun: AnyNoun,
  row: AnyRow,
): Promise<AnyRow | undefined> => {
  const spec = specOf(noun, row.state)
  const steps = (row.givenUp ? spec.undo : spec.do) ?? []
  const step = row.step ?? ''
  const holding = holdRow({ db, now, log }, noun.table, row, leaseMs)
  const limitMs = row.givenUp ? leaseMs : Math.max(1, (row.deadline ?? 0) - now())
  const signal = AbortSignal.any([holding.signal, closing])
  const context = { db, driver, repository, now: now(), settings, log, signal }
  const doing = inTime(async () => noun.steps[step]?.(context, row), limitMs, step)
  const outcome = await Promise.race([doing, holding.lost]).then(
    change => ({ change: change ?? {} }),
    error => ({ error }),
  )
  const isWanted = !holding.signal.aborted
  const held = { ...row, leaseUntil: await holding.end() }
  if (!isWanted) return giveBack(db, noun, held)
  const proceed = (change: AnyChange) => {
    const next = steps[steps.indexOf(step) + 1]
    if (!next)
      return write(db, noun, held, { ...change, ...arrive(noun, { ...row, ...change }, now(), settings.limits) })
    const statusMessage = row.givenUp ? row.statusMessage : (noun.progress?.[next] ?? null)
    return write(db, noun, held, { ...change, step: next, attempts: 0, dueAt: now(), statusMessage })
  }
  if ('change' in outcome) return proceed(outcome.change)
  if (closing.aborted) return giveBack(db, noun, held)

  const { error } = outcome
  const attempts = row.attempts + 1
  log.warn({ err: error, table: noun.table, id: row.id, state: row.state, step, attempts }, 'a step failed')
  if (!row.givenUp && (error instanceof Failure || error instanceof DriverError))
    return write(db, noun, held, giveUp(noun, row, toldOf(error), now(), settings.limits))
  if (attempts < mostAttempts)
    return write(db, noun, held, { attempts, dueAt: now() + backOffMs * 2 ** (attempts - 1) })
  // What cannot be undone is left to the sweep, which goes on trying.
  if (row.givenUp) return proceed({})
  return write(db, noun, held, giveUp(noun, row, unexpected(noun, step), now(), settings.limits))
}

/** Writes a change of a row that is ours. A row that somebody else has moved is given back. */
const write = async (db: Db, noun: AnyNoun, row: AnyRow, change: AnyChange): Promise<AnyRow | undefined> => {
  // The step as well: two servers that took the row in the same millisecond hold the same lease.
  const { id, state, step, leaseUntil } = row
  const changed = await untilWritten(() => changeAny(db, noun.table, { id, state, step, leaseUntil }, change))
  return changed ?? giveBack(db, noun, row)
}

const giveBack = async (db: Db, noun: AnyNoun, row: AnyRow): Promise<undefined> => {
  await untilWritten(() => moveLease(db, noun.table, row.id, row.leaseUntil, 0))
}

const rewriteMs = 500
/** No longer than a lease lasts: after that the row is taken anew anyway. */
const longestRewriteMs = 30_000

/**
 * What the database cannot take now, because the disk is full, it is given again: the work is done, and only the note of
 * it is missing. Given up, the row would wait for its lease to end when there is room again.
 */
const untilWritten = async <Result>(write: () => Promise<Result>): Promise<Result> => {
  for (const end = performance.now() + longestRewriteMs; ; await pause(rewriteMs)) {
    try {
      return await write()
    } catch (error) {
      if (!faultOf(error) || performance.now() > end) throw error
    }
  }
}

const tooLong = (row: AnyRow) => ({
  code: 'INTERNAL_ERROR',
  message:
    `It took longer than it may (${row.state}${row.step ? `, at the step '${row.step}'` : ''}). ` +
    `Try again, or delete it; the server's log tells more.`,
})

const toldOf = (error: Failure | DriverError) => ({
  code: error.code,
  message: error instanceof DriverError ? error.statusMessage : error.message,
})

const unexpected = (noun: AnyNoun, step: string) => ({
  code: 'INTERNAL_ERROR',
  message:
    `'${noun.progress?.[step] ?? step}' failed for a reason that Atelier did not expect. ` +
    `Try again; if it stays, an administrator finds the cause in the server's log.`,
})

/** What time asks of the row by one of the columns; of several, that whose moment came first. */
const dueOf = (asks: Readonly<Record<string, string>> = {}, row: AnyRow, now: number): string | undefined =>
  Object.entries(asks)
    .map(([column, asked]) => ({ asked, moment: (row as unknown as Record<string, number | null>)[column] }))
    .filter(({ moment }) => typeof moment === 'number' && moment <= now)
    .sort((a, b) => (a.moment ?? 0) - (b.moment ?? 0))[0]?.asked

/** Longest delay that a timer of Node takes, ms. */
const longestTimer = 2 ** 31 - 1

const inTime = async <Result>(work: () => Promise<Result>, limitMs: number, step: string): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    const late = () => reject(new Error(`the step '${step}' did not end in time`))
    timer = setTimeout(late, Math.min(limitMs, longestTimer))
  })
  try {
    return await Promise.race([work(), limit])
  } finally {
    clearTimeout(timer)
  }
}
