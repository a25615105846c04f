/**
 * Services that scripts ask beside `nimble`: who am I (STS), and which people are there (IdentityStore). Both are
 * answered from our own principals, in their own protocols, signed with their own names.
 */
import type { Logger } from 'pino'
import type { Authenticator } from '../access/authenticate.ts'
import type { Call, Installation } from '../access/call.ts'
import type { Throttle } from '../access/throttle.ts'
import { ApiError, internalError, throttled } from '../contract/errors.ts'
import { headerValues, type Incoming, type Outgoing } from '../contract/http.ts'
import type { Db } from '../store/database.ts'
import { identityStore } from './identity-store.ts'
import { sts } from './sts.ts'

export interface Neighbour {
  /** The name that its requests are signed for. */
  service: string
  /** Throws ApiErrors. */
  answer(call: Call, request: Incoming, requestId: string): Promise<Outgoing>
  /** A refusal as its protocol has it. */
  refuse(error: ApiError, requestId: string): Outgoing
}

export interface NeighboursOptions {
  db: Db
  installation: Installation
  authenticator: Authenticator
  throttle: Throttle
  now: () => number
  log: Logger
}

export type Neighbours = (request: Incoming, requestId: string) => Promise<Outgoing>

export const createNeighbours =
  ({ db, installation, authenticator, throttle, now, log }: NeighboursOptions): Neighbours =>
  async (request, requestId) => {
    const neighbour = headerValues(request, 'x-amz-target').length > 0 ? identityStore : sts
    const about: { requestId: string; service: string; principalId?: string } = {
      requestId,
      service: neighbour.service,
    }
    const answer = async (): Promise<Outgoing> => {
      const caller = await authenticator.authenticate(request, { service: neighbour.service, isReadOnly: true })
      about.principalId = caller.principalId
      const refused = throttle.take(caller.principalId, 'read')
      if (refused) throw throttled(refused.retryAfterSeconds)
      return neighbour.answer({ caller, db, now: now(), installation }, request, requestId)
    }
    const outgoing = await answer().catch(error => {
      if (error instanceof ApiError) return neighbour.refuse(error, requestId)
      log.error({ ...about, err: error }, 'a request failed')
      return neighbour.refuse(internalError(), requestId)
    })
    log.info({ ...about, status: outgoing.status }, 'request')
    return outgoing
  }
