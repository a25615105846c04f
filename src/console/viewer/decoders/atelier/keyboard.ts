/**
 * Keys, from a text field that nobody sees: a browser composes letters from dead keys, and offers a phone's keyboard,
 * only where text may be written. What it composes comes as text, everything else as keys going down and up.
 */
import { isModifier } from '../../../../protocol/keysyms.ts'
import { keysymOfCharacter, keysymOfStroke } from './keysyms.ts'

export interface KeyboardSource {
  readonly field: HTMLTextAreaElement
  type(text: string): void
  press(keysyms: readonly number[]): void
  releaseAll(): void
  close(): void
}

const controlAndAlt = ['ControlLeft', 'ControlRight', 'AltLeft', 'AltRight']

export const createKeyboardSource = (on: { key(keysym: number, isDown: boolean): void; release(): void }) => {
  const field = document.createElement('textarea')
  field.setAttribute('aria-label', 'Keyboard of the desktop')
  field.autocapitalize = 'none'
  field.autocomplete = 'off'
  field.spellcheck = false
  Object.assign(field.style, {
    ...{
      position: 'absolute',
      left: '0',
      top: '0',
      width: '1px',
      height: '1px',
      opacity: '0',
      border: '0',
      padding: '0',
    },
    ...{ resize: 'none', pointerEvents: 'none' },
  })
  /** By the place of the key: what it means may have changed when it comes up. */
  const held = new Map<string, number>()
  const up = (code: string) => {
    const keysym = held.get(code)
    if (keysym === undefined) return
    held.delete(code)
    on.key(keysym, false)
  }
  const releaseAll = () => {
    held.clear()
    on.release()
  }
  const type = (text: string) => {
    for (const character of text) {
      const keysym = keysymOfCharacter(character)
      on.key(keysym, true)
      on.key(keysym, false)
    }
  }

  const down = (event: KeyboardEvent) => {
    if (event.isComposing || event.key === 'Process' || event.key === 'Unidentified' || event.key === 'Dead') return
    event.preventDefault()
    const keysym = keysymOfStroke(event)
    if (keysym === undefined) return
    // Windows says Ctrl and Alt where AltGr is meant. The letter that it makes says everything.
    if (event.getModifierState('AltGraph') && !isModifier(keysym)) for (const code of controlAndAlt) up(code)
    if (event.repeat && isModifier(keysym)) return
    held.set(event.code, keysym)
    on.key(keysym, true)
  }
  const lift = (event: KeyboardEvent) => {
    event.preventDefault()
    // A Mac tells of no key that comes up while the command key is down.
    if (event.key === 'Meta') releaseAll()
    else up(event.code)
  }
  const take = () => {
    if (field.value === '') return
    type(field.value)
    field.value = ''
  }
  field.addEventListener('keydown', down)
  field.addEventListener('keyup', lift)
  field.addEventListener('compositionend', take)
  field.addEventListener('input', event => {
    if (!(event as InputEvent).isComposing) take()
  })
  field.addEventListener('blur', releaseAll)
  window.addEventListener('blur', releaseAll)

  return {
    field,
    type,
    press(keysyms: readonly number[]) {
      for (const keysym of keysyms) on.key(keysym, true)
      for (const keysym of keysyms.toReversed()) on.key(keysym, false)
    },
    releaseAll,
    close() {
      window.removeEventListener('blur', releaseAll)
      field.remove()
    },
  }
}
