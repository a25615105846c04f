/** A headless Chromium, and pages in it that are looked at from within. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { makeHome, removeHome } from '../server.ts'
import { connectDevTools, type DevTools } from './devtools.ts'
import { code, codeBits, echo, looked, motion, screen, sign } from './layout.ts'
import type { Layout } from './probe-view.ts'
import { treeOf } from './usage.ts'

const patienceMs = 30_000
const lookEveryMs = 200

export interface Page {
  evaluate<Value = unknown>(expression: string): Promise<Value>
  click(x: number, y: number): Promise<void>
  /** Of the letter a. */
  key(isDown: boolean): Promise<unknown>
  close(): Promise<void>
}

export interface Looking {
  /** Opens a page, and resolves when it shows the program. */
  open(address: string): Promise<Page>
  /** Of the browser. */
  pids(): number[]
  close(): Promise<void>
}

const settings = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-extensions', '--disable-component-update', '--disable-background-networking', '--disable-breakpad'],
  ...['--disable-default-apps', '--disable-search-engine-choice-screen', '--password-store=basic', '--mute-audio'],
  ...['--disable-background-timer-throttling', '--disable-backgrounding-occluded-windows', '--hide-scrollbars'],
  ...['--disable-renderer-backgrounding', '--force-color-profile=srgb', '--remote-debugging-port=0'],
]

const layout: Layout = { screen, echo, sign, motion, code, codeBits, looked }
const probe = () => {
  const source = readFileSync(new URL('./probe.ts', import.meta.url), 'utf8')
  return `window.layout = ${JSON.stringify(layout)}\n${stripTypeScriptTypes(source)}`
}

export const startBrowser = async (): Promise<Looking> => {
  await using failing = new AsyncDisposableStack()
  const profile = makeHome()
  failing.defer(() => removeHome(profile))
  // Ctrl-C is for the benchmark, which ends everything in order.
  const browser = spawn('/usr/bin/chromium', [...settings, `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  const ended = once(browser, 'exit')
  failing.defer(async () => {
    browser.kill('SIGKILL')
    await ended
  })
  const devTools = await connectDevTools(await addressOf(browser.stderr))
  failing.defer(devTools.close)
  const script = probe()
  const started = failing.move()
  return {
    async open(address) {
      const page = await openPage(devTools, script)
      await page.show(address)
      for (const end = performance.now() + patienceMs; !(await page.evaluate('window.probe?.isThere()')); ) {
        if (performance.now() > end)
          throw new Error(`the page at ${new URL(address).pathname} does not show the program`)
        await pause(lookEveryMs)
      }
      return page
    },
    pids: () => treeOf([browser.pid ?? 0]).map(({ pid }) => pid),
    async close() {
      // In order, so that none of its processes stays behind.
      await devTools.call('Browser.close')
      await Promise.race([ended, pause(patienceMs, undefined, { ref: false })])
      await started.disposeAsync()
    },
  }
}

/** It says on its standard error where its DevTools are. */
const addressOf = async (said: NodeJS.ReadableStream): Promise<string> => {
  const late = setTimeout(() => lines.close(), patienceMs)
  const lines = createInterface(said)
  try {
    for await (const line of lines) {
      const [, address] = /^DevTools listening on (ws:\S+)/.exec(line) ?? []
      if (address !== undefined) return address
    }
  } finally {
    clearTimeout(late)
    said.resume()
  }
  throw new Error('Chromium does not start')
}

/** One of a context of its own: nobody has signed in there. */
const openPage = async (devTools: DevTools, script: string) => {
  const { browserContextId } = await devTools.call<{ browserContextId: string }>('Target.createBrowserContext')
  const { targetId } = await devTools.call<{ targetId: string }>('Target.createTarget', {
    ...{ url: 'about:blank', browserContextId, width: screen.width, height: screen.height },
  })
  const { sessionId } = await devTools.call<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })
  const call = <Result>(method: string, parameters?: object) => devTools.call<Result>(method, parameters, sessionId)
  await call('Page.enable')
  await call('Page.addScriptToEvaluateOnNewDocument', { source: script })
  await call('Emulation.setDeviceMetricsOverride', { ...screen, deviceScaleFactor: 1, mobile: false })
  await call('Emulation.setFocusEmulationEnabled', { enabled: true })
  const mouse = (type: string, x: number, y: number) =>
    call('Input.dispatchMouseEvent', { type, x, y, button: type === 'mouseMoved' ? 'none' : 'left', clickCount: 1 })
  const key = { key: 'a', code: 'KeyA', windowsVirtualKeyCode: 65 }
  return {
    show: (address: string) => call('Page.navigate', { url: address }),
    async evaluate<Value>(expression: string) {
      const { result, exceptionDetails } = await call<{
        result: { value: Value }
        exceptionDetails?: { text: string }
      }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
      if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.text}`)
      return result.value
    },
    async click(x: number, y: number) {
      for (const type of ['mouseMoved', 'mousePressed', 'mouseReleased']) await mouse(type, x, y)
    },
    key: (isDown: boolean) =>
      call('Input.dispatchKeyEvent', { ...key, ...(isDown ? { type: 'keyDown', text: 'a' } : { type: 'keyUp' }) }),
    close: () => devTools.call<void>('Target.disposeBrowserContext', { browserContextId }),
  }
}
