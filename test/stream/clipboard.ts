/** What is copied goes both ways, or nowhere. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { cutIntoPieces, encodeCopy } from '../../src/protocol/clipboard.ts'
import { encodeViewerMessage } from '../../src/protocol/encode.ts'
import { numbers } from '../../src/protocol/messages.ts'
import { patienceMs } from '../streamed-desktop.ts'
import { until } from '../until.ts'
import {
  clickTerminal,
  enter,
  home,
  openTerminal,
  openViewer,
  page,
  sendRaw,
  server,
  studioId,
  tool,
  written,
} from './viewer.ts'

export const clipboard = () =>
  describe('the clipboard of a desktop', () => {
    it('gives text to the desktop and takes text from it', async () => {
      await (await tool('clipboard-toggle')).click()
      const text = 'Grüße 你好\n'.repeat(500)
      await page.getByTestId('clipboard-text').fill(text)
      await (await tool('clipboard-toggle')).click()
      await clickTerminal()
      await enter('xclip -o -selection clipboard | wc -c > pasted.txt')
      assert.equal(await written('pasted.txt'), String(Buffer.byteLength(text)))
      await enter('seq 2000 | xclip -selection clipboard')
      await (await tool('clipboard-toggle')).click()
      await until(
        'the text is outside',
        async () => (await page.getByTestId('clipboard-text').inputValue()).endsWith('1999\n2000\n'),
        patienceMs,
      )
      await (await tool('clipboard-toggle')).click()
    })

    it('takes a text of 1 MB in the panel, of which it shows the beginning', async () => {
      await (await tool('clipboard-toggle')).click()
      const text = longText('typed')
      await page.getByTestId('clipboard-text').fill(text)
      assert.equal(await page.getByTestId('clipboard-text').inputValue(), text.slice(0, 16 * 1024))
      assert.match((await page.getByTestId('clipboard-contents').textContent()) ?? '', /977 KiB/)
      await (await tool('clipboard-toggle')).click()
      await clickTerminal()
      await enter('xclip -o -selection clipboard | md5sum > long.txt')
      assert.equal(await written('long.txt'), `${md5(text)}  -`)
      await enter('xsel --clipboard --output | md5sum > selected.txt')
      assert.equal(await written('selected.txt'), `${md5(text)}  -`)
    })

    it('carries text of 1 MB, HTML and a picture between programs and the browser’s own clipboard', async () => {
      const other = await openViewer({ permissions: ['clipboard-read', 'clipboard-write'] })
      const text = longText('copied here')
      const html = '<p>Grüße, <b>bold</b> and <i>not</i></p>'
      await other.evaluate(copyInBrowser(text, html))
      await other.locator('#screen canvas').click({ position: { x: 500, y: 300 } })
      const paste = 'xclip -o -selection clipboard'
      // As if he came back from another program.
      await other.evaluate("window.dispatchEvent(new Event('focus'))")
      await until('the copy is sent', async () => Number(await other.evaluate('window.sent')) > text.length, patienceMs)
      await enter(
        `${paste} | md5sum > a.txt; ${paste} -t text/html > a.html; ${paste} -t image/png > a.png; echo > a`,
        other,
      )
      await until('all of it is pasted', () => existsSync(join(home(), 'a')), patienceMs)
      assert.equal(await written('a.txt'), `${md5(text)}  -`)
      assert.ok(readFileSync(join(home(), 'a.html'), 'utf8').includes('<b>bold</b>'))
      const pixels = await other.evaluate(pixelsOfPng(readFileSync(join(home(), 'a.png'))))
      assert.equal(pixels, await other.evaluate(`(${draw})().getContext('2d').getImageData(0, 0, 120, 80).data.join()`))

      await enter('seq 200000 | head -c 1000000 | xsel --clipboard --input', other)
      const isCounted = `(async () => {
      const counted = Array.from({ length: 200000 }, (_, index) => (index + 1) + '\\n').join('').slice(0, 1000000)
      return (await navigator.clipboard.readText()) === counted
    })()`
      await until(
        'the text is here',
        async () => {
          await pause(250)
          return (await other.evaluate(isCounted)) === true
        },
        2 * patienceMs,
      )
      await enter(`echo '<b>bold</b><script>alert(1)</script>' | xclip -selection clipboard -t text/html`, other)
      await until(
        'the HTML is here',
        async () => (await inBrowser(other, 'text/html'))?.includes('<b>bold</b>'),
        patienceMs,
      )
      await enter('xclip -selection clipboard -t image/png a.png', other)
      const back = await until('the picture is here', () => inBrowser(other, 'image/png'), patienceMs)
      assert.equal(await other.evaluate(pixelsOfPng(back)), pixels)
      await other.context().close()
    })
  })

export const clipboardOff = () =>
  describe('a desktop whose launch profile keeps the clipboard off', () => {
    let without: Page
    let withoutId = ''

    before(async () => {
      const { launchProfiles = [] } = await server.client().listLaunchProfiles({ studioId })
      const { streamConfiguration, ...profile } = launchProfiles[0] ?? {}
      const { launchProfile } = await server.client().createLaunchProfile({
        studioId,
        name: 'No clipboard',
        ec2SubnetIds: profile.ec2SubnetIds ?? [],
        launchProfileProtocolVersions: profile.launchProfileProtocolVersions ?? [],
        studioComponentIds: profile.studioComponentIds ?? [],
        streamConfiguration: {
          clipboardMode: 'DISABLED',
          ec2InstanceTypes: streamConfiguration?.ec2InstanceTypes ?? [],
          streamingImageIds: streamConfiguration?.streamingImageIds ?? [],
        },
      })
      const launchProfileId = launchProfile?.launchProfileId ?? ''
      await until(
        'the launch profile is READY',
        async () =>
          (await server.client().getLaunchProfile({ studioId, launchProfileId })).launchProfile?.state === 'READY',
        patienceMs,
      )
      const { session } = await server.client().createStreamingSession({ studioId, launchProfileId })
      withoutId = session?.sessionId ?? ''
      await until(
        'the session is READY',
        async () =>
          (await server.client().getStreamingSession({ studioId, sessionId: withoutId })).session?.state === 'READY',
        patienceMs,
      )
      without = await openViewer({ permissions: ['clipboard-read', 'clipboard-write'], of: withoutId })
    })

    it('gives nothing of what a program on it offers', async () => {
      await openTerminal(without, withoutId)
      await enter('echo offered | xclip -selection clipboard; xclip -o -selection clipboard > offered.txt', without)
      assert.equal(await written('offered.txt', withoutId), 'offered')
      // What is asked for afterwards has come, so what was told before has come as well.
      await enter('echo later > later.txt; clear', without)
      assert.equal(await written('later.txt', withoutId), 'later')
      await pause(1000)
      const kinds = (await without.evaluate('[...window.kinds]')) as number[]
      assert.ok(kinds.includes(numbers.desktop.tiles))
      assert.ok(!kinds.some(kind => kind >= 0x20 && kind <= 0x2f), `of the kinds ${kinds}`)
      assert.ok(((await page.evaluate('[...window.kinds]')) as number[]).includes(numbers.desktop.clipboard))
    })

    it('takes nothing that is sent to it, whatever the page is', async () => {
      const pieces = [...cutIntoPieces(encodeCopy({ text: new TextEncoder().encode('smuggled') }))]
      const messages = pieces.map(piece => [...encodeViewerMessage({ kind: 'clipboard', ...piece })])
      await without.evaluate(sendRaw(messages))
      await enter('xclip -o -selection clipboard > held.txt', without)
      assert.equal(await written('held.txt', withoutId), 'offered')
      await clickTerminal()
      await page.evaluate(sendRaw(messages))
      await enter('xclip -o -selection clipboard > held.txt; echo >> held.txt')
      assert.equal(await written('held.txt'), 'smuggled')
    })
  })

/** A picture of 120 × 80 pixels, all of them different. */
const draw = `() => {
  const canvas = new OffscreenCanvas(120, 80)
  const image = new ImageData(120, 80)
  for (let at = 0; at < 120 * 80; at++) image.data.set([at & 255, at >> 8, (at * 7) & 255, 255], at * 4)
  canvas.getContext('2d').putImageData(image, 0, 0)
  return canvas
}`

