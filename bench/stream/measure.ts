/** What is measured of one desktop, in one page that shows it. */
import { setTimeout as pause } from 'node:timers/promises'
import { median } from '../report.ts'
import type { Looking, Page } from './browser.ts'
import type { Stage } from './control.ts'
import type { Desktop } from './desktops.ts'
import { differences, ratioOf } from './picture.ts'
import type { Seen } from './probe-view.ts'
import { bytesDuring, loadDuring, memoryOf } from './usage.ts'

export const parts = ['idle', 'office', 'video', 'rest', 'sound'] as const
export type Part = (typeof parts)[number]

export type Figure =
  | `${'idle' | 'office' | 'video'} ${'p50' | 'p95'}`
  | `${'office' | 'video'} Mbit/s`
  | `video ${'pictures/s' | 'drawn/s' | 'age p50' | 'age p95' | 'PSNR' | 'browser CPU' | 'server CPU'}`
  | `rest ${'wrong pixels' | 'exact after' | 'bytes of the desktop' | 'bytes' | 'streamer CPU' | 'browser CPU'}`
  | 'video streamer MiB'
  | `sound ${'p50' | 'most' | 'ahead'}`

export type Figures = Partial<Record<Figure, number>>

const keysIdle = 100
const gapMs = [60, 140] as const
/** No hand lets go before. Nothing is asked of the browser meanwhile, which is busy with the key. */
const heldMs = 40
const soundMs = 12_000
/** A tone of which no flash is so near is heard without one. */
const togetherMs = 290
/** One round of the office (`program.ts`), and how long the video is looked at. */
const officeMs = 6000
const videoMs = 6000
const warmUpMs = 1500
const loadMs = 3000
const settledMs = 1500
/** Nothing has been drawn for so long: it is at rest. Until then it is waited for. */
const stillMs = 1000
const stillLimitMs = 10_000
const restMs = 3000
const pictures = 3

export interface Subject {
  desktop: Desktop
  looking: Looking
  stage: Stage
  /** Of the streamer, where there is one. */
  streamer(): number[]
  interrupted: AbortSignal
}

export const measure = async (subject: Subject, address: string, wanted: readonly Part[]): Promise<Figures> => {
  const { desktop, looking } = subject
  await desktop.program.show('desk')
  const page = await looking.open(address)
  try {
    desktop.check?.()
    await page.click(1700, 900)
    await pause(settledMs, undefined, { signal: subject.interrupted })
    const figures: Figures = {}
    if (wanted.includes('idle')) Object.assign(figures, await idle(page, subject))
    if (wanted.includes('office')) Object.assign(figures, await office(page, subject))
    if (wanted.includes('video') || wanted.includes('rest')) Object.assign(figures, await video(page, subject))
    if (wanted.includes('rest')) Object.assign(figures, await rest(page, subject))
    if (wanted.includes('sound')) Object.assign(figures, await sound(page, subject))
    return figures
  } finally {
    await desktop.program.show('rest')
    await page.close()
  }
}

/** Keys, one after the other has been answered, until the time is over or there were so many. */
const press = async (page: Page, interrupted: AbortSignal, ms: number, most = Number.POSITIVE_INFINITY) => {
  const end = performance.now() + ms
  for (let count = 0; count < most && performance.now() < end; count++) {
    const [least, greatest] = gapMs
    await pause(Math.min(least + Math.random() * (greatest - least), Math.max(0, end - performance.now())))
    interrupted.throwIfAborted()
    if (performance.now() >= end) break
    await page.key(true)
    await pause(heldMs)
    await page.evaluate('window.probe.answered()')
    await page.key(false)
  }
}

const begin = (page: Page) => page.evaluate('window.probe.begin()')
const end = (page: Page) => page.evaluate<Seen>('window.probe.end()')

/** The value that so large a share of them does not exceed. */
const share = (values: readonly number[], of: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * of) - 1)] ?? Number.NaN

const idle = async (page: Page, { interrupted }: Subject): Promise<Figures> => {
  await begin(page)
  await press(page, interrupted, 30_000, keysIdle)
  const { keys } = await end(page)
  return { 'idle p50': share(keys, 0.5), 'idle p95': share(keys, 0.95) }
}

const megabits = (bytes: number, seconds: number) => (bytes * 8) / seconds / 1e6

