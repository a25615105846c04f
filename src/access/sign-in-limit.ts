/**
 * Bounds guessing of passwords, by user name and by address. A name counts whether or not there is such a user, so
 * the limit tells nothing about who exists. An attempt counts from its beginning: guesses made side by side are as many
 * as guesses made one after the other.
 */
import { hash } from 'node:crypto'
import { isIPv6 } from 'node:net'

export interface SignInLimit {
  /** What `check` found, or how long nothing will be checked. Attempts whose check throws do not count as failed. */
  attempt(
    who: { userName: string; address: string },
    check: () => Promise<boolean>,
  ): Promise<boolean | { retryAfterSeconds: number }>
}

export interface SignInLimitOptions {
  /** Milliseconds. */
  now: () => number
  /** Failures within one window, after which attempts are refused for a window; then for two, four, eight … */
  failuresPerName?: number
  /** More, as a studio may share one address. */
  failuresPerAddress?: number
  windowMs?: number
  /** The longest refusal, and how long a refusal makes the next one longer. */
  longestMs?: number
  /** How many names and how many addresses are remembered. */
  most?: number
}

const minute = 60_000

export const createSignInLimit = ({
  now,
  failuresPerName = 10,
  failuresPerAddress = 100,
  windowMs = 15 * minute,
  longestMs = 24 * 60 * minute,
  most = 10_000,
}: SignInLimitOptions): SignInLimit => {
  const shared = { windowMs, longestMs, most }
  const names = createCounter({ ...shared, failures: failuresPerName })
  const addresses = createCounter({ ...shared, failures: failuresPerAddress })
  return {
    async attempt({ userName, address }, check) {
      const time = now()
      const name = names.entryOf(nameKey(userName), time)
      const origin = addresses.entryOf(addressKey(address), time)
      const waitMs = Math.max(names.waitMs(name, time), addresses.waitMs(origin, time))
      if (waitMs > 0) return { retryAfterSeconds: Math.ceil(waitMs / 1000) }
      name.pending++
      origin.pending++
      let isRight: boolean
      try {
        isRight = await check()
      } finally {
        name.pending--
        origin.pending--
      }
      if (isRight) {
        // Whoever knows the password ends the run against its name; against the address, guesses at other names count on.
        name.failures = 0
        name.refusals = 0
      } else {
        name.failures++
        origin.failures++
      }
      return isRight
    },
  }
}

interface Entry {
  failures: number
  /** Attempts being checked right now. */
  pending: number
  /** When the window began in which failures are counted. */
  since: number
  /** How often this was refused in a row. */
  refusals: number
  until: number
}

const createCounter = (limit: { failures: number; windowMs: number; longestMs: number; most: number }) => {
  const entries = new Map<string, Entry>()

  const isOver = (entry: Entry, time: number): boolean =>
    entry.pending === 0 &&
    time >= entry.since + limit.windowMs &&
    time >= entry.until + (entry.refusals > 0 ? limit.longestMs : 0)

  /** Makes room: first all that is over, else what has failed least, so that a flood of names clears no real run. */
  const makeRoom = (time: number): void => {
    let least: [key: string, weight: number] | undefined
    for (const [key, entry] of entries) {
      if (isOver(entry, time)) entries.delete(key)
      else {
        const weight = entry.pending * limit.failures + entry.failures + entry.refusals * limit.failures
        if (!least || weight < least[1]) least = [key, weight]
      }
    }
    if (entries.size >= limit.most && least) entries.delete(least[0])
  }

  return {
    entryOf(key: string, time: number): Entry {
      const known = entries.get(key)
      if (known && !isOver(known, time)) return known
      if (!known && entries.size >= limit.most) makeRoom(time)
      const entry = { failures: 0, pending: 0, since: time, refusals: 0, until: 0 }
      entries.set(key, entry)
      return entry
    },

    /** How long nothing is checked; 0: now. */
    waitMs(entry: Entry, time: number): number {
      if (time < entry.until) return entry.until - time
      if (time >= entry.since + limit.windowMs) {
        entry.failures = 0
        entry.since = time
      }
      if (entry.failures >= limit.failures) {
        const refusedMs = Math.min(limit.longestMs, limit.windowMs * 2 ** entry.refusals)
        entry.refusals++
        entry.failures = 0
        entry.until = time + refusedMs
        entry.since = entry.until
        return refusedMs
      }
      // As many as may still fail are being checked: their answers are a matter of seconds.
      return entry.failures + entry.pending >= limit.failures ? 1000 : 0
    },
  }
}

/** Of one length whatever is sent. Spellings that look alike count as one. */
const nameKey = (userName: string): string => hash('sha256', userName.normalize('NFKC').trim().toLowerCase(), 'base64')

/** A host has a whole /64 of IPv6 addresses, so that is what counts; an IPv4 address counts alone, however written. */
const addressKey = (address: string): string => {
  const text = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (!isIPv6(text)) return hash('sha256', text, 'base64')
  const [head = '', tail] = text.split('%')[0]?.split('::') ?? []
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array(Math.max(0, 8 - before.length - after.length)).fill('0')
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')
}
