/** What the figures come to: every goal that is set for the streamer, held against what was found. */
import { type Goal, median, type Row, toLimitRow, toRow } from '../report.ts'
import type { Figure, Figures } from './measure.ts'

/** Of every round. `equal` is noVNC at the quality that gives pictures as good as ours. */
export type Found = Record<'ours' | 'noVNC' | 'equal' | 'Xpra', Figures[]>

interface Comparison {
  what: string
  figure: Figure
  unit: string
  /** Towards noVNC at its default; without one it is only told. */
  noVNC?: Goal
  equal?: Goal
  Xpra?: Goal
}

/** Twice as good. */
const half: Goal = { atMost: 0.5 }
const double: Goal = { atLeast: 2 }

const comparisons: readonly Comparison[] = [
  { what: 'idle: key to pixels, p50', figure: 'idle p50', unit: 'ms', noVNC: { atMost: 0.33 }, Xpra: half },
  { what: 'idle: key to pixels, p95', figure: 'idle p95', unit: 'ms', Xpra: half },
  { what: 'office: key to pixels, p50', figure: 'office p50', unit: 'ms', noVNC: { atMost: 1 }, Xpra: half },
  { what: 'office: key to pixels, p95', figure: 'office p95', unit: 'ms', noVNC: { atMost: 1 }, Xpra: half },
  { what: 'office: sent', figure: 'office Mbit/s', unit: 'Mbit/s', noVNC: { atMost: 0.12 }, Xpra: half },
  { what: 'video: pictures that are drawn', figure: 'video drawn/s', unit: '/s', noVNC: {}, equal: {}, Xpra: {} },
  {
    ...{ what: 'video: pictures that arrive', figure: 'video pictures/s', unit: '/s' },
    ...{ noVNC: double, equal: { atLeast: 1.3 }, Xpra: double },
  },
  {
    ...{ what: 'video: sent', figure: 'video Mbit/s', unit: 'Mbit/s' },
    ...{ noVNC: { atMost: 0.25 }, equal: { atMost: 0.3 }, Xpra: half },
  },
  { what: 'video: key to pixels, p50', figure: 'video p50', unit: 'ms', noVNC: { atMost: 0.3 }, equal: {}, Xpra: half },
  { what: 'video: key to pixels, p95', figure: 'video p95', unit: 'ms', noVNC: { atMost: 0.4 }, equal: {}, Xpra: half },
  { what: 'video: drawn to seen, p50', figure: 'video age p50', unit: 'ms', noVNC: {}, equal: {}, Xpra: half },
  { what: 'video: drawn to seen, p95', figure: 'video age p95', unit: 'ms', noVNC: {}, equal: {}, Xpra: half },
  {
    ...{ what: 'video: processor of the browser', figure: 'video browser CPU', unit: '% of a core' },
    ...{ noVNC: { atMost: 0.45 }, Xpra: half },
  },
  { what: 'video: processor of the server', figure: 'video server CPU', unit: '% of a core', noVNC: {}, Xpra: {} },
]

const worseByDb = 3
const streamerMiB = 120
const exactMs = 300
const idlePercent = 1
/** From where a person notices sound that is ahead of the picture, and behind it (Rec. ITU-R BT.1359). */
const noticedMs = { ahead: 45, behind: 125 } as const

export const rowsOf = (
  found: Found,
  { quality, unwatchedMiB }: { quality: number | undefined; unwatchedMiB: number },
): Row[] => {
  const of = (side: keyof Found, figure: Figure): number | undefined => {
    const values = found[side].map(figures => figures[figure]).filter(value => value !== undefined)
    return values.length === 0 ? undefined : median(values)
  }
  const names = { noVNC: 'noVNC', equal: `noVNC, quality ${quality}`, Xpra: 'Xpra' } as const
  const compared = comparisons.flatMap(({ what, figure, unit, ...goals }) =>
    (['noVNC', 'equal', 'Xpra'] as const).flatMap(side => {
      const [ours, peer] = [of('ours', figure), of(side, figure)]
      if (ours === undefined || peer === undefined || (side === 'equal' && !goals.equal)) return []
      return [toRow(`${what} (${names[side]})`, ours, peer, unit, goals[side])]
    }),
  )
  const limited = (what: string, figure: Figure, unit: string, goal: Goal): Row[] => {
    const ours = of('ours', figure)
    return ours === undefined ? [] : [toLimitRow(what, ours, unit, goal)]
  }
  const ratios = { ours: of('ours', 'video PSNR'), noVNC: of('noVNC', 'video PSNR') }
  const told = (['equal', 'Xpra'] as const).flatMap(side => {
    const peer = of(side, 'video PSNR')
    return ratios.ours === undefined || peer === undefined
      ? []
      : [toRow(`video: PSNR (${names[side]})`, ratios.ours, peer, 'dB')]
  })
  return [
    ...compared,
    ...(ratios.noVNC === undefined
      ? []
      : limited(`video: PSNR (noVNC, ${ratios.noVNC.toFixed(1)}, less ${worseByDb})`, 'video PSNR', 'dB', {
          atLeast: ratios.noVNC - worseByDb,
        })),
    ...told,
    ...limited('video: memory of the streamer', 'video streamer MiB', 'MiB', { atMost: streamerMiB }),
    toLimitRow('nobody looks: memory of the streamer', unwatchedMiB, 'MiB', { atMost: 0 }),
    ...limited('at rest: pixels that are not exact', 'rest wrong pixels', 'pixels', { atMost: 0 }),
    ...limited('at rest: exact after', 'rest exact after', 'ms', { atMost: exactMs }),
    ...limited('at rest: bytes of the desktop in 3 s', 'rest bytes of the desktop', 'bytes', { atMost: 0 }),
    ...limited('sound: behind its picture, p50', 'sound p50', 'ms', { atMost: noticedMs.behind }),
    ...limited('sound: behind its picture, at most', 'sound most', 'ms', { atMost: noticedMs.behind }),
    ...limited('sound: ahead of its picture, at most', 'sound ahead', 'ms', { atMost: noticedMs.ahead }),
    ...limited('at rest: processor of the streamer', 'rest streamer CPU', '% of a core', { atMost: idlePercent }),
  ]
}
