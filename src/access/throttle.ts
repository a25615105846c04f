/** Token buckets (decision 24): each principal has one for each class of operation. */

export interface Limit {
  /** How fast a bucket fills. */
  perSecond: number
  /** How much it holds: what may be called at once after a rest. */
  burst: number
}

export interface Throttle<Class extends string = 'read' | 'write'> {
  /** Takes one call's worth. Where there is none left, the whole seconds after which it is worth to ask again. */
  take(principalId: string, kind: Class): { retryAfterSeconds: number } | undefined
}

/**
 * `now` in milliseconds. At most `most` buckets are kept, those used last; a bucket that is dropped is full when it is
 * made again, which only principals in such numbers could use.
 */
export const createThrottle = <Class extends string>({
  now,
  limits,
  most = 50_000,
}: {
  now: () => number
  limits: Readonly<Record<Class, Limit>>
  most?: number
}): Throttle<Class> => {
  const buckets = new Map<string, { tokens: number; at: number }>()
  return {
    take(principalId, kind) {
      const { perSecond, burst } = limits[kind]
      const name = `${kind} ${principalId}`
      const time = now()
      const bucket = buckets.get(name) ?? { tokens: burst, at: time }
      // A clock that was set back fills nothing, and takes nothing away.
      bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, time - bucket.at) / 1000) * perSecond)
      bucket.at = time
      // A Map keeps the order of insertion: put back at the end, the first is the one not used for longest.
      buckets.delete(name)
      buckets.set(name, bucket)
      const oldest = buckets.size > most ? buckets.keys().next().value : undefined
      if (oldest !== undefined) buckets.delete(oldest)
      if (bucket.tokens < 1) return { retryAfterSeconds: Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond)) }
      bucket.tokens -= 1
      return undefined
    },
  }
}
