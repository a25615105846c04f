/** An artist is told in the viewer that the workstation will end by itself, and puts that off. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type RunningServer, startServer } from './server.ts'
import { until } from './until.ts'

const patienceMs = 20_000
const minute = 60_000

let server: RunningServer
let browser: Browser
let page: Page
let sessionId = ''

before(async () => {
  server = await startServer({ driver: 'simulated' })
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  })
  page = await browser.newPage({ viewport: { width: 1200, height: 800 } })
  page.setDefaultTimeout(patienceMs)
})
after(async () => {
  await browser?.close()
  await server?.removeEverything()
})

/** Time cannot be made to pass in the real server, so the end is brought nearer. */
const change = (assignments: string, ...values: SQLInputValue[]) => {
  const database = new DatabaseSync(join(server.home, 'atelier.db'), { timeout: 5000 })
  try {
    database.prepare(`update session set ${assignments} where id = ?`).run(...values, sessionId)
  } finally {
    database.close()
  }
}
const endsIn = (minutes: number) => {
  const end = Date.now() + minutes * minute
  change('stopAt = ?, dueAt = ?', end, end)
}

const notice = () => page.getByTestId('end-notice')
const countdown = async () => (await page.getByTestId('countdown').textContent()) ?? ''

describe('an artist at work', () => {
  it('sees no notice while the end is far off', async () => {
    const studioId = await server.studioId()
    const { launchProfiles = [] } = await server.client().listLaunchProfiles({ studioId })
    const { launchProfileId = '' } = launchProfiles[0] ?? {}
    await server.client().putSessionPolicy({ studioId, launchProfileId, maxExtensionInMinutes: 120 })
    await page.goto(server.welcomeUrl())
    await page.getByTestId('user-name').fill('ada')
    await page.getByTestId('password').fill('correct horse battery')
    await page.getByTestId('sign-in').click()
    await page.getByTestId('launch').click()
    await page.locator('body[data-phase=connected]').waitFor()
    const { sessions = [] } = await server.client().listStreamingSessions({ studioId })
    sessionId = sessions[0]?.sessionId ?? ''
    await page.waitForTimeout(1500)
    assert.equal(await notice().count(), 0)
  })

  it('is told 15 minutes before the end, with the time that is left', async () => {
    endsIn(14.9)
    // The viewer asks every 20 s.
    await notice().waitFor({ timeout: 50_000 })
    assert.match((await notice().textContent()) ?? '', /stops by itself in/)
    const first = await countdown()
    assert.match(first, /^14:\d\d$/)
    await until('the time is counted down', async () => (await countdown()) !== first)
  })

  it('is not told again after closing the notice, before it is 5 minutes', async () => {
    await page.getByTestId('end-notice-close').click()
    await notice().waitFor({ state: 'detached' })
    await page.waitForTimeout(6000)
    assert.equal(await notice().count(), 0)
    assert.ok(await page.evaluate('document.activeElement !== document.body'), 'the keyboard is the desktop’s again')
    endsIn(4.9)
    await notice().waitFor()
    assert.match(await countdown(), /^4:\d\d$/)
  })

  it('puts the end off with a press of a button', async () => {
    change('extendableTo = ?', Date.now() + 104.5 * minute)
    const button = page.getByTestId('extend')
    await until('an hour is offered', async () => (await button.textContent()) === 'Extend by 1 hour')
    await button.click()
    await notice().waitFor({ state: 'detached' })
    const studioId = await server.studioId()
    const { streamingSessionEnd: end } = await server.client().getStreamingSessionEnd({ studioId, sessionId })
    const minutes = ((end?.endsAt?.getTime() ?? 0) - Date.now()) / minute
    assert.ok(minutes > 63 && minutes < 65, `it ends in ${minutes} minutes`)
  })

  it('is offered no more than the policy leaves, and nothing when it leaves nothing', async () => {
    endsIn(4)
    change('extendableTo = ?', Date.now() + 24.5 * minute)
    // A viewer that is opened asks at once.
    await page.reload()
    await page.getByTestId('extend').waitFor()
    assert.equal(await page.getByTestId('extend').textContent(), 'Extend by 20 min')
    change('extendableTo = null')
    await page.getByTestId('extend').waitFor({ state: 'detached' })
    assert.equal(await notice().count(), 1)
  })

  it('who was away is told that nobody uses the workstation, and what keeps it running', async () => {
    endsIn(300)
    change('idleAt = ?', Date.now() + 3 * minute)
    await page.locator('[data-testid=end-notice][data-reason=IDLE]').waitFor({ timeout: 30_000 })
    assert.match((await notice().textContent()) ?? '', /Nobody uses this workstation.*Any key/)
    assert.equal(await page.getByTestId('extend').count(), 0)
    await page.mouse.move(500, 400)
    await page.mouse.move(520, 420)
    await notice().waitFor({ state: 'detached' })
    change('idleAt = null')
  })

  it('is told why the workstation has ended', async () => {
    change('stopAt = ?, dueAt = ?', Date.now(), Date.now())
    await page.getByTestId('ended').waitFor({ timeout: 30_000 })
    assert.match((await page.getByTestId('ended').textContent()) ?? '', /after the longest time that a session may run/)
    await page.getByTestId('back').click()
    const card = page.locator(`[data-testid=session-card][data-session-id="${sessionId}"]`)
    await card.locator('[data-testid=state][data-state=STOPPED]').waitFor()
    assert.match((await card.textContent()) ?? '', /after the longest time that a session may run/)
  })
})
