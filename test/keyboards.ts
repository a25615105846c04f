/** What a browser says of the keys of real keyboards, by the name of their layout. */
import type { CDPSession } from 'playwright-core'

export interface Stroke {
  /** Of the place of the key, as on a US keyboard. */
  code: string
  /** What it means there and then. */
  key: string
  shift?: boolean
  /** Held for so many repetitions. */
  repeats?: number
}

/** By code: the key alone, and with Shift. Letters need none. */
type Layout = Readonly<Record<string, string>>

const digits = (shifted: string): Layout =>
  Object.fromEntries([...shifted].map((character, digit) => [`Digit${digit}`, `${digit}${character}`]))

const layouts = {
  us: {
    ...digits(')!@#$%^&*('),
    ...{ Minus: '-_', Equal: '=+', BracketLeft: '[{', BracketRight: ']}', Backslash: '\\|', Backquote: '`~' },
    ...{ Semicolon: ';:', Quote: '\'"', Comma: ',<', Period: '.>', Slash: '/?' },
  },
  german: {
    ...digits('=!"§$%&/()'),
    ...{ KeyY: 'zZ', KeyZ: 'yY', Quote: 'äÄ', Semicolon: 'öÖ', BracketLeft: 'üÜ', Minus: 'ß?' },
    ...{ BracketRight: '+*', Backslash: "#'", IntlBackslash: '<>', Comma: ',;', Period: '.:', Slash: '-_' },
  },
} satisfies Record<string, Layout>

/** With AltGr on a German keyboard. */
const germanAltGr: Layout = {
  ...{ KeyQ: '@', KeyE: '€', KeyM: 'µ', Digit2: '²', Digit3: '³', Digit7: '{', Digit8: '[', Digit9: ']', Digit0: '}' },
  ...{ Minus: '\\', BracketRight: '~', IntlBackslash: '|' },
}

/** Every key of the layout that types, alone and with Shift. */
export const everyKey = (layout: keyof typeof layouts): Stroke[] => {
  const letters = Object.fromEntries(
    [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map(letter => [`Key${letter}`, letter.toLowerCase() + letter]),
  )
  return Object.entries({ ...letters, ...layouts[layout] }).flatMap(([code, [plain = '', shifted = ''] = []]) => [
    { code, key: plain },
    { code, key: shifted, shift: true },
  ])
}

export const everyAltGrKey: Stroke[] = Object.entries(germanAltGr).map(([code, key]) => ({ code, key }))

const shiftBit = 8
const keypad = 3

/** Presses keys as the browser's own keyboard would: one after the other, with Shift around those that need it. */
export const press = async (devtools: CDPSession, strokes: readonly Stroke[]): Promise<void> => {
  const events = strokes.flatMap(stroke => {
    const { code, key, shift = false, repeats = 0 } = stroke
    const type = [...key].length === 1 ? ('keyDown' as const) : ('rawKeyDown' as const)
    const about = { code, key, modifiers: shift ? shiftBit : 0 }
    const place = code.startsWith('Numpad') ? { isKeypad: true, location: keypad } : {}
    const down = { ...about, ...place, type, ...(type === 'keyDown' ? { text: key } : {}) }
    const all = [
      down,
      ...Array.from({ length: repeats }, () => ({ ...down, autoRepeat: true })),
      { ...about, ...place, type: 'keyUp' as const },
    ]
    if (!shift) return all
    const held = { code: 'ShiftLeft', key: 'Shift' }
    return [{ ...held, type: 'rawKeyDown' as const, modifiers: shiftBit }, ...all, { ...held, type: 'keyUp' as const }]
  })
  // They stay in order without waiting for each.
  await Promise.all(events.map(event => devtools.send('Input.dispatchKeyEvent', event)))
}
