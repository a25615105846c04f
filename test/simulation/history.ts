/**
 * What happened to the rows, change by change, as the database itself wrote it down: triggers see every change, and
 * none of a transaction that was rolled back. Each change is held against the table of states that the product follows,
 * so a new state, verb or step is checked from the day that it is in its table.
 */
import { sql } from 'kysely'
import { backupNoun } from '../../src/lifecycle/backup-steps.ts'
import { sessionNoun } from '../../src/lifecycle/session-steps.ts'
import type { AnyNoun } from '../../src/lifecycle/transition.ts'
import type { BackupRow } from '../../src/store/backups.ts'
import type { Db } from '../../src/store/database.ts'
import type { AnyRow } from '../../src/store/resources.ts'
import type { SessionRow } from '../../src/store/sessions.ts'

export const nouns = { session: sessionNoun, backup: backupNoun } as unknown as Readonly<
  Record<'session' | 'backup', AnyNoun>
>
export type Kind = keyof typeof nouns

export interface ChangeOf<Name extends Kind, Row> {
  kind: Name
  /** When, by the clock of the run. */
  at: number
  /** Undefined for a new row. */
  before: Row | undefined
  /** Undefined for a row that is forgotten. */
  after: Row | undefined
}
export type Change = ChangeOf<'session', SessionRow> | ChangeOf<'backup', BackupRow>

export interface Recording {
  /** What has changed since the last time. */
  take(now: () => number): Promise<Change[]>
}

/** From now on every change of a row is kept in a table of its own: as the row is then, or that it is gone. */
export const record = async (db: Db): Promise<Recording> => {
  await sql`create table history (number integer primary key, kind text, id text, after text)`.execute(db)
  for (const kind of Object.keys(nouns)) {
    const { rows } = await sql<{ name: string }>`select name from pragma_table_info(${kind})`.execute(db)
    // A lease alone is no change of the row, and how a row is shown follows from the rest.
    const columns = rows.map(({ name }) => name).filter(name => name !== 'view' && name !== 'leaseUntil')
    const row = `json_object(${columns.map(name => `'${name}', new."${name}"`).join(', ')})`
    const kept = (id: string, after: string) =>
      `begin insert into history (kind, id, after) values ('${kind}', ${id}, ${after}); end`
    const isChanged = columns.map(name => `old."${name}" is not new."${name}"`).join(' or ')
    for (const trigger of [
      `insert_${kind} after insert on ${kind} ${kept('new.id', row)}`,
      `update_${kind} after update of ${columns.join(', ')} on ${kind} when ${isChanged} ${kept('old.id', row)}`,
      `delete_${kind} after delete on ${kind} ${kept('old.id', 'null')}`,
    ])
      await sql.raw(`create trigger history_${trigger}`).execute(db)
  }

  const kept = sql<{ kind: Kind; id: string; after: string | null }>`
    delete from history returning kind, id, after`.compile(db)
  /** Every row as it was last seen. */
  const seen = { session: new Map<string, AnyRow>(), backup: new Map<string, AnyRow>() }
  return {
    async take(now) {
      const { rows } = await db.executeQuery(kept)
      return rows.map(({ kind, id, after: text }) => {
        const before = seen[kind].get(id)
        const after = text === null ? undefined : JSON.parse(text)
        seen[kind].delete(id)
        if (after) seen[kind].set(after.id, after)
        return { kind, at: now(), before, after } as unknown as Change
      })
    },
  }
}

export interface Rules {
  limits: Readonly<Record<string, number>>
  /** The busy state may last so much longer than its limit: giving up takes steps, and a dead server's lease must end. */
  allowanceMs: number
  /** Since when at least one server has been up. */
  upSince: number
}

/** What a change breaks of the table and of the promises about time; undefined when nothing. */
export const breach = ({ kind, at, before, after }: Change, rules: Rules): string | undefined => {
  const noun = nouns[kind]
  if (!before) return after?.state === 'CREATE_IN_PROGRESS' ? undefined : `begins as ${after?.state}`
  if (!after) return forgotten(noun, before, at)
  if (before.id !== after.id || before.createdAt !== after.createdAt) return 'has become another'
  if (after.updatedAt < before.updatedAt) return 'was changed before it was changed'
  return before.state === after.state
    ? sidestep(noun, before, after)
    : (misstep(noun, before, after) ?? hasty(noun, before, after, at) ?? late(noun, before, at, rules))
}

