/**
 * Keeps one desktop on the screen, whatever happens to the network: open the stream, connect, and when the connection
 * is lost, the same again. There is one road for the first time and for every other. Nothing here is React: a picture
 * never waits for a page to be rendered.
 */
import type { Copy } from '../../protocol/clipboard.ts'
import { messageOf, portalHeaders } from '../account.ts'
import {
  chooseSpeaker,
  type Decoder,
  type Key,
  type Measures,
  type Monitors,
  needs,
  type Scaling,
  type Speaker,
} from './decoder.ts'
import { type Pulse, startPulse } from './pulse.ts'
import { backOffMs, type Ending, endingOfClose, endingOfStatus, otherProtocol, tryMs } from './reconnect.ts'
import type { Sound } from './sound/sound.ts'
import { createStatistics } from './statistics.ts'

export interface Opened {
  sessionId: string
  studioId: string
  profileName: string
  clipboard: boolean
  /** The desktop may be watched, and no more. */
  viewOnly: boolean
  /** The best first. */
  protocols: string[]
}

export type Phase =
  | { name: 'opening' }
  | { name: 'connected' }
  | { name: 'reconnecting'; attempt: number }
  | { name: 'ended'; ending: Ending; message: string }

export interface ConnectionView {
  phase: Phase
  /** What the stream shows, once the server has said so. */
  opened?: Opened
  /** From here to the gateway and back. */
  roundTripMs?: number
  /** How the desktop comes here. */
  protocol?: string
  /** What a better one needs (`decoder.ts`); undefined where it is the best. */
  needs?: string | undefined
  measures?: Measures | undefined
  /** Where the protocol knows more than one. */
  monitors?: Monitors | undefined
  scaling: Scaling
}

interface ConnectionOptions {
  streamId: string
  /** Works once. Without it, the cookie of an earlier opening counts. */
  token: string | undefined
  /** The monitor to be shown, from 0. */
  monitor: number
  /** Where the desktop is shown. */
  screen: HTMLElement
  /** Where the last picture stays while there is no connection. */
  lastPicture: HTMLElement
  onClipboard(copy: Copy): void
  sound: Sound
}

/** The first time, and for the first picture once somebody has answered. */
const readyWithinMs = 8000
const unableReason = 'To watch takes a browser with WebCodecs, and a page with TLS.'

