import { setPriority } from 'node:os'
import { type Target, targets } from './targets.ts'

export interface Outcome {
  target: string
  rounds: number
  /** The seed of the round that went wrong, and how. */
  failed?: { seed: number; cause: unknown }
}

/**
 * Attacks all targets at the same time, for so long in all: each gets its share. The rounds of a target have the seeds
 * from `seed` on. What nobody caught is taken for the fault of the round during which it came.
 */
export const fuzz = async (options: {
  seconds: number
  seed: number
  only?: string | undefined
}): Promise<Outcome[]> => {
  // After everything else, but not so far behind that a busy machine never gets to it: a third of what others have.
  setPriority(5)
  const chosen = Object.entries(targets).filter(([name]) => options.only === undefined || name === options.only)
  const shareMs = (options.seconds * 1000) / chosen.length
  const uncaught: unknown[] = []
  const note = (cause: unknown) => uncaught.push(cause)
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
  try {
    return await Promise.all(chosen.map(([name, open]) => attack(name, open, shareMs, options.seed, uncaught)))
  } finally {
    process.off('uncaughtException', note)
    process.off('unhandledRejection', note)
  }
}

const attack = async (
  target: string,
  open: () => Promise<Target>,
  shareMs: number,
  first: number,
  uncaught: unknown[],
): Promise<Outcome> => {
  const { round, close } = await open()
  let rounds = 0
  try {
    for (const end = performance.now() + shareMs; performance.now() < end; rounds++) {
      const seed = first + rounds
      try {
        await round(seed)
        if (uncaught.length > 0) throw uncaught[0]
      } catch (cause) {
        return { target, rounds, failed: { seed, cause } }
      }
    }
    return { target, rounds }
  } finally {
    await close()
  }
}
