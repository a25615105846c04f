/** How long after the last time the connection is tried again, in milliseconds; `attempt` counts from 0. */
export const backOffMs = (attempt: number): number => [250, 500][attempt] ?? 1000

/** Something that takes a few round trips gets several of those that were measured, and never less than `leastMs`. */
export const patienceMs = (leastMs: number, roundTripMs: number): number => Math.max(leastMs, 8 * roundTripMs)

/**
 * For how long a try may go unanswered before there is another one, in milliseconds. Whatever was sent into a network
 * that is down is sent again by TCP after one second, three, seven: a new try is sooner there. Now and then one has
 * more time, for a network that is slower than the one before.
 */
export const tryMs = (attempt: number, roundTripMs: number): number =>
  patienceMs(attempt % 4 === 3 ? 2500 : 1500, roundTripMs)

/** The code by which the gateway says that the desktop is to be had in another protocol only. */
export const otherProtocol = 4005

export type Ending = 'stopped' | 'forbidden' | 'gone' | 'unable'

/**
 * Whether a closed connection is the end, and which. Codes from 4000 are the gateway's own words; anything below is a
 * network, a proxy or a server that went away, and comes back.
 */
export const endingOfClose = (code: number): Ending | undefined => {
  if (code === otherProtocol) return undefined
  if (code === 4001) return 'stopped'
  if (code === 4003) return 'forbidden'
  return code >= 4000 ? 'gone' : undefined
}

/** Whether a refusal to open the stream is the end, and which. */
export const endingOfStatus = (status: number): Ending | undefined => {
  if (status === 409) return 'stopped'
  if (status === 403) return 'forbidden'
  // Too many requests, a time-out and every 5xx pass.
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'gone' : undefined
}
