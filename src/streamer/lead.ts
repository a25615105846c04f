/**
 * How far what was handed on is ahead of the time in which it is played. Who plays takes his time; who hands on may be a
 * little faster, by his clock or after a pause of the network.
 */
export const createLead = (mostMs: number, now: () => number = () => performance.now()) => {
  /** When everything handed on so far will have been played. */
  let playedAt = 0
  return {
    /** Whether a piece of this length may follow; it counts if so. */
    takes(lengthMs: number): boolean {
      const from = Math.max(playedAt, now())
      if (from + lengthMs - now() > mostMs) return false
      playedAt = from + lengthMs
      return true
    },
  }
}
