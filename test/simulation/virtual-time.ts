/**
 * Time and chance of this process, taken over for a while. Nothing waits: whatever asked for a timer is called when all
 * that comes before it is done, and the clock then says that its moment has come. Whatever asks for random bytes gets
 * them from the seed. So a day takes milliseconds, and the same seed gives the same run to the last byte.
 */

/** Choices that follow from a seed. */
export interface Chance {
  /** At least 0, below 1. */
  next(): number
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number
  happens(probability: number): boolean
  /** Undefined only for an empty list. */
  pick<Item>(items: readonly Item[]): Item | undefined
}

export interface VirtualTime {
  /** Milliseconds since 1970, as the virtual clock shows them. */
  now(): number
  /** Resolves when the clock has moved on by so much. */
  sleep(ms: number): Promise<void>
  /** Lets time pass until `isOver` says so, one timer after the other; false when `limitMs` came first. */
  run(isOver: () => boolean, limitMs: number): Promise<boolean>
  /** The clock moves and no timer notices, as when the machine was off. */
  skip(ms: number): void
  /** Called after each timer, when all that followed from it is done; says whether it has begun something itself. */
  onTurn(look: () => boolean): void
  /** Gives time and chance back. */
  release(): void
}

/** Mulberry32: 32 bits of state are plenty for one run, and it is the shortest that passes the usual tests. */
export const createChance = (seed: number): Chance => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    happens: probability => next() < probability,
    pick: items => items[Math.floor(next() * items.length)],
  }
}

interface Timer {
  at: number
  /** Of two timers for one moment, the one that was asked for first is called first. */
  order: number
  everyMs: number | undefined
  call: () => void
  unref(): Timer
  ref(): Timer
}

export const takeOverTime = (start: number, seed: number): VirtualTime => {
  const given = { setTimeout, clearTimeout, setInterval, clearInterval }
  const { now: givenNow } = Date
  const { random: givenRandom } = Math
  const turnOver = setImmediate
  const chance = createChance(seed)
  const timers = new Set<Timer>()
  let asked = 0
  /** Since the start; unlike the clock, it never skips. */
  let elapsed = 0
  let skipped = 0
  let look: (() => boolean) | undefined

  const now = () => start + skipped + elapsed

  const add = (call: () => void, ms: number, everyMs?: number): Timer => {
    const timer: Timer = {
      at: elapsed + Math.max(1, ms || 0),
      order: asked++,
      everyMs,
      call,
      unref: () => timer,
      ref: () => timer,
    }
    timers.add(timer)
    return timer
  }
  const remove = (timer: Timer | undefined) => {
    if (timer) timers.delete(timer)
  }

  const take = (fakes: object) => Object.assign(globalThis, fakes)
  take({
    setTimeout: (call: () => void, ms = 0) => add(call, ms),
    setInterval: (call: () => void, ms = 0) => add(call, ms, Math.max(1, ms)),
    clearTimeout: remove,
    clearInterval: remove,
  })
  Date.now = now
  Math.random = chance.next
  Object.defineProperty(performance, 'now', { value: () => elapsed, configurable: true })
  Object.defineProperty(crypto, 'getRandomValues', {
    value: (bytes: Uint8Array) => bytes.map((_, i) => (bytes[i] = chance.between(0, 255))),
    configurable: true,
  })

  const first = (): Timer | undefined => {
    let found: Timer | undefined
    for (const timer of timers)
      if (!found || timer.at < found.at || (timer.at === found.at && timer.order < found.order)) found = timer
    return found
  }

  /** Everything here is promises and timers of ours, so after one turn of the real loop all that can be done is done. */
  const drain = async () => {
    const turn = () => new Promise<void>(resolve => turnOver(resolve))
    await turn()
    if (look?.()) await turn()
  }

  return {
    now,
    sleep: ms => new Promise(resolve => add(resolve, ms)),
    async run(isOver, limitMs) {
      const end = elapsed + limitMs
      await drain()
      while (!isOver()) {
        const timer = first()
        if (!timer || timer.at > end) {
          elapsed = end
          return false
        }
        elapsed = Math.max(elapsed, timer.at)
        if (timer.everyMs === undefined) timers.delete(timer)
        else timer.at = elapsed + timer.everyMs
        timer.call()
        await drain()
      }
      return true
    },
    skip(ms) {
      skipped += ms
    },
    onTurn(then) {
      look = then
    },
    release() {
      take(given)
      Date.now = givenNow
      Math.random = givenRandom
      for (const [owner, name] of [
        [performance, 'now'],
        [crypto, 'getRandomValues'],
      ] as const)
        Reflect.deleteProperty(owner, name)
    },
  }
}
