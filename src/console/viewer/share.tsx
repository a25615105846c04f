import { useRef, useState } from 'react'
import { isSignedOut, sentenceOf } from '../account.ts'
import { Button } from '../ui/button.tsx'
import type { Opened } from './connection.ts'

/** How long a link can wait for whoever it was sent to, seconds. */
const linkSeconds = 3600

/**
 * Links for others to watch. They are made by the API, for who is signed in to the portal too and may do it: a stream
 * alone gives no right to share it.
 */
export const SharePanel = ({ opened: { studioId, sessionId } }: { opened: Opened }) => {
  const [link, setLink] = useState('')
  const [note, setNote] = useState<string>()
  const [busy, setBusy] = useState(false)
  const field = useRef<HTMLInputElement>(null)

  const work = async (ask: () => Promise<string>) => {
    setBusy(true)
    setNote(undefined)
    try {
      setNote(await ask())
    } catch (error) {
      setNote(isSignedOut(error) ? 'Sign in to the portal in another tab, then press this again.' : sentenceOf(error))
    }
    setBusy(false)
  }
  const make = () =>
    work(async () => {
      const { api, clientToken } = await import('../api.ts')
      const asked = { studioId, sessionId, expirationInSeconds: linkSeconds, clientToken: clientToken() }
      const { stream } = await api.createStreamingSessionView(asked)
      setLink(stream?.url ?? '')
      const copied = await navigator.clipboard?.writeText(stream?.url ?? '').then(
        () => true,
        () => false,
      )
      return `${copied ? 'Copied. ' : ''}It opens once, within an hour.`
    })
  const end = () =>
    work(async () => {
      const { api, clientToken } = await import('../api.ts')
      await api.deleteStreamingSessionViews({ studioId, sessionId, clientToken: clientToken() })
      setLink('')
      return 'Nobody watches any more.'
    })
  return (
    <>
      <p>Whoever opens the link sees this desktop. He can neither type nor copy.</p>
      {link && (
        <input
          ref={field}
          className="share-link"
          aria-label="Link for watching"
          value={link}
          readOnly
          onFocus={() => field.current?.select()}
          data-testid="share-link"
        />
      )}
      <p className="note" role="status" data-testid="share-note">
        {note}
      </p>
      <div className="panel-row">
        <Button busy={busy} onClick={() => void make()} data-testid="share-make">
          {link ? 'Another link' : 'Make a link'}
        </Button>
        <Button kind="danger" busy={busy} onClick={() => void end()} data-testid="share-end">
          End all views
        </Button>
      </div>
    </>
  )
}
