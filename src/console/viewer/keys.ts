import type { Key } from './decoder.ts'

/** Key combinations that browser or system keep for themselves, and what they are good for. */
export const combinations: readonly { name: string; keys: readonly Key[] }[] = [
  { name: 'Ctrl+Alt+Del', keys: ['ControlLeft', 'AltLeft', 'Delete'] },
  { name: 'Alt+Tab', keys: ['AltLeft', 'Tab'] },
  { name: 'Alt+F4', keys: ['AltLeft', 'F4'] },
  { name: 'Ctrl+W', keys: ['ControlLeft', 'KeyW'] },
  { name: 'Ctrl+T', keys: ['ControlLeft', 'KeyT'] },
  { name: 'Ctrl+N', keys: ['ControlLeft', 'KeyN'] },
  { name: 'Super', keys: ['MetaLeft'] },
  { name: 'Esc', keys: ['Escape'] },
  { name: 'F11', keys: ['F11'] },
  { name: 'Print Screen', keys: ['PrintScreen'] },
]

type Stroke = Pick<KeyboardEvent, 'type' | 'code' | 'ctrlKey' | 'altKey' | 'shiftKey'> & { altGraph: boolean }

const modifier = /^(Control|Alt|Shift)(Left|Right)$/

/**
 * Tells when Ctrl, Alt and Shift were pressed together and let go without another key: the way from the desktop to the
 * toolbar for who has no pointer. With another key in between it is a shortcut of some program, and is left alone; so
 * is AltGr, which some systems report as Ctrl and Alt.
 */
export const createChord = () => {
  let armed = false
  return (stroke: Stroke): boolean => {
    const rings = armed && stroke.type === 'keyup' && modifier.test(stroke.code)
    armed =
      stroke.type === 'keydown' &&
      modifier.test(stroke.code) &&
      stroke.ctrlKey &&
      stroke.altKey &&
      stroke.shiftKey &&
      !stroke.altGraph
    return rings
  }
}
