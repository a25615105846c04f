/**
 * An hour of work at a desktop, a minute of it in a round: typing, a burst of motion, other sizes of the window, copying
 * both ways, a second viewer who comes and goes, and a network that is cut. Streamer, server and page must have the
 * memory at the end that they had after the first third, when every one of their caches and pools had its use.
 */
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright-core'
import { memoryOf, processes, treeOf } from '../bench/stream/usage.ts'
import { type Relay, startRelay } from './relay.ts'
import { freePort } from './server.ts'
import { patienceMs, type StreamedDesktop, startStreamedDesktop } from './streamed-desktop.ts'
import { enter, openTerminal, takes } from './terminal.ts'
import { toolOf } from './toolbar.ts'
import { until } from './until.ts'

/** How much more each may have at the end than after the first third, MiB. What leaks by the round grows by more. */
const mostGrowth = { streamer: 16, server: 24, page: 4 } as const

type Memory = Record<keyof typeof mostGrowth, number>

const clickAt = { position: { x: 700, y: 600 } }

export const soakStream = async (rounds = 60): Promise<void> => {
  const port = await freePort()
  const relay = await startRelay(port)
  const browserArguments = [`--host-resolver-rules=MAP localhost:${port} 127.0.0.1:${relay.port}`]
  const desktop = await startStreamedDesktop({ port, browserArguments }).catch(async error => {
    await relay.close()
    throw error
  })
  try {
    const page = await desktop.openViewer(`localhost:${port}`)
    await openTerminal(page, desktop.home)
    const devtools = await page.context().newCDPSession(page)
    let warm: Memory | undefined
    for (let round = 1; round <= rounds; round++) {
      await work(desktop, relay, page, round)
      if (round % Math.ceil(rounds / 6) !== 0 && round !== rounds) continue
      const memory = await measure(desktop, devtools)
      console.log(`after ${round} rounds: ${inWords(memory)}`)
      if (round < rounds / 3) continue
      warm ??= memory
      for (const [what, most] of Object.entries(mostGrowth) as [keyof Memory, number][])
        assert.ok(memory[what] - warm[what] <= most, `the ${what} has grown by more than ${most} MiB`)
    }
    await page.context().close()
    await until('the streamer has ended', () => streamerOf(desktop) === undefined, patienceMs)
    console.log(`${rounds} rounds of work at a desktop: memory is flat, and nothing runs that nobody watches`)
  } finally {
    await desktop.close()
    await relay.close()
  }
}

/** What happens on a desktop in a minute. */
const work = async (desktop: StreamedDesktop, relay: Relay, page: Page, round: number): Promise<void> => {
  const second = await desktop.openViewer()
  for (const [width, height] of [
    [800 + round, 620],
    [1100, 640 + round],
    [1000, 700],
  ] as const) {
    await page.setViewportSize({ width, height })
    await pause(150)
  }
  await page.locator('#screen canvas').click(clickAt)
  // Full of motion: every line is new.
  await enter(page, 'timeout 2 sh -c "while :; do head -c 6000 /dev/urandom | base64; done"; clear')
  await pause(2500)
  await enter(page, `seq ${round} 2000 | xclip -selection clipboard`)
  await (await toolOf(page, 'clipboard-toggle')).click()
  await page.getByTestId('clipboard-text').fill(`round ${round} `.repeat(1000))
  await page.getByTestId('clipboard-toggle').click()
  await page.locator('#screen canvas').click(clickAt)
  await until(`round ${round} is typed`, () => takes(page, desktop.home, `round-${round}`), patienceMs)
  await second.context().close()
  await relay.cut()
  await page.locator('body[data-phase=reconnecting]').waitFor()
  await relay.heal()
  await page.locator('body[data-phase=connected]').waitFor()
}

const measure = async (desktop: StreamedDesktop, devtools: CDPSession): Promise<Memory> => {
  // The streamer gives back what it has no use for after a while.
  await pause(5000)
  await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  const streamer = streamerOf(desktop)
  assert.ok(streamer !== undefined, 'a streamer runs')
  return {
    streamer: memoryOf([streamer]),
    server: memoryOf([desktop.server.pid()]),
    page: usedSize / 2 ** 20,
  }
}

/** The process that streams this desktop, among those of the session. */
const streamerOf = ({ sessionId }: StreamedDesktop): number | undefined => {
  const all = processes()
  const session = all.filter(({ command }) => command.includes(sessionId)).map(({ pid }) => pid)
  return treeOf(session, all).find(({ command }) => command.includes('/run/streamer/src/streamer/main.ts'))?.pid
}

const inWords = (memory: Memory): string =>
  Object.entries(memory)
    .map(([what, mebibytes]) => `${what} ${mebibytes.toFixed(1)} MiB`)
    .join(', ')
