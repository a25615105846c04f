/**
 * Keeps one desktop on the screen, whatever happens to the network: open the stream, connect, and when the connection
 * is lost, the same again. There is one road for the first time and for every other. Nothing here is React: a picture
 * never waits for a page to be rendered.
 */
import type { Copy } from '../../protocol/clipboard.ts'
import { messageOf, portalHeaders } from '../account.ts'
import { chooseSpeaker, type Decoder, type Key, type Measures, type Scaling, type Speaker } from './decoder.ts'
import { backOffMs, type Ending, endingOfClose, endingOfStatus, otherProtocol } from './reconnect.ts'
import { createStatistics } from './statistics.ts'

export interface Opened {
  sessionId: string
  studioId: string
  profileName: string
  clipboard: boolean
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
  measures?: Measures | undefined
  scaling: Scaling
}

interface ConnectionOptions {
  streamId: string
  /** Works once. Without it, the cookie of an earlier opening counts. */
  token: string | undefined
  /** Where the desktop is shown. */
  screen: HTMLElement
  /** Where the last picture stays while there is no connection. */
  lastPicture: HTMLElement
  onClipboard(copy: Copy): void
}

const readyWithinMs = 8000
const beatMs = 1500
const deadAfterMs = 4500

export const createConnection = ({ streamId, token, screen, lastPicture, onClipboard }: ConnectionOptions) => {
  // A phone that looks in does not shrink the desktop to its own size.
  let view: ConnectionView = { phase: { name: 'opening' }, scaling: window.innerWidth < 640 ? 'scale' : 'fit' }
  const listeners = new Set<() => void>()
  const show = (change: Partial<ConnectionView>) => {
    view = { ...view, ...change }
    for (const listener of listeners) listener()
  }

  /** Of the protocols that are offered, those that did not work here. */
  const unusable = new Set<string>()
  let attempt = 0
  let waiting: ReturnType<typeof setTimeout> | undefined
  let live: { decoder: Decoder; hangUp(code: number, reason: string): void } | undefined

  const again = () => {
    show({ phase: view.opened ? { name: 'reconnecting', attempt } : { name: 'opening' } })
    waiting = setTimeout(run, backOffMs(attempt++))
  }
  const end = (ending: Ending, message: string) => show({ phase: { name: 'ended', ending, message } })

  const run = async () => {
    waiting = undefined
    try {
      const answer = await open(streamId, token)
      if ('ending' in answer) return end(answer.ending, answer.message)
      token = undefined
      show({ opened: answer.opened })
      const { protocols } = answer.opened
      const usable = protocols.filter(name => !unusable.has(name))
      const { protocol, speaker } = await chooseSpeaker(usable.length > 0 ? usable : protocols)
      show({ protocol })
      connect(speaker, protocol)
    } catch {
      // The network, or a server that is just starting: the reason is that nobody answered, and the overlay says so.
      again()
    }
  }

  const connect = (speaker: Speaker, protocol: string) => {
    const decoder = speaker.createDecoder()
    const address = new URL(`/streams/${encodeURIComponent(streamId)}/desktop`, location.href)
    const socket = new WebSocket(address.href.replace(/^http/, 'ws'), speaker.subprotocol)
    const statistics = createStatistics(protocol)
    const pulse = startPulse(socket, {
      answered(roundTripMs) {
        const measures = decoder.measures()
        show({ roundTripMs, measures })
        const told = statistics(roundTripMs, measures)
        if (told) socket.send(JSON.stringify(told))
      },
      died: () => hangUp(1006, ''),
    })
    const tooLate = setTimeout(() => {
      if (socket.readyState === WebSocket.OPEN) unusable.add(protocol)
      hangUp(1006, '')
    }, readyWithinMs)
    let done = false
    let shown = false
    const hangUp = (code: number, reason: string) => {
      if (done) return
      done = true
      clearTimeout(tooLate)
      pulse.stop()
      const picture = shown && decoder.picture()
      if (picture) lastPicture.replaceChildren(picture)
      decoder.close()
      socket.close()
      live = undefined
      if (code === otherProtocol) unusable.add(protocol)
      const ending = endingOfClose(code)
      if (ending) end(ending, reason)
      else again()
    }
    // Both listeners come before the decoder's own: text is between gateway and shell, and a picture of the desktop
    // has to be taken before the decoder clears the screen.
    socket.addEventListener('message', event => {
      const isText = typeof event.data === 'string'
      if (isText) event.stopImmediatePropagation()
      pulse.hear(isText)
    })
    socket.addEventListener('close', ({ code, reason }) => hangUp(code, reason))
    live = { decoder, hangUp }
    decoder.setScaling(view.scaling)
    decoder.connect(socket, screen, {
      ready() {
        clearTimeout(tooLate)
        attempt = 0
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
    })
  }

  const hurry = () => {
    if (waiting === undefined || document.visibilityState === 'hidden') return
    clearTimeout(waiting)
    attempt = 0
    void run()
  }
  window.addEventListener('online', hurry)
  document.addEventListener('visibilitychange', hurry)
  void run()

  return {
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    snapshot: () => view,
    hurry,
    focus: () => live?.decoder.focus(),
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
): Promise<{ opened: Opened } | { ending: Ending; message: string }> => {
  const response = await fetch(`/streams/${encodeURIComponent(streamId)}/open`, {
    method: 'POST',
    headers: { ...portalHeaders, 'Content-Type': 'application/json' },
    body: JSON.stringify(token === undefined ? {} : { token }),
    signal: AbortSignal.timeout(readyWithinMs),
  })
  if (response.ok) return { opened: await response.json() }
  const ending = endingOfStatus(response.status)
  if (ending) return { ending, message: await messageOf(response) }
  throw new Error(`the gateway answered with status ${response.status}`)
}

/**
 * Measures the round trip, and notices a connection that is dead without being closed, as after a change of networks:
 * a ping is out, and nothing at all has come since. The gateway sends every short text back as it came; the bytes of
 * the desktop are binary, and count as a sign of life too, since the answer may stand behind many of them.
 */
const startPulse = (socket: WebSocket, on: { answered(roundTripMs: number): void; died(): void }) => {
  let sentAt: number | undefined
  let heardAt = 0
  const beat = () => {
    if (socket.readyState !== WebSocket.OPEN) return
    if (sentAt === undefined) {
      sentAt = performance.now()
      socket.send('ping')
    } else if (performance.now() - Math.max(sentAt, heardAt) > deadAfterMs) on.died()
  }
  const timer = setInterval(beat, beatMs)
  socket.addEventListener('open', beat)
  return {
    hear(isAnswer: boolean) {
      heardAt = performance.now()
      if (!isAnswer || sentAt === undefined) return
      on.answered(Math.round(heardAt - sentAt))
      sentAt = undefined
    },
    stop: () => clearInterval(timer),
  }
}
