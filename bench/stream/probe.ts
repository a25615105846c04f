/**
 * Looks from within the page at what it shows, the same way for all that is measured: a script that runs before the
 * page's own. Whenever something is drawn on a canvas of the screen's size, or a video shows its next frame, a few rows
 * of pixels are read: what the program on the desktop wrote there (`layout.ts`). Nothing is read while nothing is
 * drawn, or while nobody asks.
 */
import type { Layout, Probe, Seen } from './probe-view.ts'

declare global {
  interface Window {
    layout: Layout
    probe: Probe
  }
}

{
  const { screen, echo, sign, motion, code, codeBits, looked } = window.layout
  const unansweredMs = 3000
  const white = 127

  let isLooking = false
  let isScheduled = false
  let beganAt = 0
  let keys: number[] = []
  let pictures: Seen['pictures'] = []
  let flashes: number[] = []
  let tones: number[] = []
  let lastDrawAt = 0
  let messageBytes = 0
  let lastCode = -1
  let shown: boolean | undefined
  let pressed: { at: number; before: boolean | undefined; answered(): void } | undefined
  let last: Promise<void> = Promise.resolve()

  type Layer = HTMLCanvasElement | HTMLVideoElement
  const isOfScreen = (layer: Layer) => {
    const [width, height] =
      layer instanceof HTMLVideoElement ? [layer.videoWidth, layer.videoHeight] : [layer.width, layer.height]
    return Math.abs(width - screen.width) < 2 && Math.abs(height - screen.height) < 2
  }
  /** The lowest first. */
  const layers = () => [...document.querySelectorAll<Layer>('video, canvas')].filter(isOfScreen)

  const scratch = new OffscreenCanvas(looked.width, looked.height).getContext('2d', { willReadFrequently: true })
  const brightness = (data: Uint8ClampedArray, at: number) =>
    0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0)

  /** Brightness of the pixels that are looked at; of a video the plane that holds it, which costs no conversion. */
  const look = async (): Promise<Uint8Array> => {
    const found = layers()
    const seen = new Uint8Array(looked.width * looked.height)
    const canvases = found.filter(layer => layer instanceof HTMLCanvasElement)
    const videos = found.filter(layer => layer instanceof HTMLVideoElement)
    const parts = canvases.map(canvas => {
      const own = canvas.getContext('2d')
      if (own) return own.getImageData(looked.x, looked.y, looked.width, looked.height).data
      scratch?.clearRect(0, 0, looked.width, looked.height)
      scratch?.drawImage(canvas, -looked.x, -looked.y)
      return scratch?.getImageData(0, 0, looked.width, looked.height).data
    })
    const isCovered = parts.some(part => part?.every((value, at) => at % 4 !== 3 || value === 255))
    const video = isCovered ? undefined : videos.at(-1)
    if (video) await readVideo(video, seen)
    for (const part of parts)
      if (part)
        for (let pixel = 0; pixel < seen.length; pixel++)
          if (part[pixel * 4 + 3] === 255) seen[pixel] = brightness(part, pixel * 4)
    return seen
  }
  const readVideo = async (video: HTMLVideoElement, into: Uint8Array) => {
    const frame = new VideoFrame(video)
    try {
      const rect = { x: looked.x, y: looked.y, width: looked.width, height: looked.height }
      const bytes = new Uint8Array(frame.allocationSize({ rect }))
      const [plane] = await frame.copyTo(bytes, { rect })
      if (!frame.format?.startsWith('I4') && frame.format !== 'NV12') throw new Error(`a video of ${frame.format}`)
      for (let row = 0; row < looked.height; row++) {
        const from = (plane?.offset ?? 0) + row * (plane?.stride ?? 0)
        into.set(bytes.subarray(from, from + looked.width), row * looked.width)
      }
    } finally {
      frame.close()
    }
  }

  const at = (seen: Uint8Array, x: number, y: number) => seen[(y - looked.y) * looked.width + x - looked.x] ?? 0
  const readCode = (seen: Uint8Array): number | undefined => {
    const bit = (index: number) => at(seen, (index + 0.5) * code.side, motion.y + code.side / 2 - 1) > white
    const bits = Array.from({ length: codeBits }, (_, index) => Number(bit(index)))
    if (bits[0] !== 1 || bits[1] !== 0) return undefined
    return bits.slice(2, 2 + code.timeBits).reduce((time, bit) => time * 2 + bit, 0)
  }

  const note = (seen: Uint8Array, seenAt: number, now: number) => {
    const time = readCode(seen)
    if (time !== undefined && time !== lastCode) {
      lastCode = time
      pictures.push({ drawnAt: Math.floor(seenAt / 2 ** code.timeBits) * 2 ** code.timeBits + time, seenAt })
    }
    const before = shown
    shown = at(seen, echo.x + echo.width / 2, echo.y + echo.height / 2 + 6) > white
    if (before !== undefined && shown !== before) flashes.push(seenAt)
    if (!pressed || shown === pressed.before) return
    keys.push(now - pressed.at)
    pressed.answered()
    pressed = undefined
  }
  const drawn = () => {
    lastDrawAt = Date.now()
    if (!isLooking || isScheduled) return
    isScheduled = true
    // When the page is done with what it draws together.
    queueMicrotask(() => {
      isScheduled = false
      const [seenAt, now] = [Date.now(), performance.now()]
      const before = last
      const looking = look()
      last = before.then(async () => note(await looking, seenAt, now))
    })
  }

  const drawing = ['drawImage', 'putImageData', 'clearRect', 'fillRect'] as const
  for (const name of drawing) {
    const draw = CanvasRenderingContext2D.prototype[name] as (...values: unknown[]) => void
    Object.assign(CanvasRenderingContext2D.prototype, {
      [name](this: CanvasRenderingContext2D, ...values: unknown[]) {
        draw.apply(this, values)
        if (this.canvas.isConnected && isOfScreen(this.canvas)) drawn()
      },
    })
  }
  const watched = new WeakSet<HTMLVideoElement>()
  /** Only while somebody looks: to be told of each frame is work for the browser. */
  const watch = (video: HTMLVideoElement) => {
    watched.add(video)
    const next = () => {
      drawn()
      if (isLooking && video.isConnected) video.requestVideoFrameCallback(next)
      else watched.delete(video)
    }
    video.requestVideoFrameCallback(next)
  }
  const watchAll = () => {
    if (!isLooking) return
    for (const video of document.querySelectorAll('video')) if (!watched.has(video)) watch(video)
  }
  new MutationObserver(watchAll).observe(document, { childList: true, subtree: true })

  const sockets = new WeakSet<WebSocket>()
  const { send } = WebSocket.prototype
  WebSocket.prototype.send = function (message) {
    if (!sockets.has(this)) {
      sockets.add(this)
      this.addEventListener('message', ({ data }) => {
        if (typeof data !== 'string') messageBytes += data.byteLength ?? data.size
      })
    }
    return send.call(this, message)
  }

  // What the page gives to the speakers is listened to, and each sample counts from when it is to be heard.
  const listenEveryMs = 4
  const loud = 0.05
  const quietMs = 200
  const connect = AudioNode.prototype.connect as (...values: unknown[]) => AudioNode
  const listen = (source: AudioNode) => {
    const context = source.context as AudioContext
    const ear = new AnalyserNode(context, { fftSize: 2048 })
    connect.call(source, ear)
    const samples = new Float32Array(ear.fftSize)
    let lastLoudAt = 0
    setInterval(() => {
      if (!isLooking || context.state !== 'running') return
      ear.getFloatTimeDomainData(samples)
      const newestAt = Date.now() + context.outputLatency * 1000
      const msOf = (index: number) => newestAt - ((samples.length - index) * 1000) / context.sampleRate
      const first = samples.findIndex(sample => Math.abs(sample) > loud)
      if (first < 0) return
      if (msOf(first) - lastLoudAt > quietMs) tones.push(msOf(first))
      lastLoudAt = msOf(samples.findLastIndex(sample => Math.abs(sample) > loud))
    }, listenEveryMs)
  }
  AudioNode.prototype.connect = function (this: AudioNode, ...values: unknown[]) {
    if (values[0] instanceof AudioDestinationNode) listen(this)
    return connect.apply(this, values)
  } as typeof AudioNode.prototype.connect

  window.addEventListener(
    'keydown',
    () => {
      if (!isLooking) return
      const at = performance.now()
      let limit: ReturnType<typeof setTimeout>
      waiting = new Promise<void>(resolve => {
        const answered = () => {
          clearTimeout(limit)
          resolve()
        }
        pressed = { at, before: shown, answered }
        limit = setTimeout(() => {
          pressed = undefined
          keys.push(unansweredMs)
          resolve()
        }, unansweredMs)
      })
    },
    { capture: true },
  )
  let waiting: Promise<void> = Promise.resolve()

  const picture = () => {
    const context = new OffscreenCanvas(screen.width, screen.height).getContext('2d')
    if (!context) throw new Error('the page paints no pictures')
    for (const layer of layers()) context.drawImage(layer, 0, 0)
    return context.getImageData(0, 0, screen.width, screen.height)
  }
  window.probe = {
    isThere() {
      if (layers().length === 0) return false
      const { data } = picture()
      const pixel = ((sign.y + sign.height / 2) * screen.width + sign.x + sign.width / 2) * 4
      return (data[pixel] ?? 0) > 200 && (data[pixel + 1] ?? 0) < 60 && (data[pixel + 2] ?? 0) > 200
    },
    begin() {
      keys = []
      pictures = []
      flashes = []
      tones = []
      lastCode = -1
      beganAt = performance.now()
      isLooking = true
      watchAll()
      drawn()
    },
    end() {
      isLooking = false
      const seconds = (performance.now() - beganAt) / 1000
      return { seconds, keys, pictures, flashes, tones, lastDrawAt, messageBytes }
    },
    answered: () => waiting,
    picture() {
      const { data } = picture()
      let text = ''
      for (let from = 0; from < data.length; from += 49_152)
        text += String.fromCharCode(...data.subarray(from, from + 49_152))
      return btoa(text)
    },
  }
}
