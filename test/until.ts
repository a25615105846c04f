import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

const patienceMs = 20_000
const pauseMs = 25

/** Looks until something is there. For what happens outside this process, and tells nobody when it has. */
export const until = async <Found>(
  what: string,
  look: () => Found | undefined | false | '' | Promise<Found | undefined | false | ''>,
  limitMs = patienceMs,
): Promise<Found> => {
  const end = Date.now() + limitMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > end) throw new assert.AssertionError({ message: `waited in vain until ${what}` })
    await sleep(pauseMs)
  }
}
