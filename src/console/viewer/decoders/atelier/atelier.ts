/** The decoder of our own protocol (`src/protocol`): a picture, and the hands on it. */
import { ProtocolError } from '../../../../protocol/bytes.ts'
import { createCollector, cutIntoPieces, encodeCopy } from '../../../../protocol/clipboard.ts'
import { decodeDesktopMessage } from '../../../../protocol/decode.ts'
import { encodeViewerMessage } from '../../../../protocol/encode.ts'
import { type DesktopMessage, numbers, type ViewerMessage, version } from '../../../../protocol/messages.ts'
import { mayTell, type Rights } from '../../../../protocol/rights.ts'
import type { Decoder, DecoderEvents, Key, Scaling } from '../../decoder.ts'
import { cursorStyle } from './cursor.ts'
import { nameOfDecoder } from './decoder-name.ts'
import { createKeyboardSource, type KeyboardSource } from './keyboard.ts'
import { keysymOfStroke } from './keysyms.ts'
import { createLatency } from './latency.ts'
import { createPicture } from './picture.ts'
import { watchPointer } from './pointer.ts'
import { createRate } from './rate.ts'

/** A window that is being resized has many sizes; the one it rests at counts, ms. */
const restMs = 100
/** The desktop is told of every so many packets of sound that they have arrived. */
const packetsPerHeard = 5
/** So much may wait for the network; a voice of the past is of no use to anybody. */
const waitingBytes = 16 * 1024

