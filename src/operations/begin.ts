import { arnOf, type Call } from '../access/call.ts'
import { type AnyNoun, enter } from '../lifecycle/transition.ts'
import type { AnyRow } from '../store/resources.ts'

/** The columns that every new resource has: it enters CREATE_IN_PROGRESS, now, by the caller. */
export const begin = <Noun extends Pick<AnyNoun, 'table'>>(call: Call, noun: Noun, id: string, kind: string) => {
  const moment = { now: call.now, by: call.caller.principalId, limits: call.installation.limits }
  const columns = enter(noun as unknown as AnyNoun, {} as AnyRow, 'CREATE_IN_PROGRESS', moment)
  return {
    ...(columns as ReturnType<typeof enter> & Begun<Noun>),
    id,
    arn: arnOf(call.installation, kind, id),
    createdAt: call.now,
    createdBy: call.caller.principalId,
  }
}

type Begun<Noun> = Noun extends { statusCodes: Readonly<Partial<Record<infer State, infer Code>>> }
  ? { state: State; statusCode: Code }
  : never
