/** The screen takes the size that a viewer's window has. */
import type { ScreenResources } from 'x11'
import { answer, type Display } from './display.ts'

const rotateNormally = 1
const millimetresPerInch = 25.4
const dotsPerInch = 96
const least = { width: 320, height: 200 } as const

export interface Size {
  /** The nearest size that the X server takes. Of several wishes at once, the last one counts. */
  set(width: number, height: number): void
}

export const createSize = (display: Display): Size => {
  const { randr, root } = display
  let wish: { width: number; height: number } | undefined
  let isBusy = false

  const apply = async (width: number, height: number) => {
    const resources = await answer<ScreenResources>(callback => randr.GetScreenResources(root, callback))
    const [crtc] = resources.crtcs
    const [output] = resources.outputs
    if (crtc === undefined || output === undefined) return
    const name = `${width}x${height}`
    const known = resources.modeinfos.find(mode => mode.width === width && mode.height === height)
    const mode =
      known?.id ??
      (await answer<number>(callback =>
        randr.CreateMode(
          root,
          { width, height, name, dot_clock: width * height * 60, h_total: width, v_total: height },
          callback,
        ),
      ))
    if (!known) randr.AddOutputMode(output, mode)
    const set = (mode: number, outputs: number[]) =>
      answer<{ status: number }>(callback =>
        randr.SetCrtcConfig(crtc, 0, resources.config_timestamp, 0, 0, mode, rotateNormally, outputs, callback),
      )
    // A screen may not be smaller than what an output shows of it, so the output is dark for a moment.
    await set(0, [])
    const millimetres = (pixels: number) => Math.round((pixels / dotsPerInch) * millimetresPerInch)
    randr.SetScreenSize(root, width, height, millimetres(width), millimetres(height))
    await set(mode, [output])
    for (const { id, width, height, name } of resources.modeinfos)
      if (id !== mode && name === `${width}x${height}`) {
        randr.DeleteOutputMode(output, id)
        randr.DestroyMode(id)
      }
  }

  const work = async () => {
    if (isBusy) return
    isBusy = true
    try {
      for (let next = wish; next; next = wish) {
        wish = undefined
        if (next.width !== display.width || next.height !== display.height) await apply(next.width, next.height)
      }
    } finally {
      isBusy = false
    }
  }

  return {
    set(width, height) {
      wish = { width: Math.max(least.width, width), height: Math.max(least.height, height) }
      work().catch(error => console.error('the screen does not take another size:', error.message))
    },
  }
}
