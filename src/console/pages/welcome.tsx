import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { sentenceOf, welcome } from '../account.ts'
import { go } from '../address.ts'
import { Button } from '../ui/button.tsx'
import { Field, Password } from '../ui/field.tsx'
import { Notice } from '../ui/notice.tsx'
import { Entrance } from './sign-in.tsx'

const shortest = 10

/** The code leaves the address before anything else happens, so that it stays in no history and no screenshot. */
const takeCode = (): string => {
  const code = location.pathname === '/welcome' ? decodeURIComponent(location.hash.slice(1)) : ''
  if (code) history.replaceState(null, '', location.pathname)
  return code
}
const codeOfAddress = takeCode()

export default function Welcome() {
  const queries = useQueryClient()
  const [code, setCode] = useState(codeOfAddress)
  const [userName, setUserName] = useState('')
  const [displayName, setDisplayName] = useState('')
  const [password, setPassword] = useState('')
  const asked = useMutation({
    mutationFn: welcome,
    onSuccess: account => {
      queries.setQueryData(['me'], account)
      go('/', { replace: true })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (asked.isPending || password.length < shortest) return
    asked.mutate({ code, userName, password, ...(displayName.trim() && { displayName: displayName.trim() }) })
  }
  return (
    <Entrance title="Welcome to your studio">
      <p className="muted">
        Choose how you will sign in. You become the first administrator, and this page closes for everybody else.
      </p>
      <form onSubmit={submit} className="form">
        {!codeOfAddress && (
          <Field
            label="One-time code"
            hint="It stands at the end of the address that the server printed when it started."
            autoComplete="off"
            spellCheck={false}
            required
            value={code}
            onChange={event => setCode(event.target.value.trim())}
            data-testid="code"
          />
        )}
        <Field
          label="User name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus={codeOfAddress !== ''}
          value={userName}
          onChange={event => setUserName(event.target.value.trim())}
          data-testid="user-name"
        />
        <Field
          label="Your name (optional)"
          name="name"
          autoComplete="name"
          value={displayName}
          onChange={event => setDisplayName(event.target.value)}
          data-testid="display-name"
        />
        <Password
          label="Password"
          name="new-password"
          autoComplete="new-password"
          minLength={shortest}
          required
          hint={strengthOf(password)}
          value={password}
          onChange={event => setPassword(event.target.value)}
          data-testid="password"
        />
        {asked.error && <Notice failed>{sentenceOf(asked.error)}</Notice>}
        <Button type="submit" kind="strong" busy={asked.isPending} data-testid="sign-in">
          Open the studio
        </Button>
      </form>
    </Entrance>
  )
}

/** Length is what counts, so length is what is said. */
const strengthOf = (password: string): string => {
  const { length } = password
  if (length === 0) return `At least ${shortest} characters. A few unrelated words are easier to keep than odd signs.`
  if (length < shortest) return `${length} of at least ${shortest} characters.`
  return length < 16 ? 'Long enough. A few more characters make it strong.' : 'Strong.'
}
