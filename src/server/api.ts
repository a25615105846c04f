import type { Logger } from 'pino'
import type { Authenticator } from '../access/authenticate.ts'
import { authorize } from '../access/authorize.ts'
import type { Installation } from '../access/call.ts'
import { subjects } from '../access/subjects.ts'
import type { Throttle } from '../access/throttle.ts'
import { decode } from '../contract/decode.ts'
import { encode, encodeError } from '../contract/encode.ts'
import { ApiError, internalError, refusal, storageFailed, throttled } from '../contract/errors.ts'
import type { Incoming, Outgoing } from '../contract/http.ts'
import { isReadOnly, serviceOf } from '../contract/model.ts'
import { route } from '../contract/routes.ts'
import type { OperationName } from '../contract/types.ts'
import { validate } from '../contract/validate.ts'
import type { Handler } from '../operations/handler.ts'
import { handlers } from '../operations/handlers.ts'
import type { Db } from '../store/database.ts'
import { faultOf } from '../store/faults.ts'
import { inTransaction } from './transaction.ts'

export interface ApiOptions {
  db: Db
  installation: Installation
  authenticator: Authenticator
  throttle: Throttle
  now: () => number
  log: Logger
  /** Called after each change was committed: there may be work. */
  wake: () => void
}

export type Api = (request: Incoming, requestId: string) => Promise<Outgoing>

/** The one road of every request of the API. Nothing is registered, decorated or injected on the way. */
export const createApi = (options: ApiOptions): Api => {
  const { authenticator, throttle, installation, log } = options
  // A line for each request, of words and numbers that are ours: looking for secrets in it took longer than writing it.
  const requests = log.child({}, { redact: [] })
  const extraValues = { StreamingInstanceType: new Set(installation.instanceTypes.keys()) }
  return async (request, requestId) => {
    const began = performance.now()
    const about: { requestId: string; operation?: OperationName; principalId?: string } = { requestId }
    const answer = async (): Promise<Outgoing> => {
      const found = route(request.method, request.rawPath)
      if (!found) throw unknownOperation(request)
      const { operation } = found
      about.operation = operation
      const caller = await authenticator.authenticate(request, {
        service: serviceOf(operation).signingName,
        isReadOnly: isReadOnly(operation),
      })
      about.principalId = caller.principalId
      const refused = throttle.take(caller.principalId, isReadOnly(operation) ? 'read' : 'write')
      if (refused) throw throttled(refused.retryAfterSeconds)
      const input = decode(request, found)
      validate(operation, input, extraValues)
      const handler = handlerOf(operation)
      const answered = await inTransaction(
        options,
        { caller, operation, input },
        {
          allow: call => authorize(call, operation, input),
          carryOut: async call => encode(operation, await handler(call, input)),
        },
      )
      if (subjects[operation].changesAccess) authenticator.forget()
      return answered
    }
    const outgoing = await answer().catch(error => encodeError(toRefusal(error, log, about)))
    requests.info({ ...about, status: outgoing.status, ms: Math.round(performance.now() - began) }, 'request')
    return outgoing
  }
}

const handlerOf = <Name extends OperationName>(operation: Name): Handler<Name> =>
  (handlers as unknown as { [Each in OperationName]: Handler<Each> })[operation]

const unknownOperation = ({ method, rawPath }: Incoming) =>
  refusal(
    'UnknownOperationException',
    'UNKNOWN_OPERATION',
    `No operation of the API has the path ${rawPath.slice(0, 200)} with ${method}.`,
  )

/** What the caller is told. What we did not foresee is told to the log, and to the caller only that it happened. */
const toRefusal = (error: unknown, log: Logger, about: object): ApiError => {
  if (error instanceof ApiError) {
    log.debug({ ...about, refused: error.name, reason: error.context.reason }, 'refused')
    return error
  }
  log.error({ ...about, err: error }, 'a request failed')
  const fault = faultOf(error)
  return fault ? storageFailed(fault) : internalError()
}