export const createAtelierDecoder = (): Decoder => {
  let end: (() => void) | undefined
  let picture: ReturnType<typeof createPicture> | undefined
  let keyboard: KeyboardSource | undefined
  let say: (message: ViewerMessage) => void = () => {}
  let layOut: () => void = () => {}
  let scaling: Scaling = 'fit'
  let isReady = false
  let measures: Decoder['measures'] = () => undefined

  const connect = (socket: WebSocket, element: HTMLElement, rights: Rights, monitor: number, events: DecoderEvents) => {
    socket.binaryType = 'arraybuffer'
    const collect = createCollector(events.clipboard)
    const latency = createLatency()
    const pictures = createRate()
    const bytes = createRate()
    let packets = 0
    /** Of the picture that came last. */
    let ordinal = 0
    /** When the picture that comes next was taken. */
    let moment: number | undefined
    let encoder: string | undefined
    let decoderName: string | undefined
    measures = () => ({
      encoder,
      decoder: decoderName,
      width: shown.canvas.width,
      height: shown.canvas.height,
      latency: latency.view(),
      picturesPerSecond: pictures.perSecond(),
      bitsPerSecond: bytes.perSecond() * 8,
    })
    say = message => {
      if (socket.readyState !== WebSocket.OPEN || !mayTell(numbers.viewer[message.kind], rights)) return
      socket.send(encodeViewerMessage(message) as Uint8Array<ArrayBuffer>)
    }
    const hands = createKeyboardSource({
      key: (keysym, isDown) => say({ kind: 'key', input: latency.number(), isDown, keysym }),
      release: () => say({ kind: 'release' }),
    })
    const shown = createPicture({
      shown: ordinal => say({ kind: 'shown', ordinal }),
      lost: () => say({ kind: 'refresh' }),
      failed: () => socket.close(),
      isAwaited: latency.isAwaited,
      seen(ordinal) {
        latency.seen(ordinal)
        pictures.count(1)
        if (moment !== undefined) events.moment(moment)
        moment = undefined
        if (isReady) return
        isReady = true
        events.ready()
      },
      resized: () => layOut(),
    })
    picture = shown
    keyboard = hands
    const frame = document.createElement('div')
    Object.assign(frame.style, { position: 'absolute', inset: '0', display: 'grid', placeContent: 'safe center' })
    frame.append(shown.stage, hands.field)
    element.append(frame)
    watchPointer(shown.canvas, {
      pointer: (x, y, buttons) => say({ kind: 'pointer', input: latency.number(), x, y, buttons }),
      wheel: (right, down) => say({ kind: 'wheel', input: latency.number(), right, down }),
      pen: (tool, isNear, buttons, samples) =>
        say({ kind: 'pen', input: latency.number(), tool, isNear, buttons, samples }),
      touch: (finger, phase, x, y) => say({ kind: 'touch', input: latency.number(), finger, phase, x, y }),
      relative: (right, down, buttons) => say({ kind: 'relative', input: latency.number(), right, down, buttons }),
      touched: () => hands.field.focus({ preventScroll: true }),
    })

    layOut = () => {
      const { width, height } = shown.canvas
      const { clientWidth, clientHeight } = element
      frame.style.overflow = scaling === 'actual' ? 'auto' : 'hidden'
      // Where the desktop cannot take the window's size, `fit` falls back to a scaled picture; else it changes nothing.
      const scale = scaling === 'actual' ? 1 : Math.min(clientWidth / width, clientHeight / height)
      const isExact = scaling === 'actual' || (Math.abs(clientWidth - width) < 2 && Math.abs(clientHeight - height) < 2)
      shown.stage.style.zoom = isExact ? '1' : String(scale)
    }
    let resting: ReturnType<typeof setTimeout> | undefined
    const tellSize = () => {
      const { clientWidth: width, clientHeight: height } = element
      if (width > 0 && height > 0) say({ kind: 'size', width, height })
    }
    const wish = () => {
      if (scaling === 'fit') tellSize()
    }
    const observer = new ResizeObserver(() => {
      layOut()
      clearTimeout(resting)
      resting = setTimeout(wish, restMs)
    })
    observer.observe(element)

    const take = (message: DesktopMessage) => {
      switch (message.kind) {
        case 'screen':
          nameOfDecoder(message.codec).then(
            name => {
              decoderName = name
            },
            // A codec that is none: the picture says so.
            () => {},
          )
          return shown.screen(message)
        case 'video':
          ordinal = message.ordinal
          return shown.video(message)
        case 'tiles':
          ordinal = message.ordinal
          return shown.tiles(message).catch(() => socket.close())
        case 'echo':
          return latency.echo(message.input, ordinal)
        case 'cursor':
          shown.canvas.style.cursor = cursorStyle(message)
          return
        case 'encoder':
          encoder = message.name
          return
        case 'monitors':
          return events.monitors(message)
        case 'sound':
          return events.sound(message.state)
        case 'audio':
          if (++packets % packetsPerHeard === 0) say({ kind: 'heard', at: message.at })
          return events.audio(message.at, message.data)
        case 'moment':
          moment = message.at
          return
        case 'clipboard':
          say({ kind: 'taken' })
          return collect(message)
      }
    }
    const greet = () => {
      if (monitor === 0) {
        say({ kind: 'hello', version })
        return wish()
      }
      // Before anything else, so that nothing of another monitor is shown. It is there for this window, which so tells
      // its size, even if the picture is scaled later.
      say({ kind: 'monitor', monitor })
      tellSize()
      say({ kind: 'hello', version })
    }
    speak = data => {
      if (data.length === 0 || socket.bufferedAmount < waitingBytes) say({ kind: 'voice', data })
    }
    if (socket.readyState === WebSocket.OPEN) greet()
    else socket.addEventListener('open', greet)
    socket.addEventListener('message', ({ data }) => {
      if (!(data instanceof ArrayBuffer)) return
      bytes.count(data.byteLength)
      try {
        take(decodeDesktopMessage(new Uint8Array(data)))
      } catch (error) {
        if (!(error instanceof ProtocolError || error instanceof DOMException || error instanceof TypeError))
          throw error
        // The desktop is not what it should be: the shell begins anew.
        socket.close()
      }
    })
    end = () => {
      observer.disconnect()
      clearTimeout(resting)
      hands.close()
      shown.close()
      frame.remove()
    }
    wishAgain = wish
  }
  let wishAgain: () => void = () => {}
  let speak: Decoder['voice'] = () => {}

  return {
    connect,
    close() {
      end?.()
      end = undefined
      picture = undefined
      keyboard = undefined
    },
    picture() {
      if (!picture || !isReady) return undefined
      const copy = picture.copy()
      const { width, height } = picture.canvas.getBoundingClientRect()
      copy.style.width = `${width}px`
      copy.style.height = `${height}px`
      return copy
    },
    setClipboard(copy) {
      for (const piece of cutIntoPieces(encodeCopy(copy))) say({ kind: 'clipboard', ...piece })
    },
    sendKeys: keys => keyboard?.press(keys.flatMap(key => keysymOfKey(key) ?? [])),
    sendText: text => keyboard?.type(text),
    setScaling(wanted) {
      scaling = wanted
      layOut()
      wishAgain()
    },
    look: monitor => say({ kind: 'monitor', monitor }),
    releaseKeys: () => keyboard?.releaseAll(),
    listen: isOn => say({ kind: 'listen', isOn }),
    voice: data => speak(data),
    measures: () => measures(),
    focus: () => keyboard?.field.focus({ preventScroll: true }),
    // A browser that refuses has said why to the user, or was asked without his hand on it.
    lockPointer: () => void Promise.resolve(picture?.canvas.requestPointerLock()).catch(() => {}),
  }
}

const keysymOfKey = (code: Key): number | undefined => {
  const key = code.replace(/^Key([A-Z])$/, (_, letter: string) => letter.toLowerCase())
  return keysymOfStroke({ key, code, ctrlKey: false, altKey: false, metaKey: false })
}

/** Whether this browser shows what the protocol carries. WebCodecs are there on secure pages only. */
export const canShow = async (): Promise<boolean> => {
  if (!('VideoDecoder' in window) || !('DecompressionStream' in window)) return false
  try {
    const { supported } = await VideoDecoder.isConfigSupported({ codec: 'avc1.64002A', optimizeForLatency: true })
    return supported === true
  } catch {
    return false
  }
}
