import { type ReactNode, useEffect, useId, useRef } from 'react'
import { Button } from './button.tsx'

interface ConfirmProps {
  title: string
  verb: string
  children: ReactNode
  onConfirm(): void
  onCancel(): void
}

/** A question before something that cannot be taken back. Opens when it is rendered; Escape and the backdrop cancel. */
export const Confirm = ({ title, verb, children, onConfirm, onCancel }: ConfirmProps) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  const textId = useId()
  useEffect(() => dialog.current?.showModal(), [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click is on the backdrop; for keys there is Escape
    <dialog
      ref={dialog}
      className="confirm"
      aria-labelledby={titleId}
      aria-describedby={textId}
      onCancel={onCancel}
      onClick={event => event.target === event.currentTarget && onCancel()}
    >
      <div className="confirm-body">
        <h2 id={titleId}>{title}</h2>
        <div id={textId}>{children}</div>
        <div className="actions">
          {/* Focus begins on the way out, so that a stray Enter loses nothing. */}
          <Button onClick={onCancel} autoFocus>
            Keep it
          </Button>
          <Button kind="danger" onClick={onConfirm}>
            {verb}
          </Button>
        </div>
      </div>
    </dialog>
  )
}
