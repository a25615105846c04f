import type { Copy } from '../../protocol/clipboard.ts'
import type { SoundState } from '../../protocol/messages.ts'
import type { Rights } from '../../protocol/rights.ts'

/**
 * What turns the bytes of a desktop into a picture, and input into bytes. The shell around it knows no protocol: it
 * owns the socket, so it knows why a connection ended, and makes a new decoder for each connection.
 */
export interface Decoder {
  /**
   * Shows the desktop at the other end of the socket inside the element. The socket may still be opening. What there is
   * no right to is not sent; it would not arrive. `monitor` counts from 0; one that is not there comes, where there is
   * the right to it, and the first one is shown otherwise.
   */
  connect(socket: WebSocket, element: HTMLElement, rights: Rights, monitor: number, events: DecoderEvents): void
  /** Ends the connection and leaves the element empty. May be called in any state. */
  close(): void
  /** A copy of what is shown now, with the size it is shown in; undefined before the first picture. */
  picture(): HTMLCanvasElement | undefined
  /** Offers what was copied here to the desktop's clipboard, in the forms that the protocol carries. */
  setClipboard(copy: Copy): void
  /** Presses the keys in the order given, then lets go of them in the opposite order. */
  sendKeys(keys: readonly Key[]): void
  /** Types a text, character by character. */
  sendText(text: string): void
  setScaling(scaling: Scaling): void
  /** Shows another monitor. Nothing where the protocol knows one only. */
  look(monitor: number): void
  /** Lets go of every key that is held down. */
  releaseKeys(): void
  /** Gives the keyboard to the desktop. */
  focus(): void
  /** Binds the pointer to the desktop, which hears how far it moves, and not where it is. Nothing where there is no such message. */
  lockPointer(): void
  /** Whether the desktop is to send its sound. Nothing where the protocol carries none. */
  listen(isOn: boolean): void
  /** 20 ms of this computer's microphone in Opus, one channel; without data when it has been switched off. */
  voice(data: Uint8Array): void
  /** How it goes, over the last moments; undefined where the protocol does not tell. */
  measures(): Measures | undefined
}

export interface Measures {
  /** What takes the video apart here; undefined before there was any. */
  decoder: string | undefined
  /** Of the desktop, pixels. */
  width: number
  height: number
  /** What makes the video on the workstation, as FFmpeg calls it; undefined until it was told. */
  encoder: string | undefined
  /** From a hand that moves to the picture that shows it, ms; undefined before anything was measured. */
  latency: { p50: number; p95: number } | undefined
  picturesPerSecond: number
  bitsPerSecond: number
}

/** They count from 0. */
export interface Monitors {
  present: readonly number[]
  shown: number
}

export interface DecoderEvents {
  /** The desktop is shown and takes input. */
  ready(): void
  /** Something was copied on the desktop. It is as hostile as the desktop may be. */
  clipboard(copy: Copy): void
  /** Other monitors are there, or another one is shown. Never told where the protocol knows one only. */
  monitors(monitors: Monitors): void
  /** How the desktop sounds until the next `audio`; told as soon as it may be listened to. */
  sound(state: SoundState): void
  /** 20 ms of its sound in Opus, made at this time of its clock, ms. */
  audio(at: number, data: Uint8Array): void
  /** A picture that was taken at this time of that clock is seen now. */
  moment(at: number): void
}

/** `fit`: the desktop takes the size of the window. `scale`: the picture does. `actual`: neither, with scroll bars. */
export type Scaling = 'fit' | 'scale' | 'actual'

/** Physical keys by their KeyboardEvent.code. */
export type Key =
  | 'ControlLeft'
  | 'AltLeft'
  | 'MetaLeft'
  | 'Delete'
  | 'Tab'
  | 'Escape'
  | 'PrintScreen'
  | 'F4'
  | 'F11'
  | 'KeyN'
  | 'KeyT'
  | 'KeyW'

export interface Speaker {
  /** Of the WebSocket. */
  subprotocol: string
  createDecoder(): Decoder
}

/** Undefined where this browser cannot show what the protocol carries. Loaded when it is first asked for. */
const speakers: Record<string, () => Promise<Speaker | undefined>> = {
  async atelier() {
    const { canShow, createAtelierDecoder } = await import('./decoders/atelier/atelier.ts')
    return (await canShow()) ? { subprotocol: 'atelier.1', createDecoder: createAtelierDecoder } : undefined
  },
  async rfb() {
    const { createRfbDecoder } = await import('./decoders/rfb.ts')
    return { subprotocol: 'binary', createDecoder: createRfbDecoder }
  },
}

/** What sound and an exact picture need where the desktop comes without them. */
export const needs = {
  browser: 'needs a page with TLS and a browser with WebCodecs.',
  workstation: 'needs the streamer, which does not run in this workstation.',
} as const

/** For the first of the protocols that this viewer speaks, and its name; undefined where it speaks none. */
export const chooseSpeaker = async (
  protocols: readonly string[],
): Promise<{ protocol: string; speaker: Speaker } | undefined> => {
  for (const protocol of protocols) {
    const speaker = Object.hasOwn(speakers, protocol) ? await speakers[protocol]?.() : undefined
    if (speaker) return { protocol, speaker }
  }
  return undefined
}

/** Begins to load the decoder that is most likely needed, while the server is still being asked. */
export const warmUp = (): void => {
  // A failure shows, and is dealt with, when the decoder is really asked for.
  speakers.atelier?.().catch(() => {})
}
