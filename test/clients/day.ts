/** What a client does in one day against a real server, told so that the same can be asked of every client. */
import type { AccessKey } from '../../src/access/first-keys.ts'

export interface Refusal {
  /** As the client calls it. */
  name: string
  /** The client knows it as an exception of the API, not only as a text. */
  typed: boolean
  /** Where the client tells. */
  status?: number
  reason?: string
}

export interface Day {
  studioIds: string[]
  /** Each as the waiter, or the answer, left it. */
  states: Record<
    'created' | 'ready' | 'stopping' | 'stopped' | 'starting' | 'restarted' | 'deleting' | 'deleted',
    string
  >
  sessionId: string
  /** The session of the second call with the same client token. */
  sameToken: string
  /** Ids of sessions by the filter that listed them. */
  listed: Record<'ownedBy' | 'createdBy' | 'sessionIds' | 'everything', string[]>
  stream: { url: string; secondsToUse: number }
  backups: { sessionId: string; state: string }[]
  tags: Record<'created' | 'tagged' | 'untagged', Record<string, string>>
  /** Those that were tried: a command takes a second of a core, so the CLI tries fewer. */
  refusals: Partial<Record<RefusalName, Refusal>>
}

export type RefusalName =
  | 'unknownStudio'
  | 'startOfReady'
  | 'badName'
  | 'stranger'
  | 'overQuota'
  | 'tokenReused'
  | 'wrongSecret'

/** What the day of every client begins with. */
export interface Morning {
  studioId: string
  launchProfileId: string
  /** Owner of some sessions that are there already, and the id of one of them. */
  artist: string
  itsSession: string
  /** Who made every session. */
  creator: string
  /** To put on a session and to take off again. */
  tags: Record<string, string>
  /** Of somebody who has no part in the studio. */
  stranger: AccessKey
}
