import type { Logger } from 'pino'

/** Work that is done again and again, never twice at a time. */
export interface Rounds {
  /** One round, now; the one under way, if there is one. */
  once(): Promise<void>
  /** After the round under way there is no more. */
  close(): Promise<void>
}

/**
 * The first round begins after `everyMs`, each other one as long after the one before. `failed` is what the log says.
 * `work` can ask whether it is the last time, and need not be finished.
 */
export const createRounds = (
  work: (isClosed: () => boolean) => Promise<void>,
  { everyMs, log, failed }: { everyMs: number; log: Logger; failed: string },
): Rounds => {
  let round: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const once = () => {
    clearTimeout(timer)
    round ??= work(() => closed)
      .catch(error => log.error({ err: error }, failed))
      .finally(() => {
        round = undefined
        if (!closed) timer = setTimeout(once, everyMs).unref()
      })
    return round
  }

  timer = setTimeout(once, everyMs).unref()
  return {
    once,
    async close() {
      closed = true
      clearTimeout(timer)
      await round
    },
  }
}
