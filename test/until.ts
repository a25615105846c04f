import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

const patienceMs = 20_000

/** The longer it has waited the less often it looks, as looking takes time from what is waited for. */
const shortestPauseMs = 25
const longestPauseMs = 250
const shareOfWait = 0.1

/** Looks until something is there. For what happens outside this process, and tells nobody when it has. */
export const until = async <Found>(
  what: string,
  look: () => Found | undefined | false | '' | Promise<Found | undefined | false | ''>,
  limitMs = patienceMs,
): Promise<Found> => {
  const began = performance.now()
  for (;;) {
    const found = await look()
    if (found) return found
    const waitedMs = performance.now() - began
    if (waitedMs > limitMs) throw new assert.AssertionError({ message: `waited in vain until ${what}` })
    await sleep(Math.min(Math.max(shortestPauseMs, waitedMs * shareOfWait), longestPauseMs))
  }
}
