/** A headless Chromium, and pages in it that are looked at from within. */
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { setTimeout as pause } from 'node:timers/promises'
import { chromium, type Page } from 'playwright-core'
import { code, codeBits, echo, looked, motion, screen, sign } from './layout.ts'
import type { Layout } from './probe-view.ts'
import { treeOf } from './usage.ts'

const patienceMs = 30_000
const lookEveryMs = 200

export interface Looking {
  /** Opens a page, and resolves when it shows the program. */
  open(address: string): Promise<Page>
  /** Of the browser. */
  pids(): number[]
  close(): Promise<void>
}

const layout: Layout = { screen, echo, sign, motion, code, codeBits, looked }
const probe = () => {
  const source = readFileSync(new URL('./probe.ts', import.meta.url), 'utf8')
  return `window.layout = ${JSON.stringify(layout)}\n${stripTypeScriptTypes(source)}`
}

export const startBrowser = async (): Promise<Looking> => {
  const server = await chromium.launchServer({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
    // Ctrl-C is for the benchmark, which ends everything in order.
    ...{ handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false },
  })
  const browser = await chromium.connect(server.wsEndpoint())
  const script = probe()
  return {
    async open(address) {
      const context = await browser.newContext({ viewport: { width: screen.width, height: screen.height } })
      const page = await context.newPage()
      page.setDefaultTimeout(patienceMs)
      await page.addInitScript({ content: script })
      await page.goto(address)
      for (const end = performance.now() + patienceMs; !(await page.evaluate('window.probe.isThere()')); ) {
        if (performance.now() > end)
          throw new Error(`the page at ${new URL(address).pathname} does not show the program`)
        await pause(lookEveryMs)
      }
      return page
    },
    pids: () => treeOf([server.process().pid ?? 0]).map(({ pid }) => pid),
    async close() {
      await browser.close()
      await server.close()
    },
  }
}