const office = async (page: Page, { desktop, interrupted }: Subject): Promise<Figures> => {
  await begin(page)
  const bytes = await bytesDuring(desktop.port, async () => {
    await desktop.program.show('office')
    await press(page, interrupted, officeMs)
    await desktop.program.show('rest')
  })
  const { keys, seconds } = await end(page)
  return {
    'office p50': share(keys, 0.5),
    'office p95': share(keys, 0.95),
    'office Mbit/s': megabits(bytes, seconds),
  }
}

const video = async (page: Page, { desktop, looking, stage, streamer, interrupted }: Subject): Promise<Figures> => {
  await desktop.program.show('video')
  const beganAt = performance.now()
  await pause(warmUpMs)
  await begin(page)
  const bytes = await bytesDuring(desktop.port, () => press(page, interrupted, videoMs))
  const { keys, pictures: seen, seconds } = await end(page)
  const ages = seen.map(({ drawnAt, seenAt }) => seenAt - drawnAt)
  // Nobody looks now, so that the load is that of what shows the desktop, and of nothing else.
  const servers = desktop.pids()
  let server = Number.NaN
  const browser = await loadDuring(looking.pids(), async () => {
    server = await loadDuring(servers, () => pause(loadMs))
  })
  // It goes on with the video from the start.
  const { drawn } = await desktop.program.show('video')
  const drawnEach = drawn / ((performance.now() - beganAt) / 1000)
  const ratios = await motionRatios(page, stage)
  const memory = memoryOf(streamer())
  return {
    'video p50': share(keys, 0.5),
    'video p95': share(keys, 0.95),
    'video drawn/s': drawnEach,
    'video pictures/s': seen.length / seconds,
    'video age p50': share(ages, 0.5),
    'video age p95': share(ages, 0.95),
    'video Mbit/s': megabits(bytes, seconds),
    'video PSNR': median(ratios),
    'video browser CPU': browser,
    'video server CPU': server,
    ...(memory > 0 ? { 'video streamer MiB': memory } : {}),
  }
}

const pictureOf = async (page: Page) => Buffer.from(await page.evaluate<string>('window.probe.picture()'), 'base64')

/** Of some pictures while they move. */
export const motionRatios = async (page: Page, stage: Stage): Promise<number[]> => {
  const ratios: number[] = []
  for (let tries = 0; ratios.length < pictures && tries < 4 * pictures; tries++) {
    const ratio = ratioOf(await pictureOf(page), stage.picture)
    if (ratio !== undefined) ratios.push(ratio)
  }
  return ratios
}

const stillness = async (page: Page): Promise<Seen> => {
  for (const limit = performance.now() + stillLimitMs; ; ) {
    await pause(stillMs / 4)
    const seen = await end(page)
    if (Date.now() - seen.lastDrawAt > stillMs || performance.now() > limit) return seen
  }
}

const rest = async (page: Page, { desktop, looking, streamer }: Subject): Promise<Figures> => {
  const { drawnAt } = await desktop.program.show('rest')
  const { messageBytes: before } = await stillness(page)
  let streamed = Number.NaN
  let browser = Number.NaN
  const bytes = await bytesDuring(desktop.port, async () => {
    browser = await loadDuring(looking.pids(), async () => {
      streamed = await loadDuring(streamer(), () => pause(restMs))
    })
  })
  const { lastDrawAt, messageBytes } = await end(page)
  const [seen, onServer] = [await pictureOf(page), await desktop.program.screenshot()]
  return {
    'rest wrong pixels': differences(seen, onServer),
    'rest exact after': lastDrawAt - drawnAt,
    'rest bytes of the desktop': messageBytes - before,
    'rest bytes': bytes,
    'rest browser CPU': browser,
    ...(streamer().length > 0 ? { 'rest streamer CPU': streamed } : {}),
  }
}

/** How far each tone is heard after the flash that came with it is seen; less than nothing: before it. Peers have no sound here. */
const sound = async (page: Page, { desktop, streamer, interrupted }: Subject): Promise<Figures> => {
  if (streamer().length === 0) return {}
  await begin(page)
  await desktop.program.show('claps')
  await pause(soundMs, undefined, { signal: interrupted })
  await desktop.program.show('rest')
  const { flashes, tones } = await end(page)
  const behind = tones.flatMap(tone => {
    const flash = flashes.find(flash => Math.abs(tone - flash) < togetherMs)
    return flash === undefined ? [] : [tone - flash]
  })
  if (behind.length < flashes.length / 2)
    throw new Error(`${flashes.length} flashes, and ${behind.length} tones with them`)
  return {
    'sound p50': share(behind, 0.5),
    'sound most': Math.max(...behind),
    'sound ahead': Math.max(0, -Math.min(...behind)),
  }
}
