import RFB from '@novnc/novnc'
import { textCopy } from '../clipboard.ts'
import type { Decoder, Key, Scaling } from '../decoder.ts'

/** X11 key symbols of the keys that the shell sends. */
const keysyms: Record<Key, number> = {
  ControlLeft: 0xffe3,
  AltLeft: 0xffe9,
  MetaLeft: 0xffeb,
  Delete: 0xffff,
  Tab: 0xff09,
  Escape: 0xff1b,
  PrintScreen: 0xff61,
  F4: 0xffc1,
  F11: 0xffc8,
  KeyN: 0x6e,
  KeyT: 0x74,
  KeyW: 0x77,
}

/** Latin-1 is its own symbol, everything else carries its code point above 0x01000000 (X11 protocol, appendix A). */
const keysymOf = (character: string): number => {
  const code = character.codePointAt(0) ?? 0
  if (character === '\n') return 0xff0d
  if (character === '\t') return keysyms.Tab
  return (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xff) ? code : 0x01000000 | code
}

/** How often it is looked whether there is a picture yet, ms. */
const lookEveryMs = 16

/** Whether anything has been painted on it: until then it is transparent. Looked at on a copy, because a canvas that is read is slow from then on. */
const isPainted = (canvas: HTMLCanvasElement): boolean => {
  const copy = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  copy?.drawImage(canvas, 0, 0)
  return copy?.getImageData(0, 0, 1, 1).data[3] === 255
}

export const createRfbDecoder = (): Decoder => {
  let rfb: RFB | undefined
  let element: HTMLElement | undefined
  let scaling: Scaling = 'fit'
  let looking: ReturnType<typeof setInterval> | undefined

  const canvas = () => element?.querySelector('canvas') ?? undefined
  const applyScaling = () => {
    if (!rfb) return
    // Where the desktop cannot take the window's size, `fit` falls back to a scaled picture; else it changes nothing.
    rfb.scaleViewport = scaling !== 'actual'
    rfb.resizeSession = scaling === 'fit'
  }
  // noVNC lets go of its keys when the window loses focus, and offers no other way to ask for it.
  const releaseKeys = () => window.dispatchEvent(new Event('blur'))

  return {
    connect(socket, target, _rights, _monitor, events) {
      element = target
      rfb = new RFB(target, socket, { shared: true })
      rfb.background = 'transparent'
      // Motion is sent at 42 dB (PSNR). What rests is sent again at TigerVNC's best: measured with a noisy picture, no
      // value is off by more than 4 of 255 then. Compression costs the server more than it saves on a LAN.
      rfb.qualityLevel = 6
      rfb.compressionLevel = 1
      applyScaling()
      // Both sides have agreed. The first picture is still on its way.
      rfb.addEventListener('connect', () => {
        looking = setInterval(() => {
          const shown = canvas()
          if (!shown || shown.width === 0 || shown.height === 0 || !isPainted(shown)) return
          clearInterval(looking)
          events.ready()
        }, lookEveryMs)
      })
      rfb.addEventListener('clipboard', ({ detail }) => events.clipboard(textCopy(detail.text)))
      // A key that is down while the focus leaves for the toolbar would never come up on the desktop.
      canvas()?.addEventListener('blur', releaseKeys)
    },
    close() {
      clearInterval(looking)
      canvas()?.removeEventListener('blur', releaseKeys)
      rfb?.disconnect()
      rfb = undefined
      element?.replaceChildren()
    },
    picture() {
      const shown = canvas()
      if (!shown || shown.width === 0 || shown.height === 0) return undefined
      const copy = document.createElement('canvas')
      copy.width = shown.width
      copy.height = shown.height
      copy.style.width = shown.style.width
      copy.style.height = shown.style.height
      copy.getContext('2d')?.drawImage(shown, 0, 0)
      return copy
    },
    setClipboard({ text }) {
      if (text) rfb?.clipboardPasteFrom(new TextDecoder().decode(text))
    },
    sendKeys(keys) {
      for (const key of keys) rfb?.sendKey(keysyms[key], key, true)
      for (const key of keys.toReversed()) rfb?.sendKey(keysyms[key], key, false)
    },
    sendText(text) {
      for (const character of text) rfb?.sendKey(keysymOf(character), null)
    },
    setScaling(wanted) {
      scaling = wanted
      applyScaling()
    },
    look() {},
    releaseKeys,
    focus() {
      rfb?.focus({ preventScroll: true })
    },
    listen() {},
    lockPointer() {},
    voice() {},
    measures: () => undefined,
  }
}
