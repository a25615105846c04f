import { type FormEvent, useEffect, useId, useRef, useState, useSyncExternalStore } from 'react'
import { type Automatic, type Clipboard, readPaste, textCopy } from './clipboard.ts'
import type { Key } from './decoder.ts'

interface KeysPanelProps {
  combinations: readonly { name: string; keys: readonly Key[] }[]
  press(keys: readonly Key[]): void
  type(text: string): void
}

export const KeysPanel = ({ combinations, press, type }: KeysPanelProps) => {
  const id = useId()
  const [text, setText] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    type(text)
    setText('')
  }
  return (
    <>
      <div className="keys">
        {combinations.map(({ name, keys }) => (
          <button key={name} type="button" className="button" onClick={() => press(keys)}>
            {name}
          </button>
        ))}
      </div>
      <form className="type-text" onSubmit={submit}>
        <label htmlFor={id}>Type a text, for instance with the keyboard of a phone</label>
        <div className="type-row">
          <input
            id={id}
            value={text}
            autoComplete="off"
            autoCapitalize="none"
            onChange={event => setText(event.target.value)}
            data-testid="type-text"
          />
          <button type="submit" className="button">
            Type
          </button>
        </div>
      </form>
    </>
  )
}

export const ClipboardPanel = ({ clipboard }: { clipboard: Clipboard }) => {
  const { text, isCut, contents, automatic, note } = useSyncExternalStore(clipboard.subscribe, clipboard.snapshot)
  const field = useRef<HTMLTextAreaElement>(null)
  const id = useId()
  useEffect(() => (field.current ? takeLongTexts(field.current, clipboard) : undefined), [clipboard])
  return (
    <>
      <label htmlFor={id}>What is on the desktop’s clipboard. What you put here can be pasted there.</label>
      <textarea
        id={id}
        ref={field}
        rows={6}
        value={text}
        readOnly={isCut}
        spellCheck={false}
        autoComplete="off"
        onChange={event => clipboard.give(textCopy(event.target.value))}
        data-testid="clipboard-text"
      />
      {contents && (
        <p className="note" data-testid="clipboard-contents">
          {contents}
        </p>
      )}
      <div className="panel-row">
        <p className="note" role="status">
          {note}
        </p>
        <button type="button" className="button" onClick={() => void clipboard.copyHere()} data-testid="clipboard-copy">
          Copy to this computer
        </button>
      </div>
      <div className="panel-row automatic">
        <p className="note">{explanations[automatic]}</p>
        {automatic === 'ask' && (
          <button type="button" className="button" onClick={() => void clipboard.allow()} data-testid="clipboard-allow">
            Allow
          </button>
        )}
      </div>
    </>
  )
}

/**
 * What is long, or more than text, never becomes part of the field: to insert some ten thousand lines takes a browser
 * minutes. It is the desktop's clipboard at once, and the field shows the beginning.
 */
const takeLongTexts = (field: HTMLTextAreaElement, clipboard: Clipboard) => {
  const merged = (text: string) =>
    field.value.slice(0, field.selectionStart) + text + field.value.slice(field.selectionEnd)
  const paste = (event: ClipboardEvent) => {
    const { clipboardData } = event
    if (!clipboardData) return
    const text = clipboardData.getData('text/plain')
    const isMore = clipboardData.files.length > 0 || clipboardData.types.includes('text/html')
    if (!isMore && !field.readOnly && text.length <= insertedCharacters) return
    event.preventDefault()
    if (isMore || field.readOnly) void readPaste(clipboardData).then(clipboard.give)
    else clipboard.give(textCopy(merged(text)))
  }
  const insert = (event: InputEvent) => {
    if (!event.cancelable || (event.data?.length ?? 0) <= insertedCharacters) return
    event.preventDefault()
    clipboard.give(textCopy(merged(event.data ?? '')))
  }
  const copy = (event: ClipboardEvent) => {
    const isAll = field.selectionStart === 0 && field.selectionEnd === field.value.length
    if (!isAll || !event.clipboardData) return
    event.preventDefault()
    clipboard.fill(event.clipboardData)
  }
  field.addEventListener('paste', paste)
  field.addEventListener('beforeinput', insert)
  field.addEventListener('copy', copy)
  return () => {
    field.removeEventListener('paste', paste)
    field.removeEventListener('beforeinput', insert)
    field.removeEventListener('copy', copy)
  }
}

/** The most that a browser is left to insert by itself. */
const insertedCharacters = 2048

const explanations: Record<Automatic, string> = {
  on: 'Both clipboards are kept in step by themselves.',
  ask: 'Both clipboards can be kept in step by themselves, if you allow this page to read yours.',
  refused: 'The browser does not let this page read your clipboard. It can be allowed in the page’s settings.',
  unavailable: 'This browser, or a page without TLS, does not keep the clipboards in step. Use the field above.',
}
