/** What can be waited for, read from the waiters beside the model. */
import nimble from '../../contract/nimble/2020-08-01/waiters-2.json' with { type: 'json' }

export interface Waiter {
  /** Between two looks, in seconds. */
  delay: number
  maxAttempts: number
  /** What is asked at each look. */
  operation: string
  acceptors: readonly Acceptor[]
}

export interface Acceptor {
  /** `member.member` of the output. */
  argument: string
  expected: string
  state: 'success' | 'failure'
}

export const waiters = nimble.waiters as unknown as Readonly<Record<string, Waiter>>

const endings: Readonly<Record<string, string>> = {
  Create: 'Ready',
  Update: 'Ready',
  Start: 'Ready',
  Stop: 'Stopped',
  Delete: 'Deleted',
}

/** The waiter for what an operation begins: `StopStreamingSession` has `StreamingSessionStopped`. */
export const waiterFor = (operation: string): string | undefined => {
  const [, verb = '', noun = ''] = /^([A-Z][a-z]+)(.*)$/.exec(operation) ?? []
  const name = `${noun}${endings[verb] ?? '?'}`
  return Object.hasOwn(waiters, name) ? name : undefined
}
