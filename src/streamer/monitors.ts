/**
 * The monitors of the desktop: outputs of the X server, side by side in their order. Each takes the size that a viewer's
 * window has. The first one is always there; others come when a viewer gives them a size.
 */
import type { CrtcInfo, ScreenResources } from 'x11'
import { limits } from '../protocol/messages.ts'
import type { Rectangle } from '../protocol/rectangle.ts'
import { answer, type Display } from './display.ts'
import { createWindows, isSame, type Places } from './windows.ts'

export interface Monitors {
  readonly places: Places
  /** It is asked for, and will be there or turn out not to be had. */
  isComing(monitor: number): boolean
  /** The nearest size that the X server takes. Of several wishes for one monitor at once, the last one counts. */
  set(monitor: number, width: number, height: number): void
  /** Nothing for the first one. */
  remove(monitor: number): void
  /** `listener` is called when places have changed, and when what was asked for has turned out not to be had. */
  onChange(listener: () => void): void
}

interface Size {
  width: number
  height: number
}

const rotateNormally = 1
const screenChange = 1
const millimetresPerInch = 25.4
const dotsPerInch = 96
const least = { width: 320, height: 200 } as const
/** Of all together: what the X server's memory (`desktop/xorg.conf`) and its numbers for places hold. */
const most = { side: 0x7fff, pixels: 64 * 1024 * 1024 } as const

