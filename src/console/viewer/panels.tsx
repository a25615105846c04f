import { type FormEvent, useId, useRef, useState, useSyncExternalStore } from 'react'
import type { Automatic, Clipboard } from './clipboard.ts'
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
  const { text, automatic, note } = useSyncExternalStore(clipboard.subscribe, clipboard.snapshot)
  const field = useRef<HTMLTextAreaElement>(null)
  const id = useId()
  return (
    <>
      <label htmlFor={id}>Text on the desktop’s clipboard. What you put here can be pasted there.</label>
      <textarea
        id={id}
        ref={field}
        rows={6}
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={event => clipboard.typed(event.target.value)}
        data-testid="clipboard-text"
      />
      <div className="panel-row">
        <p className="note" role="status">
          {note}
        </p>
        <button
          type="button"
          className="button"
          onClick={() => field.current && void clipboard.copyHere(field.current)}
          data-testid="clipboard-copy"
        >
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

const explanations: Record<Automatic, string> = {
  on: 'Both clipboards are kept in step by themselves.',
  ask: 'Both clipboards can be kept in step by themselves, if you allow this page to read yours.',
  refused: 'The browser does not let this page read your clipboard. It can be allowed in the page’s settings.',
  unavailable: 'This browser, or a page without TLS, does not keep the clipboards in step. Use the field above.',
}
