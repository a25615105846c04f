/** From what a browser says of a key to its symbol in X (X11 protocol, appendix A; XF86keysym.h). */

const named: Readonly<Record<string, number>> = {
  Backspace: 0xff08,
  Tab: 0xff09,
  Enter: 0xff0d,
  Pause: 0xff13,
  ScrollLock: 0xff14,
  Escape: 0xff1b,
  Home: 0xff50,
  ArrowLeft: 0xff51,
  ArrowUp: 0xff52,
  ArrowRight: 0xff53,
  ArrowDown: 0xff54,
  PageUp: 0xff55,
  PageDown: 0xff56,
  End: 0xff57,
  PrintScreen: 0xff61,
  Insert: 0xff63,
  Undo: 0xff65,
  Redo: 0xff66,
  ContextMenu: 0xff67,
  Find: 0xff68,
  Help: 0xff6a,
  Delete: 0xffff,
  AudioVolumeDown: 0x1008ff11,
  AudioVolumeMute: 0x1008ff12,
  AudioVolumeUp: 0x1008ff13,
  MediaPlayPause: 0x1008ff14,
  MediaStop: 0x1008ff15,
  MediaTrackPrevious: 0x1008ff16,
  MediaTrackNext: 0x1008ff17,
  Copy: 0x1008ff57,
  Cut: 0x1008ff58,
  Paste: 0x1008ff6d,
}

/** By the place of the key: left and right ones are two. */
const modifiers: Readonly<Record<string, number>> = {
  ShiftLeft: 0xffe1,
  ShiftRight: 0xffe2,
  ControlLeft: 0xffe3,
  ControlRight: 0xffe4,
  AltLeft: 0xffe9,
  AltRight: 0xffea,
  MetaLeft: 0xffeb,
  MetaRight: 0xffec,
  OSLeft: 0xffeb,
  OSRight: 0xffec,
}

const keypad: Readonly<Record<string, number>> = {
  Enter: 0xff8d,
  Home: 0xff95,
  ArrowLeft: 0xff96,
  ArrowUp: 0xff97,
  ArrowRight: 0xff98,
  ArrowDown: 0xff99,
  PageUp: 0xff9a,
  PageDown: 0xff9b,
  End: 0xff9c,
  Clear: 0xff9d,
  Insert: 0xff9e,
  Delete: 0xff9f,
  '=': 0xffbd,
  '*': 0xffaa,
  '+': 0xffab,
  ',': 0xffac,
  '-': 0xffad,
  '.': 0xffae,
  '/': 0xffaf,
}
const firstKeypadDigit = 0xffb0
const firstFunctionKey = 0xffbe

export type Stroke = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'altKey' | 'metaKey'>

/**
 * Undefined for what is not sent: keys that change what others mean (the browser has applied them already), the first
 * half of a composed letter, and what has no symbol.
 */
export const keysymOfStroke = (stroke: Stroke): number | undefined => {
  const { key, code } = stroke
  if (key === 'AltGraph' || key === 'CapsLock' || key === 'NumLock' || key === 'Dead') return undefined
  const modifier = modifiers[code]
  if (modifier !== undefined && key.length > 1) return modifier
  if (code.startsWith('Numpad')) {
    if (/^[0-9]$/.test(key)) return firstKeypadDigit + Number(key)
    const keysym = keypad[key]
    if (keysym !== undefined) return keysym
  }
  const functionKey = /^F([1-9]|[12][0-9]|3[0-5])$/.exec(key)
  if (functionKey) return firstFunctionKey + Number(functionKey[1]) - 1
  if ([...key].length === 1) return keysymOfCharacter(latinOfShortcut(stroke) ?? key)
  return named[key]
}

/** Ctrl+C is the key where C is, on a Greek or Russian keyboard too. */
const latinOfShortcut = ({ key, code, ctrlKey, altKey, metaKey }: Stroke): string | undefined => {
  const isShortcut = (ctrlKey || metaKey) && !altKey
  const letter = /^Key([A-Z])$/.exec(code)?.[1]
  return isShortcut && letter !== undefined && /^\p{L}$/u.test(key) && !/^\p{Script=Latin}$/u.test(key)
    ? letter.toLowerCase()
    : undefined
}

/** Latin-1 is its own symbol, everything else carries its code point above 0x01000000. */
export const keysymOfCharacter = (character: string): number => {
  const code = character.codePointAt(0) ?? 0
  if (character === '\n' || character === '\r') return 0xff0d
  if (character === '\t') return 0xff09
  return (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xff) ? code : 0x01000000 | code
}
