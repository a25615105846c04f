import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { StreamingSession } from '../../contract/types.ts'
import { sentenceOf } from '../account.ts'
import { openDesktop } from '../api.ts'
import { useAsk } from '../queries.ts'
import { Button } from '../ui/button.tsx'
import { Loading, Notice } from '../ui/notice.tsx'
import { Steps } from '../ui/steps.tsx'
import { isBusy, labelOf, messageOf, refusalOf, stepsOf } from '../workstation.ts'
import { State } from './workstation.tsx'

interface LaunchingProps {
  studioId: string
  ownedBy: string
  /** Absent before the first answer, and when it is gone. */
  session: StreamingSession | undefined
  /** Whether the list that the session was looked up in has come. */
  known: boolean
  error: Error | null
  nameOf(launchProfileId: string | undefined): string
  back(): void
}

/** Waiting for one workstation. Who stays here is taken to the desktop as soon as it is ready. */
export const Launching = ({ studioId, ownedBy, session, known, error, nameOf, back }: LaunchingProps) => {
  if (session) return <Wait {...{ studioId, ownedBy, session, error, back }} name={nameOf(session.launchProfileId)} />
  return (
    <section className="card launching" data-testid="launching">
      {known ? (
        <Notice>This workstation does not exist any more.</Notice>
      ) : (
        <Loading what="Looking for the workstation" />
      )}
      {error && <Notice failed>{sentenceOf(error)}</Notice>}
      <div className="actions">
        <Button onClick={back}>Back to the launcher</Button>
      </div>
    </section>
  )
}

type WaitProps = Pick<LaunchingProps, 'studioId' | 'ownedBy' | 'error' | 'back'> & {
  session: StreamingSession
  name: string
}

const Wait = ({ studioId, ownedBy, session, error, back, name }: WaitProps) => {
  const { sessionId = '', state } = session
  const ask = useAsk(studioId, ownedBy, session)
  const { mutate: open, ...opening } = useMutation({ mutationFn: () => openDesktop(studioId, sessionId) })
  const opened = useRef(false)
  useEffect(() => {
    // Once for each arrival: a failure to open is shown with a button, not repeated for ever.
    if (state === 'READY' && !opened.current) {
      opened.current = true
      open()
    } else if (state !== 'READY') opened.current = false
  }, [state, open])
  const message = messageOf(session)
  const failure = opening.error ?? ask.error ?? error
  return (
    <section className="card launching" aria-labelledby="launching-name" data-testid="launching">
      <State session={session} />
      <h1 id="launching-name">{name}</h1>
      {isBusy(session) && <Steps steps={stepsOf(session)} />}
      {state === 'READY' && !opening.error && <Loading what="Opening the desktop" />}
      {message && <Notice failed>{message}</Notice>}
      {failure && <Notice failed>{sentenceOf(failure)}</Notice>}
      {isBusy(session) && state !== 'STOP_IN_PROGRESS' && state !== 'DELETE_IN_PROGRESS' && (
        <p className="muted">The desktop opens here by itself as soon as it is ready.</p>
      )}
      <div className="actions">
        {opening.error && (
          <Button kind="strong" onClick={() => open()}>
            Open the desktop
          </Button>
        )}
        {(state === 'START_FAILED' || state === 'STOPPED') && (
          <Button kind="strong" busy={ask.isPending} onClick={() => ask.mutate('start')}>
            {labelOf(session) === 'Stopped' ? 'Start' : 'Try again'}
          </Button>
        )}
        <Button onClick={back} data-testid="back">
          {isBusy(session) ? 'Do something else meanwhile' : 'Back to the launcher'}
        </Button>
        {state === 'CREATE_IN_PROGRESS' && (
          <Button
            kind="danger"
            refusal={refusalOf(session, 'delete')}
            busy={ask.isPending}
            onClick={() => ask.mutate('delete', { onSuccess: back })}
            data-testid="cancel-launch"
          >
            Cancel the launch
          </Button>
        )}
      </div>
    </section>
  )
}
