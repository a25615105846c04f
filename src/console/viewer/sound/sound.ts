/**
 * What is heard of the desktop, and what it hears. Browsers let a page make a sound only after somebody has touched it;
 * so sound that is wanted waits for the first key or click, wherever it goes. Whether it is wanted is remembered; the
 * microphone is off whenever a desktop is opened.
 */
import type { SoundState } from '../../../protocol/messages.ts'
import { type Decoder, needs } from '../decoder.ts'
import { type Microphone, openMicrophone } from './microphone.ts'
import { createSpeakers, type Speakers } from './speakers.ts'

export interface SoundView {
  /** `waiting` for somebody to touch the page. */
  hearing: 'off' | 'waiting' | 'on'
  speaking: 'off' | 'asking' | 'on'
  /** Why there is no sound, or no microphone; undefined where there may be. */
  noSound?: string | undefined
  noMicrophone?: string | undefined
  /** Why the microphone was not opened when it was last asked for. */
  failure?: string | undefined
}

type Line = Pick<Decoder, 'listen' | 'voice'>

const remembered = 'atelier-sound'
const nothing = new Uint8Array()

const reasons = {
  disconnected: 'The desktop is not connected.',
  browser: `Sound ${needs.browser}`,
  absent: 'The programs of this workstation have no sound server (PulseAudio).',
  speakers: 'The browser opens no speakers for this page.',
  elsewhere: 'Sound and microphone are in the window of the first monitor.',
  refused: 'The browser does not let this page use the microphone. It can be allowed in the page’s settings.',
  microphone: 'There is no microphone that works.',
}
const browserLacks = {
  sound: !('AudioDecoder' in window && 'AudioWorkletNode' in window),
  microphone: !('AudioEncoder' in window && 'mediaDevices' in navigator),
}

/** `isElsewhere`: another window of the same desktop has it. */
export const createSound = ({ isElsewhere = false } = {}) => {
  let view: SoundView = {
    hearing: localStorage.getItem(remembered) === 'off' ? 'off' : 'waiting',
    speaking: 'off',
    noSound: reasons.disconnected,
    noMicrophone: reasons.disconnected,
  }
  const listeners = new Set<() => void>()
  const show = (change: Partial<SoundView>) => {
    view = { ...view, ...change }
    for (const listener of listeners) listener()
  }

  let line: Line | undefined
  let speakers: Promise<Speakers> | undefined
  let playing: Speakers | undefined
  let microphone: Microphone | undefined

  /** Does nothing until the page was touched, which it is by the event that calls this. */
  const begin = async () => {
    if (view.hearing !== 'waiting' || view.noSound !== undefined) return
    try {
      speakers ??= createSpeakers()
      playing = await speakers
      await playing.wake()
    } catch {
      // Asked for again with the next connection: the network may have been down.
      speakers = undefined
      return show({ noSound: reasons.speakers })
    }
    if (view.hearing !== 'waiting') return
    show({ hearing: 'on' })
    line?.listen(true)
  }
  for (const touch of ['pointerup', 'keydown', 'keyup'])
    window.addEventListener(touch, () => void begin(), { capture: true })

  const stopSpeaking = () => {
    microphone?.close()
    microphone = undefined
    line?.voice(nothing)
    show({ speaking: 'off' })
  }
  const speak = async () => {
    show({ speaking: 'asking', failure: undefined })
    try {
      const opened = await openMicrophone({ packet: data => line?.voice(data), ended: stopSpeaking })
      // The desktop may have ended while somebody was being asked.
      if (view.speaking !== 'asking') return opened.close()
      microphone = opened
      show({ speaking: 'on' })
    } catch (error) {
      const isRefused = error instanceof DOMException && error.name === 'NotAllowedError'
      show({ speaking: 'off', failure: isRefused ? reasons.refused : reasons.microphone })
    }
  }

  return {
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    snapshot: () => view,
    /** `lacking`: what a protocol with sound would need, where this one has none. */
    connected(to: Line, lacking: string | undefined) {
      line = to
      if (lacking) show({ noSound: `Sound ${lacking}`, noMicrophone: `Sound ${lacking}` })
    },
    disconnected() {
      line = undefined
      playing?.finish()
      show({ noSound: reasons.disconnected, noMicrophone: reasons.disconnected })
    },
    /** No desktop comes any more. */
    end: stopSpeaking,
    /** The desktop says how it sounds, at first and whenever it falls silent. */
    state(state: SoundState) {
      if (isElsewhere) return show({ noSound: reasons.elsewhere, noMicrophone: reasons.elsewhere })
      playing?.finish()
      const absent = state === 'absent' ? reasons.absent : undefined
      if (absent && view.speaking !== 'off') stopSpeaking()
      const wasKnown = view.noSound === undefined
      show({
        noSound: absent ?? (browserLacks.sound ? reasons.browser : undefined),
        noMicrophone: absent ?? (browserLacks.microphone ? reasons.browser : undefined),
      })
      if (wasKnown) return
      if (view.hearing === 'on') line?.listen(true)
      else if (navigator.userActivation?.hasBeenActive) void begin()
    },
    play(at: number, data: Uint8Array) {
      if (view.hearing === 'on') playing?.play(at, data)
    },
    seen: (at: number) => playing?.seen(at),
    /** How far the sound is behind the picture, ms. */
    behindMs: () => playing?.behindMs(),
    /** To be called by a click. */
    toggleHearing() {
      const isOn = view.hearing === 'off'
      localStorage.setItem(remembered, isOn ? 'on' : 'off')
      show({ hearing: isOn ? 'waiting' : 'off' })
      if (isOn) return void begin()
      line?.listen(false)
      playing?.finish()
    },
    toggleSpeaking() {
      if (view.speaking === 'on') stopSpeaking()
      else if (view.speaking === 'off') void speak()
    },
  }
}

export type Sound = ReturnType<typeof createSound>
