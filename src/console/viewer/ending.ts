/** What the viewer says of the coming end of a session, and when. */
import type { StreamingSessionEndAction, StreamingSessionEndReason } from '../../contract/types.ts'

/** As the gateway tells it. */
export interface ToldEnd {
  endsAt?: string
  action?: StreamingSessionEndAction
  reason?: StreamingSessionEndReason
  extendableTo?: string
  now: string
}

/** An end, by the clock of this page, which nobody sets. */
export interface End {
  /** `performance.now()` when it comes. */
  at: number
  action: StreamingSessionEndAction
  reason: StreamingSessionEndReason
  /** How much later it may be made, ms. */
  extendableMs: number
}

const minute = 60_000
/** How long before its end a session says so; each time again, whoever has closed the notice before. */
const warnings = [15 * minute, 5 * minute]

/** What the gateway told at a moment of the page's clock. */
export const toEnd = ({ endsAt, action, reason, extendableTo, now }: ToldEnd, heardAt: number): End | undefined => {
  if (endsAt === undefined || !action || !reason) return undefined
  const end = Date.parse(endsAt)
  const extendableMs = extendableTo === undefined ? 0 : Math.max(0, Date.parse(extendableTo) - end)
  return { at: heardAt + end - Date.parse(now), action, reason, extendableMs }
}

/** Names the warning that is due; undefined when the end is far off. Who closes one has closed that one. */
export const warningOf = ({ at, reason }: End, now: number): string | undefined => {
  const leftMs = at - now
  // Of a session that nobody uses the server begins to tell when it is time to.
  const due = reason === 'IDLE' ? 0 : warnings.findLast(before => leftMs <= before)
  return due === undefined ? undefined : `${reason} ${due}`
}

/** `14:05`; `0:00` when it is over. */
export const countdown = (leftMs: number): string => {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** Read aloud once a minute: a voice that counts seconds is no help. */
export const minutesLeft = (leftMs: number): string => {
  const minutes = Math.max(1, Math.ceil(leftMs / minute))
  return `${minutes} minute${minutes === 1 ? '' : 's'}`
}

const usualExtensionMs = 60 * minute

/** What a press of the button asks for, in whole minutes; 0 when nothing is left to ask for. */
export const extensionMinutes = ({ extendableMs, reason }: End): number =>
  reason === 'IDLE' ? 0 : Math.floor(Math.min(usualExtensionMs, extendableMs) / minute)
