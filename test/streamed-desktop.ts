/** A desktop of the real server with a real browser in front of it. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { findProcesses } from '../src/compute/local/processes.ts'
import { type RunningServer, startServer } from './server.ts'
import { until } from './until.ts'

/** For whatever a busy machine takes its time with, ms. */
export const patienceMs = 30_000

export interface StreamedDesktop {
  server: RunningServer
  browser: Browser
  studioId: string
  sessionId: string
  /** A viewer in a browser context of its own. `host`: what the browser calls the server. */
  openViewer(host?: string): Promise<Page>
  /** Path of a file in the desktop's home. */
  home(name: string): string
  /** What a program of the desktop has written into a file of its home so far. */
  written(name: string): string
  /** Path of what the desktop has for its streamer, by name: the socket `stream`, the pipe `call`. */
  socket(name: string): string
  /** Stops every process of the browser where it is, as a computer that sleeps does. */
  sleep(): void
  wakeUp(): void
  close(): Promise<void>
}

export interface StreamedDesktopOptions {
  port?: number
  /** Further arguments of Chromium. */
  browserArguments?: readonly string[]
}

export const startStreamedDesktop = async ({
  port,
  browserArguments = [],
}: StreamedDesktopOptions = {}): Promise<StreamedDesktop> => {
  const server = await startServer({ driver: 'local', ...(port === undefined ? {} : { port }) })
  const chromiumServer = await chromium.launchServer({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync', ...browserArguments],
  })
  const browser = await chromium.connect(chromiumServer.wsEndpoint())
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => {
    const { pid } = chromiumServer.process()
    if (pid !== undefined) process.kill(-pid, name)
  }
  const close = async () => {
    signal('SIGCONT')
    await chromiumServer.close()
    await server.removeEverything()
  }
  try {
    const { studioId, sessionId } = await launchSession(server)
    const home = (name: string) => join(runFolderOf(sessionId), 'pool/volumes', `${sessionId}-0`, 'tree/home', name)
    return {
      ...{ server, browser, studioId, sessionId, home, close },
      sleep: () => signal('SIGSTOP'),
      wakeUp: () => signal('SIGCONT'),
      async openViewer(host) {
        const { stream } = await server.client().createStreamingSessionStream({ studioId, sessionId })
        const context = await browser.newContext({ viewport: { width: 1000, height: 700 } })
        const page = await context.newPage()
        page.setDefaultTimeout(patienceMs)
        const address = new URL(stream?.url ?? '')
        if (host) address.host = host
        await page.goto(address.href)
        await page.locator('body[data-phase=connected]').waitFor()
        return page
      },
      socket: name => join(runFolderOf(sessionId), 'machines', sessionId, 'desktop', name),
      written(name) {
        return existsSync(home(name)) ? readFileSync(home(name), 'utf8') : ''
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** A session of the first launch profile that is READY. */
export const launchSession = async (server: RunningServer): Promise<{ studioId: string; sessionId: string }> => {
  const studioId = await server.studioId()
  const { launchProfiles = [] } = await server.client().listLaunchProfiles({ studioId })
  const launchProfileId = launchProfiles[0]?.launchProfileId ?? ''
  const { session } = await server.client().createStreamingSession({ studioId, launchProfileId })
  const sessionId = session?.sessionId ?? ''
  await until(
    'the session is READY',
    async () => {
      const { session } = await server.client().getStreamingSession({ studioId, sessionId })
      return session?.state === 'READY'
    },
    patienceMs,
  )
  return { studioId, sessionId }
}

/** The socket of a workstation's X server, as the host sees it. */
export const xServerOf = async (sessionId: string): Promise<string> =>
  `/proc/${await firstProcessOf(sessionId)}/root/tmp/.X11-unix/X1`

/** The process that streams the desktop. */
export const streamerOf = async (sessionId: string): Promise<number> => {
  const first = await firstProcessOf(sessionId)
  const children = readFileSync(`/proc/${first}/task/${first}/children`, 'utf8').trim().split(' ')
  const inside = children.flatMap(pid => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' '))
  const streamer = inside.find(pid => pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('streamer/main.ts'))
  return Number(streamer ?? assert.fail('nobody streams the desktop'))
}

/** That of the session's script. */
const firstProcessOf = async (sessionId: string): Promise<number | undefined> => {
  const found = await findProcesses(basename(runFolderOf(sessionId)), sessionId)
  return found.find(({ isInner }) => isInner)?.pid
}

/** Where the driver keeps what belongs to the session. */
const runFolderOf = (sessionId: string): string =>
  readdirSync('/run')
    .filter(name => name.startsWith('atelier-'))
    .map(place => join('/run', place))
    .find(place => existsSync(join(place, 'machines', sessionId))) ?? '/nowhere'