const forgotten = (noun: AnyNoun, row: AnyRow, at: number): string | undefined => {
  if (!noun.life[row.state]?.forgetAfter) return `is forgotten while it is ${row.state}`
  return (row.dueAt ?? Number.POSITIVE_INFINITY) > at ? 'is forgotten too early' : undefined
}

/** Within a state, only the steps go on, one at a time. */
const sidestep = (noun: AnyNoun, before: AnyRow, after: AnyRow): string | undefined => {
  const spec = noun.life[after.state]
  const steps = (after.givenUp ? spec?.undo : spec?.do) ?? []
  if (before.givenUp > after.givenUp) return 'takes its giving up back'
  if (after.step !== null && !steps.includes(after.step)) return `has no step ${after.step} in ${after.state}`
  if (before.givenUp < after.givenUp)
    return after.step === (steps[0] ?? null) ? undefined : 'begins to undo in the middle'
  const moved = steps.indexOf(after.step ?? '') - steps.indexOf(before.step ?? '')
  return moved === 0 || moved === 1 ? undefined : `goes from step ${before.step} to ${after.step}`
}

/** From one state to another, only as the table says. */
const misstep = (noun: AnyNoun, before: AnyRow, after: AnyRow): string | undefined => {
  const spec = noun.life[before.state]
  const how = `goes from ${before.state} to ${after.state}`
  if (Object.values(spec?.on ?? {}).includes(after.state)) return undefined
  if (after.state === spec?.reach)
    return !before.givenUp && before.step === (spec.do?.at(-1) ?? null)
      ? undefined
      : `${how} at the step ${before.step}`
  if (after.state === spec?.otherwise)
    return (spec.undo ?? []).length === 0 || (before.givenUp && before.step === spec.undo?.at(-1))
      ? undefined
      : `${how} at the step ${before.step}, without having undone`
  return how
}

/** What time asks, it asks in time and not before. */
const hasty = (noun: AnyNoun, before: AnyRow, after: AnyRow, at: number): string | undefined => {
  const moments = Object.entries(noun.life[before.state]?.at ?? {}).filter(([, verb]) => verb)
  if (after.updatedBy !== noun.timekeeper?.(before) || after.updatedBy === before.updatedBy) return undefined
  const isDue = moments.some(([column]) => {
    const moment = (before as unknown as Record<string, number | null>)[column]
    return typeof moment === 'number' && moment <= at
  })
  return isDue ? undefined : `is moved by ${after.updatedBy} before its time`
}

const late = (noun: AnyNoun, before: AnyRow, at: number, { limits, allowanceMs, upSince }: Rules) => {
  const limit = noun.life[before.state]?.within
  if (!limit || before.deadline === null) return undefined
  if (before.deadline - before.updatedAt !== limits[limit]) return `has a deadline that ${limit} does not give`
  const over = at - Math.max(before.deadline, upSince) - allowanceMs
  return over > 0 ? `was ${before.state} for ${over} ms longer than it may` : undefined
}

/** From state to state, as the table would let it go, with how it came to that. */
export const arrowsOf = (kind: Kind): string[] =>
  Object.entries(nouns[kind].life).flatMap(([from, { on = {}, reach, otherwise }]) =>
    [...new Set([...Object.values(on), reach, otherwise])].flatMap(to => (to ? [arrow(kind, from, to)] : [])),
  )

export const arrow = (kind: Kind, from: string, to: string): string => `${kind}: ${from} to ${to}`

/** A line for a person: when, what, and whatever became different. */
export const tell = (change: Change, start: number): string => {
  const { kind, at, before, after } = change
  const row = after ?? before
  const columns = Object.entries(after ?? {}).filter(
    ([name, value]) => value !== (before as Record<string, unknown> | undefined)?.[name],
  )
  const shown = before ? columns.map(([name, value]) => `${name}=${value}`).join(' ') : `state=${after?.state} new`
  return `${String(at - start).padStart(9)} ms  ${kind} ${row?.id}  ${after ? shown : 'forgotten'}`
}
