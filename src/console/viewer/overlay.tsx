import { useEffect, useState } from 'react'
import { type Account, me, sentenceOf } from '../account.ts'
import { toAddress } from '../address.ts'
import { Button } from '../ui/button.tsx'
import type { Connection, ConnectionView, Opened } from './connection.ts'
import type { Ending } from './reconnect.ts'

/** What stands over the desktop while it is not there. */
export const Overlay = ({ connection, view }: { connection: Connection; view: ConnectionView }) => {
  const { phase, opened } = view
  if (phase.name === 'connected') return null
  if (phase.name === 'ended') return <Ended ending={phase.ending} message={phase.message} opened={opened} />
  const reconnecting = phase.name === 'reconnecting'
  return (
    <div className={reconnecting ? 'overlay over-picture' : 'overlay'} data-testid={phase.name}>
      <p className="pill" role="status">
        <span className="spinner" aria-hidden="true" />
        {reconnecting ? 'Reconnecting…' : 'Opening the desktop…'}
      </p>
      {reconnecting && phase.attempt >= 4 && (
        <div className="card">
          <p>The server does not answer. Your desktop runs on meanwhile; this page keeps trying.</p>
          <div className="panel-row">
            <button type="button" className="button" onClick={connection.hurry}>
              Try now
            </button>
            <a className="button" href="/">
              Back to the portal
            </a>
          </div>
        </div>
      )}
    </div>
  )
}

const headings: Record<Ending, string> = {
  stopped: 'This workstation is not running',
  forbidden: 'This desktop is not open to you',
  gone: 'This address has been used or has expired',
  unable: 'This browser cannot show the desktop',
}

const Ended = ({ ending, message, opened }: { ending: Ending; message: string; opened: Opened | undefined }) => (
  <div className="overlay over-picture" data-testid="ended" data-ending={ending}>
    <section className="card" role="alert">
      <h1>{headings[ending]}</h1>
      {message && <p className="muted">{message.slice(0, 500)}</p>}
      <div className="panel-row">
        {ending === 'stopped' && opened && <StartAgain opened={opened} />}
        <a className="button" href="/" data-testid="back">
          Back to the portal
        </a>
      </div>
    </section>
  </div>
)

/** Offered to who is signed in to the portal too: a stream alone gives no right to start anything. */
const StartAgain = ({ opened: { studioId, sessionId } }: { opened: Opened }) => {
  const [account, setAccount] = useState<Account | null>(null)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string>()
  useEffect(() => {
    me().then(setAccount, () => setAccount(null))
  }, [])
  const studio = account?.studios.find(one => one.studioId === studioId)
  if (!studio) return null
  const start = async () => {
    setBusy(true)
    try {
      const { api, clientToken } = await import('../api.ts')
      await api.startStreamingSession({ studioId, sessionId, clientToken: clientToken() })
    } catch (error) {
      // Not to be started as it is now, it may still be stopping: the portal shows what it is, and what can be done.
      if (!(error instanceof Error && error.name === 'ConflictException')) {
        setBusy(false)
        return setFailure(sentenceOf(error))
      }
    }
    location.assign(toAddress({ studioName: studio.studioName, launching: sessionId }))
  }
  return (
    <>
      {failure && <p className="note">{failure}</p>}
      <Button kind="strong" busy={busy} onClick={() => void start()} data-testid="start-again">
        Start again
      </Button>
    </>
  )
}
