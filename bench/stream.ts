/**
 * Our streamer beside others, everything on this machine: a workstation behind the gateway in our own viewer, noVNC
 * with websockify and TigerVNC at its default quality and at the one that gives pictures as good as ours, and Xpra's
 * HTML5 client. The same program draws on each desktop (`stream/program.ts`), the same script looks at each page
 * (`stream/probe.ts`), one after the other in every round.
 */
import { spawnSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { machine, median } from './report.ts'
import type { Benchmark, Run } from './run.ts'
import { type Looking, startBrowser } from './stream/browser.ts'
import { type Stage, setStage } from './stream/control.ts'
import type { Desktop } from './stream/desktops.ts'
import { measure, motionRatios, type Part, parts } from './stream/measure.ts'
import { type OurDesktop, startOurs } from './stream/ours.ts'
import { startVnc, startXpra, type VncDesktop } from './stream/peers.ts'
import { type Found, rowsOf } from './stream/rows.ts'
import { memoryOf } from './stream/usage.ts'

const roundsUnasked = 3
/** How long a picture of another quality takes to be there everywhere. */
const qualityMs = 3000
const qualities = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const
/** A streamer stays so long after its last viewer (`src/streamer/main.ts`), and a little. */
const lingerMs = 12_000

const packages = { websockify: 'websockify', Xtigervnc: 'tigervnc-standalone-server', xpra: 'xpra', ss: 'iproute2' }

export const stream: Benchmark = {
  about: 'our streamer beside noVNC and Xpra',
  parts,
  lacks: () => {
    const missing = Object.entries(packages).flatMap(([program, name]) =>
      spawnSync('which', [program]).status === 0 ? [] : [name],
    )
    return missing.length === 0
      ? undefined
      : `this needs more Debian packages: apt-get install --no-install-recommends ${missing.join(' ')}`
  },
  run: async run => {
    const { log, interrupted, rounds = roundsUnasked, only } = run
    const wanted = only === undefined ? parts : parts.filter(part => part === only)
    await using ending = new AsyncDisposableStack()
    log('drawing the pictures of the video')
    const stage = await setStage()
    ending.defer(stage.close)
    log('starting the desktops')
    const looking = await startBrowser()
    ending.defer(looking.close)
    const ours = await startOurs(stage, interrupted)
    ending.defer(ours.close)
    const vnc = await startVnc(stage)
    ending.defer(vnc.close)
    const xpra = await startXpra(stage)
    ending.defer(xpra.close)

    const all = { looking, stage, ours, vnc, xpra }
    const quality = wanted.includes('video') ? await findQuality(all, run) : undefined
    const found: Found = { ours: [], noVNC: [], equal: [], Xpra: [] }
    for (let round = 1; round <= rounds; round++)
      for (const [name, side] of Object.entries(sidesOf(all, wanted, quality))) {
        interrupted.throwIfAborted()
        log(`round ${round} of ${rounds}: ${name}`)
        const figures = await measure({ looking, stage, interrupted, ...side }, await side.open(), side.wanted)
        log(JSON.stringify(figures, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value)))
        found[name as keyof Found].push(figures)
      }
    await pause(lingerMs, undefined, { signal: interrupted })
    return {
      name: 'stream',
      peer: 'noVNC with websockify and TigerVNC, Xpra HTML5, or the limit, as each row says',
      machine: machine(),
      rounds,
      rows: rowsOf(found, { quality, unwatchedMiB: memoryOf(ours.streamer()) }),
    }
  },
}

interface All {
  looking: Looking
  stage: Stage
  ours: OurDesktop
  vnc: VncDesktop
  xpra: Desktop
}

interface Side {
  desktop: Desktop
  wanted: readonly Part[]
  open(): Promise<string>
  streamer(): number[]
}

const sidesOf = ({ ours, vnc, xpra }: All, wanted: readonly Part[], quality: number | undefined) => {
  const none = () => []
  return {
    ours: { desktop: ours, wanted, open: ours.open, streamer: ours.streamer },
    noVNC: { desktop: vnc, wanted, open: vnc.open, streamer: none },
    ...(quality === undefined
      ? {}
      : { equal: { desktop: vnc, wanted: ['video'], open: () => vnc.openAt(quality), streamer: none } }),
    Xpra: { desktop: xpra, wanted, open: xpra.open, streamer: none },
  } satisfies Partial<Record<keyof Found, Side>>
}

/** Of noVNC, the one whose pictures in motion come closest to ours. */
const findQuality = async ({ looking, stage, ours, vnc }: All, { log, interrupted }: Run): Promise<number> => {
  const ratioOf = async (desktop: Desktop, address: string) => {
    interrupted.throwIfAborted()
    await desktop.program.show('desk')
    const page = await looking.open(address)
    await desktop.program.show('video')
    await pause(qualityMs)
    const ratio = median(await motionRatios(page, stage))
    await desktop.program.show('rest')
    await page.close()
    return ratio
  }
  const wanted = await ratioOf(ours, await ours.open())
  let best = { quality: 0, difference: Number.POSITIVE_INFINITY }
  for (const quality of qualities) {
    const ratio = await ratioOf(vnc, await vnc.openAt(quality))
    log(`noVNC at quality ${quality}: ${ratio.toFixed(1)} dB; ours: ${wanted.toFixed(1)} dB`)
    const difference = Math.abs(ratio - wanted)
    if (difference < best.difference) best = { quality, difference }
    if (ratio > wanted) break
  }
  return best.quality
}