export const createMonitors = async (display: Display): Promise<Monitors> => {
  const { X, randr, root } = display
  const windows = await createWindows(display)
  const listeners: (() => void)[] = []
  const changed = () => {
    for (const listener of listeners) listener()
  }
  /** By monitor; undefined of one that is to go. */
  let wishes = new Map<number, Size | undefined>()
  let underWay: ReadonlyMap<number, Size | undefined> = new Map()
  let isBusy = false

  const askResources = () => answer<ScreenResources>(callback => randr.GetScreenResources(root, callback))
  const look = async (): Promise<Places> => {
    const { crtcs, config_timestamp: time } = await askResources()
    const infos = await Promise.all(
      crtcs
        .slice(0, limits.monitors)
        .map(crtc => answer<CrtcInfo>(callback => randr.GetCrtcInfo(crtc, time, callback))),
    )
    const found = infos.map(({ x, y, width, height, mode }) => (mode === 0 ? undefined : { x, y, width, height }))
    const others = found.slice(1)
    const whole = { x: 0, y: 0, width: display.width, height: display.height }
    // One that is alone shows everything: a viewer by RFB makes the screen larger than its output.
    return [(others.some(place => place) && found[0]) || whole, ...others]
  }
  let places = await look()
  const lookAgain = async () => {
    const found = await look()
    const isOld = found.length === places.length && found.every((place, monitor) => isSame(place, places[monitor]))
    places = found
    if (!isOld) changed()
  }
  const failed = (error: Error) => console.error('the monitors are not as they should be:', error.message)
  randr.SelectInput(root, screenChange)
  // Programs of the desktop may change the monitors as well.
  display.on('RRScreenChangeNotify', () => {
    if (!isBusy) lookAgain().catch(failed)
  })

  const apply = async (sizes: readonly (Size | undefined)[]) => {
    const next = sideBySide(sizes)
    const width = Math.max(...next.map(place => (place ? place.x + place.width : 0)))
    const height = Math.max(...next.map(place => place?.height ?? 0))
    // On the way to another size, the screen holds both.
    const [widest, highest] = [Math.max(width, display.width), Math.max(height, display.height)]
    if (widest > most.side || widest * highest > most.pixels) throw new Error(`no room for ${widest}x${highest}`)
    const resources = await askResources()
    const { crtcs, outputs, config_timestamp: time } = resources
    const modes = await chooseModes(resources, sizes)
    const arrange = await windows.remember(places)
    const resize = (width: number, height: number) =>
      randr.SetScreenSize(root, width, height, inMillimetres(width), inMillimetres(height))
    // The window manager sees the end of it only: what is nowhere in between, it would move.
    X.GrabServer()
    try {
      if (widest !== display.width || highest !== display.height) resize(widest, highest)
      for (const [monitor, place] of next.entries()) {
        const [crtc, output, mode] = [crtcs[monitor], outputs[monitor], modes[monitor]]
        if (crtc === undefined || output === undefined) continue
        const { status } = await answer<{ status: number }>(callback =>
          place && mode !== undefined
            ? randr.SetCrtcConfig(crtc, 0, time, place.x, place.y, mode, rotateNormally, [output], callback)
            : randr.SetCrtcConfig(crtc, 0, time, 0, 0, 0, rotateNormally, [], callback),
        )
        if (status !== 0) throw new Error(`monitor ${monitor} is refused with status ${status}`)
      }
      // Everything so far is true of the old places as well. Whoever takes pictures asks for the new ones from here on.
      places = next
      changed()
      if (widest !== width || highest !== height) resize(width, height)
    } finally {
      X.UngrabServer()
    }
    arrange(next)
    forgetModes(resources, modes)
  }

  /** The mode of each size, which the outputs have from here on. */
  const chooseModes = async (resources: ScreenResources, sizes: readonly (Size | undefined)[]) => {
    const known = resources.modeinfos.map(({ id, width, height }) => ({ id, width, height }))
    const modes: (number | undefined)[] = []
    for (const [monitor, size] of sizes.entries()) {
      const output = resources.outputs[monitor]
      if (!size || output === undefined) {
        modes.push(undefined)
        continue
      }
      const { width, height } = size
      const name = `${width}x${height}`
      const timing = { dot_clock: width * height * 60, h_total: width, v_total: height }
      const id =
        known.find(mode => mode.width === width && mode.height === height)?.id ??
        (await answer<number>(callback => randr.CreateMode(root, { width, height, name, ...timing }, callback)))
      known.push({ id, width, height })
      randr.AddOutputMode(output, id)
      modes.push(id)
    }
    return modes
  }
  const forgetModes = ({ modeinfos, outputs }: ScreenResources, used: readonly (number | undefined)[]) => {
    for (const { id, width, height, name } of modeinfos) {
      if (used.includes(id) || name !== `${width}x${height}`) continue
      for (const output of outputs.slice(0, limits.monitors)) randr.DeleteOutputMode(output, id)
      randr.DestroyMode(id)
    }
  }

  const work = async () => {
    if (isBusy) return
    isBusy = true
    while (wishes.size > 0) {
      underWay = wishes
      wishes = new Map()
      const sizes = places.map((place, monitor) => (underWay.has(monitor) ? underWay.get(monitor) : place))
      const isNew = sizes.some((size, monitor) => {
        const place = places[monitor]
        return size?.width !== place?.width || size?.height !== place?.height
      })
      if (isNew) {
        await apply(sizes).catch(error => console.error('the monitors do not take other sizes:', error.message))
        await lookAgain().catch(failed)
      }
      const isMissing = [...underWay].some(([monitor, size]) => size && !places[monitor])
      underWay = new Map()
      if (isMissing) changed()
    }
    isBusy = false
  }
  const wish = (monitor: number, size: Size | undefined) => {
    wishes.set(monitor, size)
    void work()
  }

  return {
    get places() {
      return places
    },
    isComing: monitor => wishes.get(monitor) !== undefined || underWay.get(monitor) !== undefined,
    set: (monitor, width, height) =>
      wish(monitor, { width: Math.max(least.width, width), height: Math.max(least.height, height) }),
    remove(monitor) {
      if (monitor > 0) wish(monitor, undefined)
    },
    onChange: listener => listeners.push(listener),
  }
}

const inMillimetres = (pixels: number) => Math.round((pixels / dotsPerInch) * millimetresPerInch)

const sideBySide = (sizes: readonly (Size | undefined)[]): Places => {
  let x = 0
  return sizes.map(size => {
    if (!size) return undefined
    const place: Rectangle = { x, y: 0, width: size.width, height: size.height }
    x += size.width
    return place
  })
}
