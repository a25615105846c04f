/**
 * Measures the round trip, and notices a connection that is dead without being closed, as after a change of networks:
 * a ping is out, and nothing at all has come since. The gateway sends every short text back as it came; the bytes of
 * the desktop are binary, and count as a sign of life too, since the answer may stand behind many of them.
 *
 * The gateway listens as well: what is held down on the desktop comes up when a viewer is silent (`src/gateway/pipe.ts`).
 */
import { patienceMs } from './reconnect.ts'

const lookEveryMs = 250
const pingEveryMs = 1000
/** Without an answer for so long, or for several round trips where those are long, it is dead. */
const deadAfterMs = 2500
/** Likewise after something has happened that may well have ended it. */
const doubtfulMs = 1000

export interface Pulse {
  /** Something has come over the connection; a text is the answer to a ping. */
  hear(isAnswer: boolean): void
  /** The network has changed, or this computer has slept: whoever is still there answers at once. */
  doubt(): void
  stop(): void
}

export const startPulse = (socket: WebSocket, on: { answered(roundTripMs: number): void; died(): void }): Pulse => {
  let sentAt: number | undefined
  let nextAt = 0
  let heardAt = 0
  let roundTripMs = 0
  let limitMs = deadAfterMs
  const look = () => {
    if (socket.readyState !== WebSocket.OPEN) return
    const now = performance.now()
    if (sentAt !== undefined) {
      if (now - Math.max(sentAt, heardAt) > patienceMs(limitMs, roundTripMs)) on.died()
    } else if (now >= nextAt) {
      sentAt = now
      nextAt = now + pingEveryMs
      socket.send('ping')
    }
  }
  const timer = setInterval(look, lookEveryMs)
  look()
  return {
    hear(isAnswer) {
      heardAt = performance.now()
      if (!isAnswer || sentAt === undefined) return
      roundTripMs = Math.round(heardAt - sentAt)
      sentAt = undefined
      limitMs = deadAfterMs
      on.answered(roundTripMs)
    },
    doubt() {
      nextAt = 0
      limitMs = doubtfulMs
      look()
    },
    stop: () => clearInterval(timer),
  }
}
