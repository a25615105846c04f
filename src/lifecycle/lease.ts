import type { Logger } from 'pino'
import type { Db } from '../store/database.ts'
import { type AnyRow, moveLease, type ResourceTable, resourceById } from '../store/resources.ts'

export interface Held {
  /** Aborted when somebody has moved the row, and has other plans for what is worked on; and at the end. */
  signal: AbortSignal
  /** Rejects when somebody has moved the row: whoever has it next need not wait for a step that hears no signal. */
  lost: Promise<never>
  /** What the lease is by then. */
  end(): Promise<number>
}

/** How long a delete waits at most for a step that takes its time, ms. */
const lookMs = 500

/** Given to every signal at the end of its step: an error that Node makes each time costs more than a statement. */
const over = new Error('the step is over')

export interface HoldOptions {
  db: Db
  now: () => number
  log: Logger
}

/** Keeps the lease of a row alive while a step runs, and sees whether it is still wanted. */
export const holdRow = ({ db, now, log }: HoldOptions, table: ResourceTable, row: AnyRow, leaseMs: number): Held => {
  const unwanted = new AbortController()
  const lost = Promise.withResolvers<never>()
  lost.promise.catch(() => {
    // Told by the signal as well; nobody may be waiting any more.
  })
  let lease = row.leaseUntil
  let working: Promise<void> = Promise.resolve()
  // What fails is done again in time: a lease is renewed three times over, and who takes the row repeats the step.
  const every = (ms: number, work: () => Promise<void>) =>
    setInterval(() => {
      working = working
        .then(work)
        .catch(error => log.warn({ err: error, table, id: row.id }, 'a row in work could not be looked at'))
    }, ms)
  const timers = [
    every(leaseMs / 3, async () => {
      const until = now() + leaseMs
      if (await moveLease(db, table, row.id, lease, until)) lease = until
    }),
    every(lookMs, async () => {
      if ((await resourceById(db, table, row.id))?.state === row.state) return
      const moved = new Error('somebody has moved the row')
      unwanted.abort(moved)
      lost.reject(moved)
    }),
  ]
  return {
    signal: unwanted.signal,
    lost: lost.promise,
    async end() {
      for (const timer of timers) clearInterval(timer)
      unwanted.abort(over)
      await working
      return lease
    },
  }
}
