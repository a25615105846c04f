import type { Db } from '../store/database.ts'
import { type AnyRow, moveLease, type ResourceTable, resourceById } from '../store/resources.ts'

export interface Held {
  /** Aborted when somebody has moved the row, and has other plans for what is worked on; and at the end. */
  signal: AbortSignal
  /** What the lease is by then. */
  end(): Promise<number>
}

/** How long a delete waits at most for a step that takes its time, ms. */
const lookMs = 500

/** Keeps the lease of a row alive while a step runs, and sees whether it is still wanted. */
export const holdRow = (db: Db, table: ResourceTable, row: AnyRow, now: () => number, leaseMs: number): Held => {
  const unwanted = new AbortController()
  let lease = row.leaseUntil
  let working: Promise<void> = Promise.resolve()
  const every = (ms: number, work: () => Promise<void>) =>
    setInterval(() => {
      working = working.then(work)
    }, ms)
  const timers = [
    every(leaseMs / 3, async () => {
      const until = now() + leaseMs
      if (await moveLease(db, table, row.id, lease, until)) lease = until
    }),
    every(lookMs, async () => {
      if ((await resourceById(db, table, row.id))?.state !== row.state) unwanted.abort()
    }),
  ]
  return {
    signal: unwanted.signal,
    async end() {
      for (const timer of timers) clearInterval(timer)
      unwanted.abort()
      await working
      return lease
    },
  }
}
