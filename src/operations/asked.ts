import type { Call } from '../access/call.ts'
import { conflict } from '../contract/errors.ts'
import { ask, type Noun } from '../lifecycle/transition.ts'
import type { AnyRow } from '../store/resources.ts'
import { nouns } from './existing.ts'

/** The resource after a verb was asked of it; a conflict where its state does not take the verb (decision 13). */
export const asked = async <Row extends AnyRow, Verb extends string, Step extends string>(
  call: Call,
  noun: Noun<Row, Verb, Step>,
  row: Row,
  verb: Verb,
  change: Partial<Row> = {},
): Promise<Row> => {
  const moment = { now: call.now, by: call.caller.principalId, limits: call.installation.limits }
  const moved = await ask(call.db, noun, row, verb, moment, change)
  if (!moved)
    throw conflict('INVALID_STATE', `A ${nouns[noun.table]} that is ${row.state} does not take '${verb}'.`, {
      resourceId: row.id,
    })
  return moved
}

/** What an update writes: the new values, and in `before` the old ones, which come back when it fails. */
export const updating = <Row extends AnyRow>(row: Row, change: Partial<Row>): Partial<Row> => {
  const given = Object.entries(change).filter(([, value]) => value !== undefined)
  const before = Object.fromEntries(given.map(([column]) => [column, row[column as keyof Row]]))
  return { ...Object.fromEntries(given), before: JSON.stringify(before) } as unknown as Partial<Row>
}
