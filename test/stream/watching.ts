/** Others who watch, and may do no more. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { cutIntoPieces, encodeCopy } from '../../src/protocol/clipboard.ts'
import { encodeViewerMessage } from '../../src/protocol/encode.ts'
import { numbers, type ViewerMessage } from '../../src/protocol/messages.ts'
import { canvasOf } from '../shown-picture.ts'
import { patienceMs } from '../streamed-desktop.ts'
import { until } from '../until.ts'
import {
  clickTerminal,
  differences,
  enter,
  lineOf,
  openAddress,
  page,
  sendRaw,
  server,
  tool,
  written,
} from './viewer.ts'

export const watching = () =>
  describe('a desktop that others watch', () => {
    let link = ''
    let watcher: Page

    after(() => watcher?.context().close())

    it('is shown by a link, which who works there makes when he is signed in', async () => {
      await (await tool('share-toggle')).click()
      await page.getByTestId('share-make').click()
      await page.getByTestId('share-note').filter({ hasText: 'Sign in to the portal' }).waitFor()
      const portal = await page.context().newPage()
      await portal.goto(server.welcomeUrl())
      await portal.getByTestId('user-name').fill('ada')
      await portal.getByTestId('password').fill('correct horse battery')
      await portal.getByTestId('sign-in').click()
      await portal.getByTestId('profile-card').waitFor()
      await portal.close()
      await page.getByTestId('share-make').click()
      await page.getByTestId('share-note').filter({ hasText: 'It opens once, within an hour.' }).waitFor()
      link = await page.getByTestId('share-link').inputValue()
      await page.keyboard.press('Escape')
      watcher = await openAddress(link)
    })

    it('is seen by them, to the last pixel, with no button that is of no use', async () => {
      await until('every pixel is the same', async () => (await differences(watcher)) === 0, patienceMs)
      for (const name of ['microphone', 'keys-toggle', 'clipboard-toggle', 'share-toggle', 'lock-pointer'])
        assert.equal(await watcher.getByTestId(name).count(), 0, name)
      assert.equal(await watcher.getByTestId('sound').count(), 1)
    })

    it('takes nothing from them, whatever they send', async () => {
      await clickTerminal()
      await enter('echo mine | xclip -selection clipboard')
      const { width, height } = await canvasOf(page)
      const pieces = [...cutIntoPieces(encodeCopy({ text: new TextEncoder().encode('smuggled') }))]
      const messages: ViewerMessage[] = [
        ...[true, false].map(isDown => ({ kind: 'key', input: 1, isDown, keysym: 0x78 }) as const),
        { kind: 'pointer', input: 2, x: 5, y: height - 5, buttons: 1 },
        { kind: 'pointer', input: 3, x: 5, y: height - 5, buttons: 0 },
        { kind: 'wheel', input: 4, right: 0, down: 5 },
        { kind: 'size', width: 640, height: 480 },
        ...pieces.map(piece => ({ kind: 'clipboard', ...piece }) as const),
        { kind: 'voice', data: new Uint8Array(100) },
      ]
      const typed = await lineOf('watched.txt', async () => {
        await watcher.evaluate(sendRaw(messages.map(message => [...encodeViewerMessage(message)])))
        // A complete picture is what he may ask for: when it has come, what was sent before it has arrived or never will.
        await watcher.evaluate('window.kinds.clear()')
        await watcher.evaluate(sendRaw([[...encodeViewerMessage({ kind: 'refresh' })]]))
        await until(
          'the picture has come',
          async () => ((await watcher.evaluate('[...window.kinds]')) as number[]).includes(numbers.desktop.video),
          patienceMs,
        )
        await page.keyboard.type('mine')
      })
      assert.equal(typed, 'mine')
      await enter('xclip -o -selection clipboard > kept.txt')
      assert.equal(await written('kept.txt'), 'mine')
      assert.equal((await canvasOf(page)).width, width)
    })

    it('does not tell them what is copied on it', async () => {
      await page.evaluate('window.kinds.clear()')
      await watcher.evaluate('window.kinds.clear()')
      await enter('echo a password | xclip -selection clipboard; clear; seq 100')
      const heard = async (page: Page) => (await page.evaluate('[...window.kinds]')) as number[]
      await until(
        'it is told to who works',
        async () => (await heard(page)).includes(numbers.desktop.clipboard),
        patienceMs,
      )
      await until('every pixel is the same', async () => (await differences(watcher)) === 0, patienceMs)
      assert.ok(!(await heard(watcher)).includes(numbers.desktop.clipboard))
    })

    it('comes to them by no protocol in which their rights cannot be told', async () => {
      const code = await watcher.evaluate(`new Promise(resolve => {
      const socket = new WebSocket(window.sockets.at(-1).url, 'binary')
      socket.addEventListener('close', ({ code }) => resolve(code))
      socket.addEventListener('message', () => resolve('shown'))
    })`)
      assert.equal(code, 4003)
    })

    it('is theirs until the owner has had enough', async () => {
      await (await tool('share-toggle')).click()
      await page.getByTestId('share-end').click()
      await page.getByTestId('share-note').filter({ hasText: 'Nobody watches any more.' }).waitFor()
      const ended = watcher.locator('[data-testid=ended][data-ending=forbidden]')
      await ended.filter({ hasText: 'This desktop is not shown to others any more.' }).waitFor()
      assert.equal(await page.getAttribute('body', 'data-phase'), 'connected')
      await watcher.goto('about:blank')
      await watcher.goto(link)
      await watcher
        .locator('[data-testid=ended][data-ending=gone]')
        .filter({ hasText: 'Ask for another one.' })
        .waitFor()
    })
  })
