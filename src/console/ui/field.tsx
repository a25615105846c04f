import { type ComponentProps, useId, useState } from 'react'

interface PasswordProps extends Omit<ComponentProps<'input'>, 'type'> {
  label: string
  hint?: string | undefined
}

export const Password = ({ label, hint, ...rest }: PasswordProps) => {
  const id = useId()
  const [shown, setShown] = useState(false)
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="with-button">
        <input
          {...rest}
          id={id}
          type={shown ? 'text' : 'password'}
          autoCapitalize="none"
          spellCheck={false}
          aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        />
        <button type="button" className="button quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? 'Hide' : 'Show'}
          <span className="visually-hidden"> password</span>
        </button>
      </div>
      {hint !== undefined && (
        <p className="hint" id={`${id}-hint`} aria-live="polite">
          {hint}
        </p>
      )}
    </div>
  )
}

export const Field = ({ label, hint, ...rest }: ComponentProps<'input'> & { label: string; hint?: string }) => {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input {...rest} id={id} aria-describedby={hint === undefined ? undefined : `${id}-hint`} />
      {hint !== undefined && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}
