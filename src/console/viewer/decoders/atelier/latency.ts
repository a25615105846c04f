/** From a hand that moves to the picture that shows it: how long it took, of the last so many times. */
const kept = 200
/** Inputs that the desktop has not told of. One that tells of none costs no more memory than these. */
const mostUntold = 1000
/** Pictures that it has told of and that were not seen yet. Some never are. */
const mostUnseen = 100
/** What is older tells nothing of now, ms. */
const withinMs = 60_000

export const createLatency = (now: () => number = () => performance.now()) => {
  const sentAt = new Map<number, number>()
  const took: { ms: number; at: number }[] = []
  let next = 0
  /** By the ordinal of the first picture that shows it, an input. */
  const unseen = new Map<number, number>()
  let last: { ordinal: number; at: number } | undefined

  const note = (input: number, seenAt: number) => {
    const at = sentAt.get(input)
    for (const number of sentAt.keys()) if (number <= input) sentAt.delete(number)
    if (at === undefined) return
    took.push({ ms: seenAt - at, at: seenAt })
    if (took.length > kept) took.shift()
  }

  return {
    /** The number to send an input with. */
    number(): number {
      next = (next + 1) >>> 0
      sentAt.set(next, now())
      const [oldest] = sentAt.keys()
      if (sentAt.size > mostUntold && oldest !== undefined) sentAt.delete(oldest)
      return next
    },
    /** The picture of this ordinal is the first that shows the input. */
    echo(input: number, ordinal: number) {
      if (last?.ordinal === ordinal) return note(input, last.at)
      unseen.set(ordinal, input)
      const [oldest] = unseen.keys()
      if (unseen.size > mostUnseen && oldest !== undefined) unseen.delete(oldest)
    },
    /** Whether it has to be told when this one is seen. */
    isAwaited: (ordinal: number) => unseen.has(ordinal),
    seen(ordinal: number) {
      last = { ordinal, at: now() }
      const input = unseen.get(ordinal)
      if (input === undefined) return
      unseen.delete(ordinal)
      note(input, last.at)
    },
    /** Milliseconds, of the last minute; undefined where nothing was measured in it. */
    view(): { p50: number; p95: number } | undefined {
      const recent = took.filter(({ at }) => at > now() - withinMs)
      const sorted = recent.map(({ ms }) => ms).toSorted((a, b) => a - b)
      const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
      const [p50, p95] = [at(0.5), at(0.95)]
      return p50 === undefined || p95 === undefined ? undefined : { p50, p95 }
    },
  }
}
