/** What a viewer is told of a session that it cannot have. */
import type { SessionRow } from '../store/sessions.ts'

/** Why there is no desktop now; `whyEnded` knows why the system has ended one. */
export const sentenceOf = (
  session: SessionRow | undefined,
  whyEnded: (session: SessionRow) => string | undefined,
): string =>
  session
    ? [`The workstation ${inWords[session.state]}.`, whyEnded(session)].filter(Boolean).join(' ')
    : 'The workstation is gone.'

const inWords: Record<SessionRow['state'], string> = {
  CREATE_IN_PROGRESS: 'is being launched',
  READY: 'is running',
  STOP_IN_PROGRESS: 'is being stopped',
  STOPPED: 'was stopped',
  START_IN_PROGRESS: 'is being started',
  DELETE_IN_PROGRESS: 'is being deleted',
  DELETED: 'was deleted',
  CREATE_FAILED: 'could not be launched',
  START_FAILED: 'could not be started',
  STOP_FAILED: 'could not be stopped',
  DELETE_FAILED: 'could not be deleted',
}

/** A close reason has at most 123 bytes: as many whole sentences. */
export const short = (text: string): string => {
  const cut = Buffer.from(text).subarray(0, 123).toString()
  return cut === text ? text : cut.slice(0, cut.lastIndexOf('. ') + 1) || cut
}
