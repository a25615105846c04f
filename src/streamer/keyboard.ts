/**
 * Keys by what they mean, as browsers tell it: a symbol, whatever keyboard the artist has. The X server knows keys of
 * its own layout only, so a symbol that is on none of them is put on a spare one, for as long as no other needs it.
 */
import { isModifier } from '../protocol/keysyms.ts'
import { answer, type Display } from './display.ts'

export interface Keyboard {
  press(keysym: number): void
  release(keysym: number): void
}

const firstKeycode = 8
const keycodes = 248
const keyPress = 2
const keyRelease = 3
const shifts: readonly number[] = [0xffe1, 0xffe2]
/** With Shift these stand for other keys to some programs, although the symbol is the same. */
const keypad = { first: 0xffaa, last: 0xffb9 } as const
const isOfKeypad = (keysym: number) => keysym >= keypad.first && keysym <= keypad.last

interface Place {
  keycode: number
  /** Whether Shift has to be down; undefined where it is the same either way. */
  withShift: boolean | undefined
}

export const createKeyboard = async ({ X, xtest }: Display): Promise<Keyboard> => {
  const rows = await answer<number[][]>(callback => X.GetKeyboardMapping(firstKeycode, keycodes, callback))
  const places = new Map<number, Place>()
  const spare: number[] = []
  rows.forEach(([plain = 0, shifted = 0, ...others], index) => {
    const keycode = firstKeycode + index
    if (plain === 0 && shifted === 0 && others.every(keysym => keysym === 0)) spare.push(keycode)
    const withShift = shifted === 0 || shifted === plain ? undefined : false
    if (plain !== 0 && places.get(plain)?.withShift !== false) places.set(plain, { keycode, withShift })
    if (withShift === false && !places.has(shifted) && !isOfKeypad(shifted))
      places.set(shifted, { keycode, withShift: true })
  })
  /** Symbols that were put on spare keys; the one that was not needed for the longest time first. */
  const placed = new Map<number, number>()
  const held = new Map<number, number>()
  const send = (type: number, keycode: number) => xtest.FakeInput(type, keycode, 0, 0, 0, 0)

  const place = (keysym: number): Place | undefined => {
    const known = places.get(keysym)
    if (known) {
      const keycode = placed.get(keysym)
      if (keycode !== undefined) {
        placed.delete(keysym)
        placed.set(keysym, keycode)
      }
      return known
    }
    const keycode = spare.pop() ?? takeBack()
    if (keycode === undefined) return undefined
    X.ChangeKeyboardMapping(keycode, 2, [keysym, keysym])
    placed.set(keysym, keycode)
    const made = { keycode, withShift: undefined }
    places.set(keysym, made)
    return made
  }
  const takeBack = (): number | undefined => {
    for (const [keysym, keycode] of placed) {
      if (held.has(keysym)) continue
      placed.delete(keysym)
      places.delete(keysym)
      return keycode
    }
    return undefined
  }

  // Before anybody types: the digits of a keypad are typed fast, and a program that learns of many new symbols in one
  // moment may miss the last one, as xev was seen to.
  for (let keysym = keypad.first; keysym <= keypad.last; keysym++) place(keysym)

  return {
    press(keysym) {
      const found = place(keysym)
      if (!found) return
      const { keycode, withShift } = found
      // A key that is held and pressed again repeats.
      if (held.has(keysym)) {
        if (isModifier(keysym)) return
        send(keyRelease, keycode)
      }
      const heldShifts = shifts.flatMap(shift => held.get(shift) ?? [])
      const shift = places.get(shifts[0] ?? 0)?.keycode
      const lacks = withShift === true && heldShifts.length === 0 && shift !== undefined
      const hasTooMuch = withShift === false && heldShifts.length > 0 && isCharacter(keysym)
      if (lacks) send(keyPress, shift)
      if (hasTooMuch) for (const keycode of heldShifts) send(keyRelease, keycode)
      send(keyPress, keycode)
      if (lacks) send(keyRelease, shift)
      if (hasTooMuch) for (const keycode of heldShifts) send(keyPress, keycode)
      held.set(keysym, keycode)
    },
    release(keysym) {
      const keycode = held.get(keysym)
      if (keycode === undefined) return
      held.delete(keysym)
      send(keyRelease, keycode)
    },
  }
}

/** Of a function key, Shift is no part of the symbol, but of what the artist asks for. */
const isCharacter = (keysym: number) => keysym < 0xfe00 || keysym >= 0x01000000
