/** What the launcher says about a session, out of the session itself and the lifecycle table. */
import type { StreamingSession, StreamingSessionState, StreamingSessionStatistics } from '../contract/types.ts'
import { session as lifecycle, progress, type SessionStep } from '../lifecycle/session.ts'
import { duration, moment } from './format.ts'

export type Verb = 'open' | 'start' | 'stop' | 'delete'
export type Tone = 'ready' | 'busy' | 'off' | 'failed'

const states: Record<StreamingSessionState, { label: string; tone: Tone; why: string }> = {
  CREATE_IN_PROGRESS: { label: 'Launching', tone: 'busy', why: 'It is being launched.' },
  READY: { label: 'Ready', tone: 'ready', why: 'It is running already.' },
  STOP_IN_PROGRESS: { label: 'Stopping', tone: 'busy', why: 'It is being stopped.' },
  STOPPED: { label: 'Stopped', tone: 'off', why: 'It is stopped. Start it first.' },
  START_IN_PROGRESS: { label: 'Starting', tone: 'busy', why: 'It is being started.' },
  DELETE_IN_PROGRESS: { label: 'Deleting', tone: 'busy', why: 'It is being deleted.' },
  DELETED: { label: 'Deleted', tone: 'off', why: 'It is deleted.' },
  CREATE_FAILED: {
    label: 'Could not be launched',
    tone: 'failed',
    why: 'Its launch failed. Delete it and launch again.',
  },
  START_FAILED: { label: 'Could not be started', tone: 'failed', why: 'Its start failed. Try to start it again.' },
  STOP_FAILED: { label: 'Could not be stopped', tone: 'failed', why: 'Its stop failed. Try to stop it again.' },
  DELETE_FAILED: { label: 'Could not be deleted', tone: 'failed', why: 'Its deletion failed. Delete it again.' },
}

/** A state that this console does not know yet is shown by its name and offers nothing. */
const described = (state: StreamingSessionState | undefined) =>
  (state && states[state]) ?? { label: state ?? 'Unknown', tone: 'off' as const, why: 'Its state is not known.' }

export const labelOf = (session: StreamingSession): string => described(session.state).label
export const toneOf = (session: StreamingSession): Tone => described(session.state).tone
export const isBusy = (session: StreamingSession): boolean => toneOf(session) === 'busy'

/** Why a verb is refused now; undefined when it may be asked. */
export const refusalOf = (session: StreamingSession, verb: Verb): string | undefined => {
  const { state } = session
  if (verb === 'open') return state === 'READY' ? undefined : described(state).why
  if (!state || !lifecycle[state]?.on?.[verb])
    return verb === 'stop' && state === 'STOPPED' ? 'It is stopped already.' : described(state).why
  // A running session that will never be stopped by itself cannot be stopped by hand either (decision 17's table).
  if (verb === 'stop' && state === 'READY' && !session.stopAt)
    return 'Its launch profile keeps nothing after a stop, so it can only be deleted.'
  return undefined
}

export interface ShownStep {
  sentence: string
  at: 'done' | 'running' | 'to come'
}

/** The steps of the state that a session is busy in. The server names the one that runs in the status message. */
export const stepsOf = (session: StreamingSession): ShownStep[] => {
  const isRunning = (step: SessionStep) => progress[step] === session.statusMessage
  const row = session.state && lifecycle[session.state]
  const steps = [row?.do, row?.undo].find(list => list?.some(isRunning)) ?? row?.do ?? []
  const running = steps.findIndex(isRunning)
  return steps.map((step, i) => ({
    sentence: progress[step],
    // Before the first step is taken up, and in a message that is not a step's, nothing counts as done.
    at: i < running ? 'done' : i === Math.max(running, 0) ? 'running' : 'to come',
  }))
}

/** How long it has been what it is, and what will happen to it by itself. */
export const factsOf = (session: StreamingSession, now: Date): string[] => {
  const { state, createdAt, startedAt, stoppedAt, stopAt, terminateAt, updatedAt } = session
  const facts: string[] = []
  const since = (word: string, from: Date | undefined) => {
    if (from) facts.push(`${word} for ${duration(now.getTime() - from.getTime())}`)
  }
  if (state === 'READY') since('Running', startedAt ?? createdAt)
  else if (state === 'STOPPED') since('Stopped', stoppedAt)
  else if (state === 'DELETED' && updatedAt) facts.push(`Deleted ${moment(updatedAt, now)}`)
  else if (createdAt) facts.push(`Launched ${moment(createdAt, now)}`)
  if (state === 'READY' && stopAt) facts.push(`Stops ${moment(stopAt, now)}`)
  // A day on which it would be deleted is far off while it still has to be stopped; said when it is next.
  if (terminateAt && (state === 'STOPPED' || (state === 'READY' && !stopAt)))
    facts.push(`Is deleted ${moment(terminateAt, now)}`)
  return facts
}

/**
 * How the newest measurement went: from a hand to its picture, how much of that is the network's, and what makes and
 * shows the picture. So it can be seen whether it is the network or the workstation.
 */
export const connectionOf = ([newest]: readonly StreamingSessionStatistics[]): string[] => {
  if (!newest) return []
  const { latencyP50InMilliseconds: p50, latencyP95InMilliseconds: p95, roundTripInMilliseconds: network } = newest
  const { framesPerSecond, kilobitsPerSecond, encoder, decoder } = newest
  return [
    ...(p50 === undefined ? [] : [`Picture after ${p50} ms${p95 === undefined ? '' : ` (p95 ${p95})`}`]),
    ...(network === undefined ? [] : [`network ${network} ms`]),
    ...(framesPerSecond ? [`${framesPerSecond} fps`] : []),
    ...(kilobitsPerSecond ? [`${(kilobitsPerSecond / 1000).toFixed(1)} Mbit/s`] : []),
    ...(encoder === undefined ? [] : [`encoder ${encoder}`]),
    ...(decoder === undefined ? [] : [`decoder ${decoder}`]),
  ]
}

/** What the server has to say to a person beyond the state: why it failed or ended by itself, or that it will soon. */
export const messageOf = (session: StreamingSession): string | undefined => {
  const { state, stoppedBy, updatedBy, statusMessage } = session
  const endedBy = state === 'STOPPED' ? stoppedBy : state === 'DELETED' ? updatedBy : undefined
  const isTold = toneOf(session) === 'failed' || state === 'READY' || endedBy?.startsWith('system:')
  return isTold ? statusMessage : undefined
}

const shownAfterwardsMs = 3_600_000

/** A deleted session is gone from the launcher, but one that nobody deleted stays for an hour to say why. */
export const isShown = (session: StreamingSession, now: Date): boolean =>
  session.state !== 'DELETED' ||
  (messageOf(session) !== undefined && now.getTime() - (session.updatedAt?.getTime() ?? 0) < shownAfterwardsMs)

/** What a person loses by deleting the session, and what he keeps. */
export const lossOf = (session: StreamingSession): string => {
  const volume = 'Its volume is deleted with it: programs you installed and files that are kept nowhere else are lost.'
  return session.backupMode === 'AUTOMATIC'
    ? `${volume} Backups of it are kept for 7 days, in case you change your mind.`
    : `${volume} There are no backups of it.`
}
