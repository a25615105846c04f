/**
 * Where frames of video are shown. Chromium takes them as a track of a `video` element, which costs a tenth of the
 * processor time that painting them takes; elsewhere they are painted.
 */
export interface VideoPlane {
  readonly element: HTMLElement
  /** What may be copied from, as it is shown now. */
  readonly source: CanvasImageSource
  /** Takes the frame over. `presented` is called when it is what is seen; to hear of that costs a fifth of what the frame does. */
  show(frame: VideoFrame, presented?: () => void): void
  close(): void
}

/** A frame that is not seen by then is not waited for: the page may be covered by another, ms. */
const patienceMs = 250

/** Without a frame for so long, the video pauses: one that plays costs processor time also when nothing comes, ms. */
const idleMs = 1000

interface TrackGenerator extends MediaStreamTrack {
  writable: WritableStream<VideoFrame>
}
type TrackGeneratorClass = new (options: { kind: 'video' }) => TrackGenerator

export const createVideoPlane = (width: number, height: number): VideoPlane => {
  const { MediaStreamTrackGenerator: Generator } = window as { MediaStreamTrackGenerator?: TrackGeneratorClass }
  return Generator ? createTrackPlane(new Generator({ kind: 'video' })) : createPaintedPlane(width, height)
}

const createTrackPlane = (track: TrackGenerator): VideoPlane => {
  const video = document.createElement('video')
  video.muted = true
  video.playsInline = true
  video.srcObject = new MediaStream([track])
  let resting: ReturnType<typeof setTimeout> | undefined
  const play = () => {
    clearTimeout(resting)
    resting = setTimeout(() => video.pause(), idleMs)
    // Refused only where a page may not play even without sound; nothing is seen then but what is exact.
    if (video.paused) video.play().catch(() => {})
  }
  play()
  const writer = track.writable.getWriter()
  /** Written and not seen yet, in order. */
  let waiting: { timestamp: number; presented: () => void }[] = []
  const seen = (timestamp: number) => {
    const now = waiting.filter(frame => frame.timestamp <= timestamp)
    waiting = waiting.filter(frame => frame.timestamp > timestamp)
    for (const { presented } of now) presented()
  }
  let isWatched = false
  const watch = () => {
    if (isWatched || waiting.length === 0) return
    isWatched = true
    video.requestVideoFrameCallback((_, { mediaTime }) => {
      isWatched = false
      // Rounded, since it comes in seconds.
      seen(Math.round(mediaTime * 1e6) + 1)
      watch()
    })
  }
  return {
    element: video,
    source: video,
    show(frame, presented) {
      const { timestamp } = frame
      play()
      writer.write(frame).catch(() => frame.close())
      if (!presented) return
      waiting.push({ timestamp, presented })
      watch()
      // Nothing is presented in a page that nobody sees, and there is nothing to wait for.
      if (document.visibilityState === 'hidden') seen(timestamp)
      else setTimeout(seen, patienceMs, timestamp)
    },
    close() {
      clearTimeout(resting)
      track.stop()
      video.srcObject = null
      video.remove()
    },
  }
}

const createPaintedPlane = (width: number, height: number): VideoPlane => {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d', { alpha: false })
  return {
    element: canvas,
    source: canvas,
    show(frame, presented) {
      context?.drawImage(frame, 0, 0)
      frame.close()
      presented?.()
    },
    close: () => canvas.remove(),
  }
}
