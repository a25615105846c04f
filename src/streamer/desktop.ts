/** One desktop and everyone who looks at it. */
import type { Socket } from 'node:net'
import { createCollector, encodeCopy } from '../protocol/clipboard.ts'
import { type DesktopMessage, type ViewerMessage, version } from '../protocol/messages.ts'
import { createClipboard } from './clipboard.ts'
import { createCursor } from './cursor.ts'
import { openDisplay } from './display.ts'
import { candidates, chooseEncoder } from './encoders.ts'
import { createInput } from './input.ts'
import { createKeyboard } from './keyboard.ts'
import { createLanes } from './lanes.ts'
import { createScreen } from './screen.ts'
import { createSize } from './size.ts'
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

/** `speakers` is the pipe that the sound server writes into, `devices` the folder with the sockets of pen and fingers. */
export const openDesktop = async (
  displayName: string,
  speakers: string,
  devices: string,
  on: { left(): void; ended(): void },
): Promise<Desktop> => {
  const display = await openDisplay(displayName, on.ended)
  const screen = await createScreen(display)
  const keyboard = await createKeyboard(display)
  const tablet = await openTablet(display, devices)
  const size = createSize(display)
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
  const lanes = createLanes(screen, await chooseEncoder(await candidates()))
  screen.onChange(parts => lanes.changed(parts))
  screen.onResize(() => lanes.resized())

  const serve = (socket: Socket) => {
    const input = createInput(display, keyboard, tablet.createHand())
    const collect = createCollector(copy => clipboard.set(copy))
    const voice = createVoice()
    const viewer = createViewer(socket, input, {
      message(viewer, message) {
        if (viewers.get(viewer) === 'looking') take(viewer, message)
        else greet(viewer, message)
      },
      hears: viewer => sound.isHeardBy(viewer),
      gone(viewer) {
        lanes.remove(viewer)
        sound.listen(viewer, false)
        voice.close()
        viewers.delete(viewer)
        if (viewers.size === 0) on.left()
      },
    })
    viewers.set(viewer, 'new')

    const greet = (viewer: Viewer, message: ViewerMessage) => {
      if (message.kind !== 'hello' || message.version !== version) return viewer.hangUp()
      viewers.set(viewer, 'looking')
      lanes.add(viewer)
      viewer.tell(cursor.message)
      viewer.tell(sound.greeting)
    }
    let refreshedAt = Number.NEGATIVE_INFINITY
    let isToRefresh = false
    const refresh = (viewer: Viewer) => {
      if (isToRefresh) return
      isToRefresh = true
      setTimeout(
        () => {
          isToRefresh = false
          refreshedAt = performance.now()
          lanes.refresh(viewer)
        },
        Math.max(0, refreshedAt + refreshEveryMs - performance.now()),
      )
    }
    const take = (viewer: Viewer, message: ViewerMessage) => {
      switch (message.kind) {
        case 'hello':
          return viewer.hangUp()
        case 'shown':
          viewer.link.shown(message.ordinal)
          return lanes.proceed(viewer)
        case 'refresh':
          return refresh(viewer)
        case 'size':
          return size.set(message.width, message.height)
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
      tablet.close()
      sound.close()
      await lanes.close()
      display.close()
    },
  }
}
