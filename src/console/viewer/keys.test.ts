import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createChord } from './keys.ts'

type Sign = '+' | '-'

/** Plays key strokes such as `+ControlLeft` and says whether the toolbar was called. */
const play = (strokes: `${Sign}${string}`[], altGraph = false): boolean => {
  const chord = createChord()
  const held = new Set<string>()
  const isHeld = (name: string) => [...held].some(code => code.startsWith(name))
  return strokes.some(stroke => {
    const code = stroke.slice(1)
    if (stroke.startsWith('+')) held.add(code)
    else held.delete(code)
    return chord({
      type: stroke.startsWith('+') ? 'keydown' : 'keyup',
      code,
      ctrlKey: isHeld('Control'),
      altKey: isHeld('Alt'),
      shiftKey: isHeld('Shift'),
      altGraph,
    })
  })
}

describe('the way to the toolbar without a pointer', () => {
  it('is Ctrl, Alt and Shift, in any order', () => {
    assert.equal(play(['+ControlLeft', '+AltLeft', '+ShiftLeft', '-ShiftLeft']), true)
    assert.equal(play(['+ShiftRight', '+ControlLeft', '+AltLeft', '+AltLeft', '-ControlLeft']), true)
  })
  it('is not a shortcut of a program on the desktop', () => {
    assert.equal(play(['+ControlLeft', '+AltLeft', '+ShiftLeft', '+KeyE', '-KeyE', '-ShiftLeft']), false)
    assert.equal(play(['+ControlLeft', '+ShiftLeft', '-ShiftLeft', '-ControlLeft']), false)
  })
  it('is not AltGr with Shift', () => {
    assert.equal(play(['+ControlLeft', '+AltRight', '+ShiftLeft', '-ShiftLeft'], true), false)
  })
})
