/**
 * What stands between sound that arrives now and then and a speaker that wants a little of it all the time: as much is
 * kept as the network is uneven, and no more. Runs where the sound is made (`speaker-worklet.ts`).
 *
 * What counts is how little was kept at the worst moment of the last half second. Less than nothing is a gap that is heard:
 * then more is kept from now on. More than is wanted is delay for nothing: then some is left out, blended over.
 */
export interface Playout {
  /** Stereo, as long as each other; made at this time of the desktop's clock, ms. */
  push(at: number, left: Float32Array, right: Float32Array): void
  /** Fills both with what is to be heard next. */
  pull(left: Float32Array, right: Float32Array): void
  /** Nothing more comes for now: what is there is played to its end. */
  finish(): void
  /** Keeps so much more than the network needs, ms, so that pictures that take longer are not left behind. */
  hold(ms: number): void
  /** When what is heard next was made, on the desktop's clock, ms; undefined while nothing is heard. */
  heardAt(): number | undefined
  /** How often it ran dry while sound was still to come. */
  readonly gaps: number
}

/** Kept at first, and at the worst moment, ms. */
const firstMs = 45
const leastMs = 15
/** More is left out. */
const tooMuchMs = 15
/** After a gap so much more is kept, ms, up to a bound; and half as much less after so many looks without one. */
const gapMs = 20
const mostExtraMs = 200
const calmLooks = 10
/** The worst moment is looked for in so long, ms. */
const lookMs = 500
/** Less is not worth a pause, ms. */
const pauseMs = 30
/** Whatever happens, this is the most that waits, ms. */
const mostMs = 1000
/** Of the blend where something is left out, and of beginnings and ends, ms. */
const rampMs = 5

export const createPlayout = (samplesPerSecond: number): Playout => {
  const samplesOf = (ms: number) => Math.round((ms * samplesPerSecond) / 1000)
  const size = samplesOf(2 * mostMs)
  const ramp = samplesOf(rampMs)
  const rings = [new Float32Array(size), new Float32Array(size)] as const
  let from = 0
  let waiting = 0
  /** Of the newest sample. */
  let madeUntil = 0
  let isPlaying = false
  let isFinished = false
  let gain = 0
  const last = [0, 0]
  let extraMs = 0
  let holdMs = 0
  let gaps = 0
  let least = Number.POSITIVE_INFINITY
  let pulled = 0
  let calm = 0

  const leaveOut = (samples: number) => {
    const count = Math.min(samples, waiting - ramp)
    if (count <= 0) return
    for (const ring of rings)
      for (let index = 0; index < ramp; index++) {
        const share = index / ramp
        const to = (from + count + index) % size
        ring[to] = (ring[(from + index) % size] ?? 0) * (1 - share) + (ring[to] ?? 0) * share
      }
    from = (from + count) % size
    waiting -= count
  }

  /** Looks back at the last half second. */
  const adapt = () => {
    const spare = least - samplesOf(leastMs + extraMs + holdMs)
    if (least !== Number.POSITIVE_INFINITY && isPlaying) {
      if (spare > samplesOf(tooMuchMs)) leaveOut(spare)
      // The pictures take longer now: a pause, after which there is enough.
      else if (spare < -samplesOf(pauseMs) && holdMs > 0) isPlaying = false
    }
    if (++calm >= calmLooks) {
      calm = 0
      extraMs = Math.max(0, extraMs - gapMs / 2)
    }
    least = Number.POSITIVE_INFINITY
    pulled = 0
  }

  const ranDry = () => {
    isPlaying = false
    if (isFinished) return
    gaps++
    calm = 0
    extraMs = Math.min(mostExtraMs, extraMs + gapMs)
  }

  return {
    push(at, left, right) {
      isFinished = false
      if (left.length > samplesOf(mostMs)) return
      for (const [index, samples] of [left, right].entries())
        for (let at = 0; at < left.length; at++) {
          const ring = rings[index]
          if (ring) ring[(from + waiting + at) % size] = samples[at] ?? 0
        }
      waiting += left.length
      madeUntil = at + (left.length * 1000) / samplesPerSecond
      if (waiting > samplesOf(mostMs)) leaveOut(waiting - samplesOf(firstMs + extraMs + holdMs))
    },
    pull(left, right) {
      if (!isPlaying && waiting > 0 && (isFinished || waiting >= samplesOf(firstMs + extraMs + holdMs)))
        isPlaying = true
      for (let at = 0; at < left.length; at++) {
        if (isPlaying && waiting === 0) ranDry()
        if (isPlaying) {
          gain = Math.min(1, gain + 1 / ramp)
          last[0] = rings[0][from] ?? 0
          last[1] = rings[1][from] ?? 0
          from = (from + 1) % size
          waiting--
        } else gain = Math.max(0, gain - 1 / ramp)
        left[at] = (last[0] ?? 0) * gain
        right[at] = (last[1] ?? 0) * gain
      }
      if (isPlaying) least = Math.min(least, waiting)
      pulled += left.length
      if (pulled >= samplesOf(lookMs)) adapt()
    },
    finish() {
      isFinished = true
    },
    hold(ms) {
      holdMs = ms
    },
    heardAt: () => (isPlaying ? madeUntil - (waiting * 1000) / samplesPerSecond : undefined),
    get gaps() {
      return gaps
    },
  }
}