const copyInBrowser = (text: string, html: string) => `(async () => {
  const blob = (text, type) => new Blob([text], { type })
  await navigator.clipboard.write([new ClipboardItem({
    'text/plain': blob(${JSON.stringify(text)}, 'text/plain'),
    'text/html': blob(${JSON.stringify(html)}, 'text/html'),
    'image/png': await (${draw})().convertToBlob(),
  })])
})()`

const pixelsOfPng = (png: Uint8Array) => `(async () => {
  const bytes = Uint8Array.from(atob('${Buffer.from(png).toString('base64')}'), letter => letter.charCodeAt(0))
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')
  context.drawImage(bitmap, 0, 0)
  return context.getImageData(0, 0, bitmap.width, bitmap.height).data.join()
})()`

/** What the browser's clipboard holds in that form, as it was put there. */
const inBrowser = async (page: Page, type: string): Promise<Buffer | undefined> => {
  // To look is work for the browser.
  await pause(250)
  const found = (await page.evaluate(`(async () => {
    const items = await navigator.clipboard.read({ unsanitized: ['text/html'] })
    const item = items.find(({ types }) => types.includes('${type}'))
    if (!item) return undefined
    const bytes = new Uint8Array(await (await item.getType('${type}')).arrayBuffer())
    let text = ''
    for (let at = 0; at < bytes.length; at += 65536) text += String.fromCharCode(...bytes.subarray(at, at + 65536))
    return btoa(text)
  })()`)) as string | undefined
  return found === undefined ? undefined : Buffer.from(found, 'base64')
}

/** Almost 1 MiB, in short lines. */
const longText = (word: string) => `${word}\n`.repeat(1_000_000 / (word.length + 1))

const md5 = (text: string) => hash('md5', text)
