/** When the next frame of a moving picture is begun. Times in ms. */
const mostPerSecond = 60
/**
 * More frames than this a second are made only as long as making them takes half the time: the programs of the desktop and
 * what goes exactly need the processor as well. Measured with two cores, there are fewer frames, and all are seen sooner.
 */
const anywayPerSecond = 30
/** One that was late does not make the next one wait, up to so long. */
const leniencyMs = 4
/** How many frames the time that one takes is averaged over, about. */
const memory = 16

export interface Pace {
  /** How long it is until then. */
  waitMs(): number
  begin(): void
  /** What was begun last has become a frame of video. */
  made(): void
  /** What was begun last goes over a link: the next one may be made meanwhile, and is to be sent when it has arrived. */
  sent(bytes: number, bytesPerSecond: number): void
  /** Others watch now, over other links: the next one waits for nothing. */
  restart(): void
}

export const createPace = (now: () => number = () => performance.now()): Pace => {
  let beganAt = 0
  let nextAt = 0
  let makingMs = 0
  const notBefore = (at: number) => {
    nextAt = Math.max(nextAt, at)
  }
  return {
    waitMs: () => nextAt - now(),
    begin() {
      beganAt = now()
      nextAt = Math.max(nextAt + 1000 / mostPerSecond, beganAt - leniencyMs)
    },
    made() {
      makingMs += (now() - beganAt - makingMs) / memory
      notBefore(Math.min(now() + makingMs, beganAt + 1000 / anywayPerSecond))
    },
    sent: (bytes, bytesPerSecond) => notBefore(beganAt + (bytes * 1000) / bytesPerSecond),
    restart() {
      nextAt = 0
    },
  }
}
