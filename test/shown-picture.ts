/** What a viewer shows, to be compared with what the X server has. */
import type { Page } from 'playwright-core'
import { screenOf } from './x-screen.ts'

/** What the viewer's canvas holds, where it is opaque; the picture at rest is all of it. */
export const canvasOf = async (page: Page) => {
  const [width, height, base64] = (await page.evaluate(`(() => {
    const canvas = document.querySelector('#screen canvas')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let text = ''
    for (let at = 0; at < data.length; at += 65536) text += String.fromCharCode(...data.subarray(at, at + 65536))
    return [canvas.width, canvas.height, btoa(text)]
  })()`)) as [number, number, string]
  return { width, height, pixels: Buffer.from(base64, 'base64') }
}

/** How many pixels of the viewer's are not those of the X server's screen, or of the part of it that `monitor` shows. */
export const differencesOf = async (
  page: Page,
  xServer: string,
  monitor?: { left: number; width: number; height: number },
): Promise<number> => {
  const [ours, theirs] = await Promise.all([canvasOf(page), screenOf(xServer)])
  const { left, width, height } = monitor ?? { left: 0, ...theirs }
  if (ours.width !== width || ours.height !== height) return Number.POSITIVE_INFINITY
  let count = 0
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const opaque = theirs.pixels.readUIntBE((y * theirs.width + left + x) * 3, 3) * 256 + 255
      if (ours.pixels.readUInt32BE((y * width + x) * 4) !== opaque) count++
    }
  return count
}
