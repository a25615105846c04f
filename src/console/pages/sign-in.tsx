import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useEffect, useState } from 'react'
import { PortalError, sentenceOf, signIn } from '../account.ts'
import { Button } from '../ui/button.tsx'
import { Field, Password } from '../ui/field.tsx'
import { Logo } from '../ui/logo.tsx'
import { Notice } from '../ui/notice.tsx'

/** The frame of the pages before the portal: one card, nothing else. */
export const Entrance = ({ title, children }: { title: string; children: ReactNode }) => {
  useEffect(() => {
    document.title = `${title} – Atelier`
  }, [title])
  return (
    <main className="entrance">
      <div className="brand">
        <Logo /> Atelier
      </div>
      <section className="card entrance-card">
        <h1>{title}</h1>
        {children}
      </section>
    </main>
  )
}

export default function SignIn() {
  const queries = useQueryClient()
  const [userName, setUserName] = useState('')
  const [password, setPassword] = useState('')
  const asked = useMutation({
    mutationFn: signIn,
    onSuccess: account => queries.setQueryData(['me'], account),
  })
  const waitSeconds = useCountdown(asked.error instanceof PortalError ? asked.error.retryAfterSeconds : 0, asked.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!asked.isPending && waitSeconds === 0) asked.mutate({ userName, password })
  }
  return (
    <Entrance title="Sign in">
      <form onSubmit={submit} className="form">
        <Field
          label="User name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus
          value={userName}
          onChange={event => setUserName(event.target.value)}
          data-testid="user-name"
        />
        <Password
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={event => setPassword(event.target.value)}
          data-testid="password"
        />
        {asked.error && <Notice failed>{sentenceOf(asked.error)}</Notice>}
        <Button
          type="submit"
          kind="strong"
          busy={asked.isPending}
          refusal={waitSeconds > 0 ? 'Too many attempts. Wait a moment.' : undefined}
          data-testid="sign-in"
        >
          {waitSeconds > 0 ? `Try again in ${waitSeconds} s` : 'Sign in'}
        </Button>
      </form>
    </Entrance>
  )
}

/** Seconds that are left of a wait; it begins anew with each `occasion`. */
const useCountdown = (seconds: number, occasion: unknown): number => {
  const [left, setLeft] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same wait imposed a second time begins again
  useEffect(() => {
    setLeft(seconds)
    if (seconds === 0) return
    const endsAt = Date.now() + seconds * 1000
    const timer = setInterval(() => {
      const rest = Math.max(0, Math.ceil((endsAt - Date.now()) / 1000))
      setLeft(rest)
      if (rest === 0) clearInterval(timer)
    }, 250)
    return () => clearInterval(timer)
  }, [seconds, occasion])
  return left
}
