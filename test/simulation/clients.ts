/** Those who ask a simulated server: any operation on any session, at any moment, again when no answer came. */
import { encode } from '../../src/contract/encode.ts'
import { ApiError } from '../../src/contract/errors.ts'
import { textOf } from '../../src/contract/http.ts'
import type { Input, OperationName } from '../../src/contract/types.ts'
import type { Handler } from '../../src/operations/handler.ts'
import { handlers } from '../../src/operations/handlers.ts'
import { inTransaction } from '../../src/server/transaction.ts'
import type { BackupRow } from '../../src/store/backups.ts'
import type { SessionRow } from '../../src/store/sessions.ts'
import { nouns } from './history.ts'
import { Gone, type Server } from './server.ts'
import type { Chance, VirtualTime } from './virtual-time.ts'

/** What clients know, or could. */
export interface Known {
  studioId: string
  launchProfileIds: readonly string[]
  sessions: readonly SessionRow[]
  backups: readonly BackupRow[]
  tokens: readonly string[]
}

type Question<Name extends OperationName = OperationName> = { [Each in Name]: [Each, Input<Each>] }[Name]
type Asking = (known: Known, chance: Chance) => Question | undefined

const ofSession =
  (question: (session: SessionRow, ids: { studioId: string; sessionId: string }) => Question): Asking =>
  (known, chance) => {
    // The youngest are where something happens.
    const session = chance.pick(known.sessions.slice(chance.happens(0.7) ? -1 : 0))
    return session && question(session, { studioId: known.studioId, sessionId: session.id })
  }

export const create: Asking = ({ studioId, launchProfileIds, tokens }, chance) => {
  const clientToken = (chance.happens(0.2) ? chance.pick(tokens) : undefined) ?? `token-${tokens.length}`
  // The same token always comes with the same parameters.
  const launchProfileId = launchProfileIds[Number(clientToken.slice(6)) % launchProfileIds.length] ?? ''
  return ['CreateStreamingSession', { studioId, launchProfileId, clientToken, tags: { token: clientToken } }]
}

const start: Asking = (known, chance) =>
  ofSession((session, ids) => {
    const own = known.backups.filter(backup => backup.ownedBy === session.ownedBy)
    const backupId = chance.happens(0.5) ? chance.pick(own)?.id : undefined
    return ['StartStreamingSession', { ...ids, ...(backupId ? { backupId } : {}) }]
  })(known, chance)

const stop: Asking = (known, chance) =>
  ofSession((_, ids) => [
    'StopStreamingSession',
    { ...ids, volumeRetentionMode: chance.happens(0.25) ? 'DELETE' : 'RETAIN' },
  ])(known, chance)

const remove = ofSession((_, ids) => ['DeleteStreamingSession', ids])

const verbs: Readonly<Record<string, Asking>> = { start, stop, delete: remove }

/** What the state takes, more often than an end of it. */
const fitting: Asking = (known, chance) => {
  const state = known.sessions.at(-1)?.state ?? ''
  const taken = Object.keys(nouns.session.life[state]?.on ?? {})
  const verb = chance.pick(chance.happens(0.8) ? taken.filter(each => each !== 'delete') : taken)
  return verbs[verb ?? '']?.({ ...known, sessions: known.sessions.slice(-1) }, chance)
}

/** With repetitions where something is to be asked more often. */
export const askings: readonly Asking[] = [
  ...Array.from({ length: 8 }, () => fitting),
  ...[create, start, stop, remove],
  ofSession((_, ids) => ['CreateStreamingSessionStream', ids]),
  ofSession((_, ids) => ['GetStreamingSession', ids]),
  ofSession(({ arn }) => ['TagResource', { resourceArn: arn, tags: { shot: '010' } }]),
  ofSession(({ arn }) => ['UntagResource', { resourceArn: arn, tagKeys: ['shot'] }]),
  ({ studioId }) => ['ListStreamingSessions', { studioId }],
  ({ studioId }) => ['ListStreamingSessionBackups', { studioId }],
]

export interface ClientOptions {
  time: VirtualTime
  installation: Parameters<typeof inTransaction>[0]['installation']
  caller: Parameters<typeof inTransaction>[1]['caller']
  /** A server that is up. */
  server(): Server | undefined
  /** Something was answered that must not be. */
  blame(what: string): void
}

const patience = 6

/** Asks, and asks again where no answer came, as the SDKs do. Undefined when it was refused or gave up. */
export const askAs = async (options: ClientOptions, question: Question): Promise<object | undefined> => {
  const [operation, input] = question
  for (let attempt = 0; attempt < patience; attempt++) {
    const server = options.server()
    try {
      if (server) return await answer(options, server, operation, input)
    } catch (error) {
      if (error instanceof ApiError) return refused(options, operation, error)
      if (!(error instanceof Gone)) throw new Error(`${operation} fails`, { cause: error })
    }
    await options.time.sleep(500)
  }
  return undefined
}

const answer = async (
  { time, installation, caller }: ClientOptions,
  { db, wake }: Server,
  operation: OperationName,
  input: Input<OperationName>,
): Promise<object> => {
  const handler = handlers[operation as keyof typeof handlers] as unknown as Handler<OperationName>
  const outgoing = await inTransaction(
    { db, installation, now: time.now, wake },
    { caller, operation, input },
    { allow: async () => {}, carryOut: async call => encode(operation, await handler(call, input)) },
  )
  return JSON.parse(textOf(outgoing) || '{}')
}

const refusals = new Set(['ConflictException', 'ResourceNotFoundException', 'ValidationException'])

/** A refusal must be one that a caller can understand, and the table must give the same one. */
const refused = ({ blame }: ClientOptions, operation: OperationName, error: ApiError): undefined => {
  if (!refusals.has(error.name)) blame(`${operation} is refused with ${error.name}: ${error.message}`)
  const [, state = '', verb = ''] = /that is (\w+) does not take '(\w+)'/.exec(error.message) ?? []
  if (nouns.session.life[state]?.on?.[verb]) blame(`${operation} is refused in ${state}, which takes it`)
}
