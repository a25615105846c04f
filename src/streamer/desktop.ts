/** One desktop and everyone who looks at it. */
import type { Socket } from 'node:net'
import { createCollector, encodeCopy } from '../protocol/clipboard.ts'
import { type DesktopMessage, type ViewerMessage, version } from '../protocol/messages.ts'
import { createAudience } from './audience.ts'
import { createClipboard } from './clipboard.ts'
import { createCursor } from './cursor.ts'
import { openDisplay } from './display.ts'
import { candidates, chooseEncoder } from './encoders.ts'
import { createInput } from './input.ts'
import { createKeyboard } from './keyboard.ts'
import { createMonitors } from './monitors.ts'
import { createScreen } from './screen.ts'
import { createSound } from './sound.ts'
import { openTablet } from './tablet.ts'
import { createViewer, type Viewer } from './viewer.ts'
import { createVoice } from './voice.ts'

export interface Desktop {
  serve(socket: Socket): void
  close(): Promise<void>
}

/** A viewer that shows nothing of what is under way to it for so long is gone, whatever its socket says, ms. */
const silenceMs = 20_000
const lookEveryMs = 1000
/** A complete picture costs everyone who looks: a viewer that asks for one after another gets one in this time, ms. */
const refreshEveryMs = 1000

/** `speakers` is the pipe that the sound server writes into, `devices` the folder with the pipes of pen and fingers. */
export const openDesktop = async (
  displayName: string,
  speakers: string,
  devices: string,
  on: { left(): void; ended(): void },
): Promise<Desktop> => {
  const display = await openDisplay(displayName, on.ended)
  const screen = await createScreen(display)
  const keyboard = await createKeyboard(display)
  const tablet = openTablet(devices)
  const monitors = await createMonitors(display)
  const sound = createSound(speakers)
  /** By viewer; those that have not said hello yet look at nothing. */
  const viewers = new Map<Viewer, 'new' | 'looking'>()
  const tellAll = (message: DesktopMessage) => {
    for (const [viewer, state] of viewers) if (state === 'looking') viewer.tell(message)
  }
  const cursor = await createCursor(display, () => tellAll(cursor.message))
  const clipboard = await createClipboard(display, copy => {
    const bytes = encodeCopy(copy)
    for (const [viewer, state] of viewers) if (state === 'looking') viewer.delivery.begin(bytes)
  })
  const encoder = await chooseEncoder(await candidates())
  const audience = await createAudience(screen, monitors, encoder, () => {
    for (const [viewer, state] of viewers) if (state === 'looking') tellMonitors(viewer)
  })
  const told = new WeakMap<Viewer, string>()
  const tellMonitors = (viewer: Viewer) => {
    const shown = audience.seenBy(viewer)
    // One that has just gone is seen no more in a moment.
    if (!monitors.places[shown]) return
    const inUse = (monitor: number) => monitor === 0 || monitor === shown || audience.isKept(monitor)
    const present = [...monitors.places.keys()].filter(monitor => monitors.places[monitor] && inUse(monitor))
    const news = [...present, shown].join()
    if (told.get(viewer) === news) return
    told.set(viewer, news)
    viewer.tell({ kind: 'monitors', present, shown })
  }

  const serve = (socket: Socket) => {
    const wholeScreen = () => ({ x: 0, y: 0, width: display.width, height: display.height })
    const seen = () => monitors.places[audience.seenBy(viewer)] ?? wholeScreen()
    const input = createInput(display, keyboard, tablet.createHand(), seen)
    const collect = createCollector(copy => clipboard.set(copy))
    const voice = createVoice()
    const viewer: Viewer = createViewer(socket, input, {
      message(viewer, message) {
        if (viewers.get(viewer) === 'looking') take(viewer, message)
        else greet(viewer, message)
      },
      hears: viewer => sound.isHeardBy(viewer),
      gone(viewer) {
        audience.remove(viewer)
        sound.listen(viewer, false)
        voice.close()
        viewers.delete(viewer)
        if (viewers.size === 0) on.left()
      },
    })
    viewers.set(viewer, 'new')

    const greet = (viewer: Viewer, message: ViewerMessage) => {
      if (message.kind === 'monitor') return audience.want(viewer, message.monitor)
      if (message.kind === 'size') return audience.resize(viewer, message.width, message.height)
      if (message.kind !== 'hello' || message.version !== version) return viewer.hangUp()
      viewers.set(viewer, 'looking')
      audience.add(viewer)
      viewer.tell(cursor.message)
      viewer.tell(sound.greeting)
    }
    const refresh = atMostEvery(refreshEveryMs, () => audience.refresh(viewer))
    let wanted = 0
    const changeMonitor = atMostEvery(refreshEveryMs, () => {
      if (viewers.has(viewer)) audience.want(viewer, wanted)
    })
    const take = (viewer: Viewer, message: ViewerMessage) => {
      switch (message.kind) {
        case 'hello':
          return viewer.hangUp()
        case 'shown':
          viewer.link.shown(message.ordinal)
          return audience.proceed(viewer)
        case 'refresh':
          return refresh()
        case 'monitor':
          wanted = message.monitor
          return changeMonitor()
        case 'size':
          return audience.resize(viewer, message.width, message.height)
        case 'clipboard':
          return collect(message)
        case 'taken':
          return viewer.delivery.taken()
        case 'listen':
          return sound.listen(viewer, message.isOn)
        case 'heard':
          return sound.heard(viewer, message.at)
        case 'voice':
          return voice.take(message.data)
        default:
          return input.take(message)
      }
    }
  }

  const watch = setInterval(() => {
    for (const viewer of viewers.keys()) if (viewer.link.silentMs() > silenceMs) viewer.hangUp()
  }, lookEveryMs)

  return {
    serve,
    async close() {
      clearInterval(watch)
      for (const viewer of viewers.keys()) viewer.hangUp()
      sound.close()
      await audience.close()
      // What viewers held down has come up by now.
      tablet.close()
      display.close()
    },
  }
}

/** Calls now, or when the last call is as long ago; what is asked for meanwhile is done once. */
const atMostEvery = (ms: number, act: () => void) => {
  let doneAt = Number.NEGATIVE_INFINITY
  let isDue = false
  return () => {
    if (isDue) return
    isDue = true
    setTimeout(
      () => {
        isDue = false
        doneAt = performance.now()
        act()
      },
      Math.max(0, doneAt + ms - performance.now()),
    )
  }
}
