/** What the gateway is told of how it goes, so that it can be asked later whether it was the network or the workstation. */
import type { StreamingSessionStatistics } from '../../contract/types.ts'
import type { Measures } from './decoder.ts'

/** A connection that lasts but a moment is told of, too; every other once a minute. */
const firstAfterMs = 5000
const everyMs = 60_000

/**
 * Takes every measurement of a connection; gives what is to be told, when it is time. Rates are those of the busiest
 * second since the last time, because a desktop at rest sends nothing.
 */
export const createStatistics = (protocol: string, now: () => number = () => performance.now()) => {
  let dueAt = now() + firstAfterMs
  let roundTrips: number[] = []
  let frames = 0
  let bits = 0

  return (roundTripMs: number, measures: Measures | undefined): StreamingSessionStatistics | undefined => {
    roundTrips.push(roundTripMs)
    frames = Math.max(frames, measures?.picturesPerSecond ?? 0)
    bits = Math.max(bits, measures?.bitsPerSecond ?? 0)
    if (now() < dueAt) return undefined
    dueAt = now() + everyMs
    const roundTripInMilliseconds = Math.round(medianOf(roundTrips))
    const rates = { framesPerSecond: Math.round(frames), kilobitsPerSecond: Math.round(bits / 1000) }
    roundTrips = []
    frames = 0
    bits = 0
    if (!measures) return { roundTripInMilliseconds, decoder: protocol.toUpperCase() }
    const { latency, decoder, encoder, width, height } = measures
    return {
      ...{ roundTripInMilliseconds, ...rates, width, height },
      ...(latency && {
        latencyP50InMilliseconds: Math.round(latency.p50),
        latencyP95InMilliseconds: Math.round(latency.p95),
      }),
      ...(decoder !== undefined && { decoder }),
      ...(encoder !== undefined && { encoder }),
    }
  }
}

const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
