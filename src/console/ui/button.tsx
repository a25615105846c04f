import { type ComponentProps, type ReactNode, useId } from 'react'

interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled'> {
  kind?: 'strong' | 'danger' | 'quiet' | undefined
  /** Why it may not be pressed. The button stays visible, can be reached, and says so. */
  refusal?: string | undefined
  busy?: boolean
  children: ReactNode
}

export const Button = ({ kind, refusal, busy = false, children, onClick, ...rest }: ButtonProps) => {
  const reasonId = useId()
  const mayPress = refusal === undefined && !busy
  return (
    <button
      type="button"
      {...rest}
      className={['button', kind, rest.className].filter(Boolean).join(' ')}
      aria-disabled={mayPress ? undefined : true}
      aria-busy={busy || undefined}
      aria-describedby={refusal === undefined ? undefined : reasonId}
      onClick={event => {
        if (mayPress) onClick?.(event)
        else event.preventDefault()
      }}
    >
      {busy && <span className="spinner" aria-hidden="true" />}
      {children}
      {refusal !== undefined && (
        // Outside the button's name: it is read as its description.
        <span className="reason" id={reasonId} aria-hidden="true">
          {refusal}
        </span>
      )}
    </button>
  )
}
