/**
 * What a viewer tells of its connection: how long the picture takes, and how much of that is the network's. It comes
 * from a browser, so it is anything at all until it has been looked at.
 */
import { fromJson } from '../contract/decode.ts'
import { ApiError } from '../contract/errors.ts'
import type { StreamingSessionStatistics } from '../contract/types.ts'
import { fits } from '../contract/validate.ts'

/** A viewer tells once a minute; what comes sooner than this after the last time is left alone, ms. */
const leastMs = 4000

/** The statistics in a text, as the model has them; undefined where it is anything else. */
export const readStatistics = (text: string): StreamingSessionStatistics | undefined => {
  try {
    const told = (fromJson(JSON.parse(text), 'StreamingSessionStatistics', '') ?? {}) as StreamingSessionStatistics
    // Which stream it is, and what time, the gateway knows for itself.
    const { measuredAt, streamId, ...measured } = told
    return fits(measured, 'StreamingSessionStatistics') ? measured : undefined
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ApiError) return undefined
    throw error
  }
}

/** Takes what one viewer tells, and passes on what is to be kept. */
export const createStatistics = (
  keep: (measured: StreamingSessionStatistics) => void,
  elapsed: () => number = () => performance.now(),
) => {
  let keptAt = Number.NEGATIVE_INFINITY
  return (text: string): void => {
    if (elapsed() - keptAt < leastMs) return
    keptAt = elapsed()
    const measured = readStatistics(text)
    if (measured) keep(measured)
  }
}
