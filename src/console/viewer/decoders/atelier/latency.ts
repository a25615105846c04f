/** From a hand that moves to the picture that shows it: how long it took, of the last so many times. */
const kept = 200
/** Inputs that the desktop has not told of. One that tells of none costs no more memory than these. */
const awaited = 1000
/** What is older tells nothing of now, ms. */
const withinMs = 60_000

export const createLatency = (now: () => number = () => performance.now()) => {
  const sentAt = new Map<number, number>()
  const took: { ms: number; at: number }[] = []
  let next = 0
  /** The newest input that the pictures from now on show. */
  let echoed: number | undefined

  return {
    /** The number to send an input with. */
    number(): number {
      next = (next + 1) >>> 0
      sentAt.set(next, now())
      const [oldest] = sentAt.keys()
      if (sentAt.size > awaited && oldest !== undefined) sentAt.delete(oldest)
      return next
    },
    echo(input: number) {
      echoed = input
    },
    seen() {
      if (echoed === undefined) return
      const at = sentAt.get(echoed)
      for (const number of sentAt.keys()) if (number <= echoed) sentAt.delete(number)
      echoed = undefined
      if (at === undefined) return
      took.push({ ms: now() - at, at: now() })
      if (took.length > kept) took.shift()
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
