/**
 * The main job, as an artist does it: a real browser signs in, launches, works on a real desktop, and finds everything
 * again after a stop, a lost network and a server that was killed. The tests follow one another, as a day does.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { freePort, type RunningServer, startServer } from './server.ts'
import { enter, openTerminal } from './terminal.ts'
import { toolOf } from './toolbar.ts'
import { until } from './until.ts'
import { createWire, type Wire } from './wire.ts'

const patienceMs = 20_000
/** The longest way back to the desktop once the server that was killed is there again: 2 to 5 s where nothing else runs. */
const wayBackMs = 15_000

const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

let server: RunningServer
/** What stands between browser and server, and can be cut. */
let wire: Wire
let browser: Browser
let context: BrowserContext
let page: Page
let sessionId = ''

before(async () => {
  const port = await freePort()
  wire = await createWire(port)
  server = await startServer({ driver: 'local', port, env: { ATELIER_PUBLIC_URL: wire.url } })
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: chromiumArguments })
  context = await browser.newContext({ viewport: { width: 1200, height: 800 } })
  page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
})

after(async () => {
  await browser?.close()
  await server?.removeEverything()
  await wire?.close()
})

const phase = (name: string) => page.locator(`body[data-phase=${name}]`).waitFor()

/** The home folder of the session's volume, as the host sees it; undefined when there is none. */
const home = (): string | undefined =>
  readdirSync('/run')
    .filter(name => name.startsWith('atelier-'))
    .map(place => join('/run', place, 'pool/volumes', `${sessionId}-0`, 'tree/home'))
    .find(path => existsSync(path))

const pathOf = (name: string) => join(home() ?? '/nowhere', name)

/** The content of a file that a program on the desktop writes, as soon as it is whole: it ends with a line break. */
const written = (name: string) =>
  until(`${name} is written`, () => {
    const path = pathOf(name)
    const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
    return text.endsWith('\n') && text.trim()
  })

const run = (line: string) => enter(page, line)

const tool = (name: string) => toolOf(page, name)

const card = () => page.locator(`[data-testid=session-card][data-session-id="${sessionId}"]`)
const state = (name: string) => card().locator(`[data-testid=state][data-state=${name}]`).waitFor()

