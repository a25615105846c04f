import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { StreamingSession } from '../../contract/types.ts'
import { sentenceOf } from '../account.ts'
import { openDesktop } from '../api.ts'
import { useAsk, useStatistics } from '../queries.ts'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { Notice } from '../ui/notice.tsx'
import { Steps } from '../ui/steps.tsx'
import {
  connectionOf,
  factsOf,
  isBusy,
  labelOf,
  lossOf,
  messageOf,
  refusalOf,
  stepsOf,
  toneOf,
} from '../workstation.ts'

interface WorkstationProps {
  studioId: string
  ownedBy: string
  session: StreamingSession
  name: string
  now: Date
}

export const Workstation = ({ studioId, ownedBy, session, name, now }: WorkstationProps) => {
  const { sessionId = '' } = session
  const [confirming, setConfirming] = useState(false)
  const ask = useAsk(studioId, ownedBy, session)
  const open = useMutation({ mutationFn: () => openDesktop(studioId, sessionId) })
  const error = ask.error ?? open.error
  const message = messageOf(session)
  const statistics = useStatistics(studioId, session)
  const connection = session.state === 'READY' ? connectionOf(statistics.data ?? []) : []
  return (
    <li className="card" data-testid="session-card" data-session-id={sessionId}>
      <State session={session} />
      <h3>{name}</h3>
      <p className="facts">
        {[session.ec2InstanceType, ...factsOf(session, now)].map(fact => fact && <span key={fact}>{fact}</span>)}
      </p>
      {connection.length > 0 && (
        <p className="facts" title="As the viewer measured it in the last minutes" data-testid="connection">
          {connection.map(fact => (
            <span key={fact}>{fact}</span>
          ))}
        </p>
      )}
      {isBusy(session) && <Steps steps={stepsOf(session)} />}
      {message && <Notice failed={toneOf(session) === 'failed'}>{message}</Notice>}
      {error && <Notice failed>{sentenceOf(error)}</Notice>}
      {session.state !== 'DELETED' && (
        <div className="actions">
          <Button
            kind="strong"
            refusal={refusalOf(session, 'open')}
            busy={open.isPending || open.isSuccess}
            onClick={() => open.mutate()}
            data-testid="open"
          >
            Open
          </Button>
          <Button
            kind={toneOf(session) === 'off' ? 'strong' : undefined}
            refusal={refusalOf(session, 'start')}
            busy={ask.isPending && ask.variables === 'start'}
            onClick={() => ask.mutate('start')}
            data-testid="start"
          >
            Start
          </Button>
          <Button
            refusal={refusalOf(session, 'stop')}
            busy={ask.isPending && ask.variables === 'stop'}
            onClick={() => ask.mutate('stop')}
            data-testid="stop"
          >
            Stop
          </Button>
          <Button
            kind="danger"
            refusal={refusalOf(session, 'delete')}
            busy={ask.isPending && ask.variables === 'delete'}
            onClick={() => setConfirming(true)}
            data-testid="delete"
          >
            Delete
          </Button>
        </div>
      )}
      {confirming && (
        <Confirm
          title={`Delete “${name}”?`}
          verb="Delete workstation"
          onCancel={() => setConfirming(false)}
          onConfirm={() => {
            setConfirming(false)
            ask.mutate('delete')
          }}
        >
          <p>{lossOf(session)}</p>
        </Confirm>
      )}
    </li>
  )
}

/** The state in a word and a colour. Changes of it are read out. */
export const State = ({ session }: { session: StreamingSession }) => (
  <p className="state" role="status" data-tone={toneOf(session)} data-state={session.state} data-testid="state">
    {labelOf(session)}
  </p>
)
