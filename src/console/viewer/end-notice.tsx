import { useEffect, useRef, useState } from 'react'
import { me, portalHeaders, sentenceOf } from '../account.ts'
import { Button } from '../ui/button.tsx'
import type { Opened } from './connection.ts'
import { countdown, type End, extensionMinutes, minutesLeft, type ToldEnd, toEnd, warningOf } from './ending.ts'

interface EndNoticeProps {
  streamId: string
  opened: Opened
  /** After whatever was done here, the keyboard is the desktop's again. */
  done: () => void
}

/** Tells, in good time, that the workstation ends by itself, and puts that off where it may be. */
export const EndNotice = ({ streamId, opened, done }: EndNoticeProps) => {
  const [end, ask] = useEnd(streamId)
  const [now, setNow] = useState(() => performance.now())
  const [closed, setClosed] = useState<string>()
  const hidden = useInput(end?.reason === 'IDLE')
  const due = end && warningOf(end, now)
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  useEffect(() => {
    // What comes after is another end, and is told anew.
    if (due === undefined) setClosed(undefined)
  }, [due])
  if (!end || due === undefined || due === closed || now < hidden) return null
  const leftMs = end.at - now
  const verb = end.action === 'STOP' ? 'stops' : 'is deleted'
  const isIdle = end.reason === 'IDLE'
  return (
    <section className="end-notice" data-testid="end-notice" data-reason={end.reason} aria-label="Coming end">
      <p className="visually-hidden" role="status">
        {isIdle && 'Nobody uses this workstation. '}This workstation {verb} by itself in {minutesLeft(leftMs)}.
      </p>
      <p aria-hidden="true">
        {isIdle ? 'Nobody uses this workstation: it' : 'This workstation'} {verb} by itself in{' '}
        <span className="countdown" data-testid="countdown">
          {countdown(leftMs)}
        </span>
      </p>
      {isIdle && <p className="note">Any key or movement of the pointer in it keeps it running.</p>}
      {!isIdle && end.action === 'DELETE' && <p className="note">Save your work elsewhere: nothing of it is kept.</p>}
      <div className="panel-row">
        <Extend end={end} opened={opened} extended={ask} done={done} />
        <button
          type="button"
          className="button quiet"
          onClick={() => {
            setClosed(due)
            done()
          }}
          data-testid="end-notice-close"
        >
          Close
        </button>
      </div>
    </section>
  )
}

/** Longer than it takes until the server has seen an input and this page has heard of it, ms. */
const heardWithinMs = 20_000

/** Until when an input in the desktop speaks against its being idle, by `performance.now()`. */
const useInput = (watched: boolean): number => {
  const [until, setUntil] = useState(0)
  useEffect(() => {
    const screen = document.getElementById('screen')
    if (!watched || !screen) return
    const seen = () => {
      const now = performance.now()
      setUntil(known => (known - now > heardWithinMs / 2 ? known : now + heardWithinMs))
    }
    const events = ['pointermove', 'pointerdown', 'keydown'] as const
    for (const event of events) screen.addEventListener(event, seen, { capture: true, passive: true })
    return () => {
      for (const event of events) screen.removeEventListener(event, seen, { capture: true })
    }
  }, [watched])
  return until
}

const oftenMs = 5000
const seldomMs = 20_000

/** The end as it was last told, and a way to ask at once. While nobody answers it stays what it was. */
const useEnd = (streamId: string): [End | undefined, () => void] => {
  const [end, setEnd] = useState<End>()
  const asking = useRef<() => void>(() => {})
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    let isOver = false
    const ask = async () => {
      clearTimeout(timer)
      const told = await fetchEnd(streamId)
      if (isOver) return
      if (told !== 'unknown') setEnd(told)
      const isNear = told !== 'unknown' && told !== undefined && warningOf(told, performance.now()) !== undefined
      clearTimeout(timer)
      timer = setTimeout(ask, isNear ? oftenMs : seldomMs)
    }
    asking.current = () => void ask()
    void ask()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [streamId])
  return [end, () => asking.current()]
}

const fetchEnd = async (streamId: string): Promise<End | undefined | 'unknown'> => {
  try {
    const path = `/streams/${encodeURIComponent(streamId)}/end`
    const response = await fetch(path, { headers: portalHeaders, signal: AbortSignal.timeout(oftenMs) })
    if (!response.ok) return 'unknown'
    const told: ToldEnd = await response.json()
    return toEnd(told, performance.now())
  } catch {
    // The connection of the desktop itself says when the server is away.
    return 'unknown'
  }
}

interface ExtendProps {
  end: End
  opened: Opened
  extended: () => void
  done: () => void
}

/** Offered to who is signed in to the portal too and may do it: a stream alone gives no right to change anything. */
const Extend = ({ end, opened: { studioId, sessionId }, extended, done }: ExtendProps) => {
  const minutes = extensionMinutes(end)
  const [allowed, setAllowed] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string>()
  const isPossible = minutes > 0
  useEffect(() => {
    if (isPossible) mayExtend(studioId, sessionId).then(setAllowed, () => setAllowed(false))
  }, [isPossible, studioId, sessionId])
  if (!isPossible || !allowed) return null
  const extend = async () => {
    setBusy(true)
    setFailure(undefined)
    try {
      const { api, clientToken } = await import('../api.ts')
      await api.extendStreamingSession({
        ...{ studioId, sessionId, extendByInMinutes: minutes },
        clientToken: clientToken(),
      })
      done()
    } catch (error) {
      setFailure(sentenceOf(error))
    }
    setBusy(false)
    extended()
  }
  return (
    <>
      {failure && <p className="note">{failure}</p>}
      <Button kind="strong" busy={busy} onClick={() => void extend()} data-testid="extend">
        Extend by {minutes === 60 ? '1 hour' : `${minutes} min`}
      </Button>
    </>
  )
}

const mayExtend = async (studioId: string, sessionId: string): Promise<boolean> => {
  if (!(await me())?.studios.some(studio => studio.studioId === studioId)) return false
  const { api } = await import('../api.ts')
  // The same people may ask for the end and put it off; others are told that there is no such session.
  await api.getStreamingSessionEnd({ studioId, sessionId })
  return true
}