describe('an artist', () => {
  it('makes the first sign-in with the link that the server printed', async () => {
    await page.goto(server.welcomeUrl())
    await page.getByTestId('user-name').fill('ada')
    await page.getByTestId('password').fill('correct horse battery')
    await page.getByTestId('sign-in').click()
    await page.getByTestId('profile-card').waitFor()
    assert.match((await page.getByTestId('profile-card').textContent()) ?? '', /Linux workstation/)
  })

  it('launches a workstation, which opens by itself', async () => {
    await page.getByTestId('launch').click()
    await page.waitForURL(/\/view\//)
    await phase('connected')
    assert.ok(!page.url().includes('#'), 'the secret is still in the address')
    const { sessions = [] } = await server.client().listStreamingSessions({ studioId: await server.studioId() })
    sessionId = sessions[0]?.sessionId ?? ''
    assert.equal(sessions[0]?.state, 'READY')
  })

  it('types into a terminal, and the file is on the volume', async () => {
    await openTerminal(page, pathOf)
    await run('echo "Hello > World" > first.txt')
    assert.equal(await written('first.txt'), 'Hello > World')
    await run('echo $$ > shell.txt')
    await written('shell.txt')
  })

  it('sees the desktop take the size of the window', async () => {
    await page.setViewportSize({ width: 1000, height: 700 })
    await until('the desktop has the size of the window', async () => {
      await page.locator('#screen canvas').click({ position: { x: 500, y: 300 } })
      await run('xdpyinfo | grep dimensions > size.txt')
      return (await written('size.txt')).includes('1000x700')
    })
  })

  it('pastes text from outside, beyond Latin', async () => {
    await (await tool('clipboard-toggle')).click()
    await page.getByTestId('clipboard-text').fill('Grüße 你好')
    await (await tool('clipboard-toggle')).click()
    await page.locator('#screen canvas').click({ position: { x: 500, y: 300 } })
    await run('(xclip -o -selection clipboard; echo) > pasted.txt')
    assert.equal(await written('pasted.txt'), 'Grüße 你好')
  })

  it('copies text to the outside', async () => {
    await run("printf 'from the desktop' | xclip -selection clipboard")
    await (await tool('clipboard-toggle')).click()
    await until('the text is outside', async () =>
      (await page.getByTestId('clipboard-text').inputValue()).includes('from the desktop'),
    )
    await (await tool('clipboard-toggle')).click()
  })

  it('goes to full screen and back', async () => {
    await (await tool('full-screen')).click()
    const isFull = () => page.evaluate('document.fullscreenElement !== null')
    await until('the viewer fills the screen', isFull)
    await page.evaluate('document.exitFullscreen()')
    await until('it does no more', async () => !(await isFull()))
  })

  it('comes back by itself when the network was lost', async () => {
    wire.cut()
    await phase('reconnecting')
    wire.mend()
    await phase('connected')
    await page.locator('#screen canvas').click({ position: { x: 500, y: 300 } })
    await run('echo $$ > after-network.txt')
    assert.equal(await written('after-network.txt'), await written('shell.txt'))
  })

  it('is back on the same desktop after the server was killed, without signing in', async t => {
    await server.kill9()
    await phase('reconnecting')
    const began = performance.now()
    await server.restart()
    const readyMs = performance.now() - began
    await phase('connected')
    const tookMs = performance.now() - began
    t.diagnostic(`ready after ${Math.round(readyMs)} ms, back on the desktop after ${Math.round(tookMs)} ms`)
    assert.ok(tookMs - readyMs < wayBackMs, 'the browser found its way back too late')
    await page.locator('#screen canvas').click({ position: { x: 500, y: 300 } })
    await run('echo $$ > after-kill.txt')
    assert.equal(await written('after-kill.txt'), await written('shell.txt'))
  })

  it('reloads the page and stays', async () => {
    await page.reload()
    await phase('connected')
  })

  it('stops the workstation, starts it again, and finds the files', async () => {
    await (await tool('to-portal')).click()
    await state('READY')
    await card().getByTestId('stop').click()
    await state('STOPPED')
    await card().getByTestId('start').click()
    await state('READY')
    await card().getByTestId('open').click()
    await phase('connected')
    await openTerminal(page, pathOf)
    await run('cat first.txt > again.txt')
    assert.equal(await written('again.txt'), 'Hello > World')
  })

  it('is told in the viewer when the workstation is stopped elsewhere', async () => {
    await server.client().stopStreamingSession({ studioId: await server.studioId(), sessionId })
    await page.locator('[data-testid=ended][data-ending=stopped]').waitFor()
    await page.getByTestId('back').click()
    await state('STOPPED')
  })

  it('deletes it, and it is gone from the page and from the host', async () => {
    await card().getByTestId('delete').click()
    await page.getByRole('button', { name: 'Delete workstation' }).click()
    await card().waitFor({ state: 'detached' })
    await until('the volume is gone', () => home() === undefined)
  })

  it('signs out, and the page is the door again', async () => {
    await page.getByTestId('user-menu').click()
    await page.getByTestId('sign-out').click()
    await page.getByTestId('sign-in').waitFor()
  })
})

describe('a stream that a script made', () => {
  it('opens once in a browser that has never signed in', async () => {
    const client = server.client()
    const studioId = await server.studioId()
    const { launchProfiles = [] } = await client.listLaunchProfiles({ studioId })
    const launchProfileId = launchProfiles[0]?.launchProfileId ?? ''
    const { session } = await client.createStreamingSession({ studioId, launchProfileId })
    const id = session?.sessionId ?? ''
    await until('the session is READY', async () => {
      const { session } = await client.getStreamingSession({ studioId, sessionId: id })
      return session?.state === 'READY'
    })
    const { stream } = await client.createStreamingSessionStream({ studioId, sessionId: id })
    const stranger = await browser.newContext()
    page = await stranger.newPage()
    await page.goto(stream?.url ?? '')
    await phase('connected')
    const second = await browser.newContext()
    page = await second.newPage()
    await page.goto(stream?.url ?? '')
    await page.getByTestId('ended').waitFor()
    assert.match((await page.getByTestId('ended').textContent()) ?? '', /used before or has expired/)
    await stranger.close()
    await second.close()
  })
})