export const createConnection = (options: ConnectionOptions) => {
  const { streamId, screen, lastPicture, onClipboard, sound } = options
  let { token, monitor } = options
  // A phone that looks in does not shrink the desktop to its own size.
  let view: ConnectionView = { phase: { name: 'opening' }, scaling: window.innerWidth < 640 ? 'scale' : 'fit' }
  const listeners = new Set<() => void>()
  const show = (change: Partial<ConnectionView>) => {
    view = { ...view, ...change }
    for (const listener of listeners) listener()
  }

  /** Of the protocols that are offered, those that did not work here. */
  const unusable = new Set<string>()
  /** And those that did. */
  const working = new Set<string>()
  let attempt = 0
  let waiting: ReturnType<typeof setTimeout> | undefined
  let live: { decoder: Decoder; doubt(): void } | undefined
  /** What has been agreed on; with it, and the key from the opening, there is nothing more to ask for. */
  let agreed: { protocol: string; speaker: Speaker } | undefined
  let triedAt = 0

  const again = () => {
    show({ phase: view.opened ? { name: 'reconnecting', attempt } : { name: 'opening' } })
    waiting = setTimeout(run, Math.max(0, triedAt + backOffMs(attempt++) - performance.now()))
  }
  const end = (ending: Ending, message: string) => {
    sound.end()
    show({ phase: { name: 'ended', ending, message } })
  }

  const run = async () => {
    waiting = undefined
    triedAt = performance.now()
    // Every second time it is asked why nobody answers: the end is told there, and in no other way.
    if (agreed && attempt % 2 === 1) return connect(agreed)
    try {
      const answer = await open(streamId, token, answerWithinMs())
      if ('ending' in answer) return end(answer.ending, answer.message)
      token = undefined
      show({ opened: answer.opened })
      if (answer.opened.viewOnly && view.scaling === 'fit') show({ scaling: 'scale' })
      const { protocols } = answer.opened
      const usable = protocols.filter(name => !unusable.has(name))
      const chosen = await chooseSpeaker(usable.length > 0 ? usable : protocols)
      if (!chosen) return end('unable', unableReason)
      const hasStreamer = usable.includes('atelier')
      const lacking = hasStreamer ? needs.browser : needs.workstation
      show({ protocol: chosen.protocol, needs: chosen.protocol === 'atelier' ? undefined : lacking })
      agreed = chosen
      connect(chosen)
    } catch {
      // The network, or a server that is just starting: the reason is that nobody answered, and the overlay says so.
      again()
    }
  }

  const answerWithinMs = () => (working.size > 0 ? tryMs(attempt, view.roundTripMs ?? 0) : readyWithinMs)

  const connect = ({ protocol, speaker }: { protocol: string; speaker: Speaker }) => {
    const decoder = speaker.createDecoder()
    const address = new URL(`/streams/${encodeURIComponent(streamId)}/desktop`, location.href)
    const socket = new WebSocket(address.href.replace(/^http/, 'ws'), speaker.subprotocol)
    let pulse: Pulse | undefined
    let tooLate = setTimeout(() => hangUp(1006, ''), answerWithinMs())
    socket.addEventListener('open', () => {
      clearTimeout(tooLate)
      tooLate = setTimeout(() => {
        // Where it has worked before, it is the network. Once.
        if (!working.delete(protocol)) unusable.add(protocol)
        hangUp(1006, '')
      }, readyWithinMs)
    })
    let done = false
    let shown = false
    const hangUp = (code: number, reason: string) => {
      if (done) return
      done = true
      clearTimeout(tooLate)
      pulse?.stop()
      const picture = shown && decoder.picture()
      if (picture) lastPicture.replaceChildren(picture)
      decoder.close()
      sound.disconnected()
      socket.close()
      live = undefined
      show({ monitors: undefined })
      if (code === otherProtocol) unusable.add(protocol)
      if (unusable.has(protocol)) agreed = undefined
      const ending = endingOfClose(code)
      if (ending) end(ending, reason)
      else again()
    }
    // Both listeners come before the decoder's own: text is between gateway and shell, and a picture of the desktop
    // has to be taken before the decoder clears the screen.
    socket.addEventListener('message', event => {
      const isText = typeof event.data === 'string'
      // A network that was down delivers what is of no use any more.
      if (isText || done) event.stopImmediatePropagation()
      if (!done) pulse?.hear(isText)
    })
    socket.addEventListener('close', ({ code, reason }) => hangUp(code, reason))
    live = { decoder, doubt: () => pulse?.doubt() }
    decoder.setScaling(view.scaling)
    sound.connected(decoder, view.needs)
    const { viewOnly = false, clipboard: mayCopy = false } = view.opened ?? {}
    const rights = { input: !viewOnly, clipboard: mayCopy }
    decoder.connect(socket, screen, rights, monitor, {
      ready() {
        clearTimeout(tooLate)
        attempt = 0
        working.add(protocol)
        pulse = watchPulse(socket, decoder, protocol, () => hangUp(1006, ''))
        show({ phase: { name: 'connected' } })
        setTimeout(() => {
          if (done) return
          // The first frame has come meanwhile, and the old picture has faded out over it.
          shown = true
          lastPicture.replaceChildren()
        }, 400)
        const { activeElement } = document
        if (!activeElement || activeElement === document.body || screen.contains(activeElement)) decoder.focus()
      },
      clipboard: copy => {
        if (view.opened?.clipboard) onClipboard(copy)
      },
      monitors: monitors => show({ monitors }),
      sound: sound.state,
      audio: sound.play,
      moment: sound.seen,
    })
  }

  /** From the first picture on: until then the gateway may have to wait for the desktop, and answers nothing. */
  const watchPulse = (socket: WebSocket, decoder: Decoder, protocol: string, died: () => void): Pulse => {
    const statistics = createStatistics(protocol)
    return startPulse(socket, {
      answered(roundTripMs) {
        const measures = decoder.measures()
        show({ roundTripMs, measures })
        const told = statistics(roundTripMs, measures)
        if (told) socket.send(JSON.stringify(told))
      },
      died,
    })
  }

  /** Somebody is here, or the network is: this is the moment to look whether the desktop is, too. */
  const hurry = () => {
    if (document.visibilityState === 'hidden') return
    live?.doubt()
    if (waiting === undefined) return
    clearTimeout(waiting)
    attempt = 1
    void run()
  }
  window.addEventListener('online', hurry)
  document.addEventListener('visibilitychange', hurry)
  // After the browser has put the page to sleep.
  document.addEventListener('resume', hurry)
  void run()

  return {
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    snapshot: () => view,
    hurry,
    focus: () => live?.decoder.focus(),
    look(other: number) {
      monitor = other
      live?.decoder.look(other)
    },
    lockPointer: () => live?.decoder.lockPointer(),
    releaseKeys: () => live?.decoder.releaseKeys(),
    sendKeys: (keys: readonly Key[]) => live?.decoder.sendKeys(keys),
    sendText: (text: string) => live?.decoder.sendText(text),
    setClipboard(copy: Copy) {
      if (view.opened?.clipboard) live?.decoder.setClipboard(copy)
    },
    setScaling(scaling: Scaling) {
      live?.decoder.setScaling(scaling)
      show({ scaling })
    },
  }
}

export type Connection = ReturnType<typeof createConnection>

/** Exchanges the token for a cookie, or shows the cookie. An answer that is no end and no success is thrown. */
const open = async (
  streamId: string,
  token: string | undefined,
  withinMs: number,
): Promise<{ opened: Opened } | { ending: Ending; message: string }> => {
  const response = await fetch(`/streams/${encodeURIComponent(streamId)}/open`, {
    method: 'POST',
    headers: { ...portalHeaders, 'Content-Type': 'application/json' },
    body: JSON.stringify(token === undefined ? {} : { token }),
    signal: AbortSignal.timeout(withinMs),
  })
  if (response.ok) return { opened: await response.json() }
  const ending = endingOfStatus(response.status)
  if (ending) return { ending, message: await messageOf(response) }
  throw new Error(`the gateway answered with status ${response.status}`)
}
