import type { Logger } from 'pino'
import type { Driver } from '../compute/driver.ts'
import type { Repository } from '../compute/repository/repository.ts'
import type { Db } from '../store/database.ts'
import { type AnyChange, type AnyRow, changeAny, type ResourceTable } from '../store/resources.ts'
import type { Lifecycle, Limits, StateRow } from './lifecycle.ts'
import type { Network } from './validation.ts'

/** One kind of resource: its table of states, and what its steps do. */
export interface Noun<Row extends AnyRow, Verb extends string, Step extends string> {
  table: ResourceTable
  life: Lifecycle<Row['state'], Verb, Step>
  /** statusCode of the states that are reached as they should be. */
  statusCodes: Readonly<Partial<Record<Row['state'], Row['statusCode']>>>
  /** statusMessage while a step is done. */
  progress?: Readonly<Record<Step, string>>
  steps: Readonly<Record<Step, (context: StepContext, row: Row) => Promise<Partial<Row> | undefined>>>
  /** What else changes when a state is entered. */
  entering?: (row: Row, state: Row['state'], moment: Moment & { limits: Limits }) => Partial<Row>
  /** Who is named when time asks a verb of the row. */
  timekeeper?: (row: Row) => string
}

export type AnyNoun = Noun<AnyRow, string, string>

export interface StepContext {
  db: Db
  driver: Driver
  /** Where copies of backups are kept; undefined: nowhere. */
  repository?: Repository | undefined
  now: number
  settings: LifecycleSettings
  log: Logger
  /** Aborted when the row has been moved, or when the time for the step is over: its work is wanted no more. */
  signal?: AbortSignal
}

export interface LifecycleSettings {
  limits: Limits
  /** vCPUs promised for each one of the host. */
  cpuOvercommit: number
  /** How long the backups of a deleted session are kept, ms. */
  backupRetention: number
  network: Network
}

export interface Moment {
  now: number
  /** Principal id, or `system:…`. */
  by: string
}

/** A failure that ends the attempt: no repetition would help. `code` is a statusCode of the resource. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Asks a verb of a row. The row in its new state; or undefined where the state has no such verb, or where somebody
 * else has moved the row meanwhile. The work that follows is the reconciler's.
 */
export const ask = async <Row extends AnyRow, Verb extends string, Step extends string>(
  db: Db,
  noun: Noun<Row, Verb, Step>,
  row: Row,
  verb: Verb,
  moment: Moment & { limits: Limits },
  change: Partial<Row> = {},
): Promise<Row | undefined> => {
  const state = specOf(noun, row.state).on?.[verb]
  if (!state) return undefined
  const entered = { ...change, ...enter(noun, { ...row, ...change }, state, moment) }
  return (await changeAny(db, noun.table, { id: row.id, state: row.state }, entered)) as Row | undefined
}

/** What can happen in a state. */
export const specOf = <Row extends AnyRow, Verb extends string, Step extends string>(
  noun: Noun<Row, Verb, Step>,
  state: Row['state'],
): StateRow<Row['state'], Verb, Step> => {
  const spec: StateRow<Row['state'], Verb, Step> | undefined = noun.life[state]
  if (!spec) throw new Error(`${noun.table} knows no state ${state}`)
  return spec
}

/** The columns of a row that enters a state. */
export const enter = <Row extends AnyRow, Verb extends string, Step extends string>(
  noun: Noun<Row, Verb, Step>,
  row: Row,
  state: Row['state'],
  { now, by, limits }: Moment & { limits: Limits },
) => {
  const spec = specOf(noun, state)
  const step = spec.do?.[0] ?? null
  const own = noun.entering?.(row, state, { now, by, limits }) ?? {}
  const deadline = spec.within ? now + limits[spec.within] : null
  const last = spec.forgetAfter ? now + limits[spec.forgetAfter] : null
  return {
    state,
    statusCode: (noun.statusCodes[state] ?? row.statusCode) as Row['statusCode'],
    statusMessage: (step && noun.progress?.[step]) ?? (noun.statusCodes[state] ? null : row.statusMessage),
    step,
    attempts: 0,
    givenUp: 0,
    deadline,
    updatedAt: now,
    updatedBy: by,
    ...own,
    dueAt: step ? now : (deadline ?? earliest(spec, { ...row, ...own }) ?? last),
  }
}

/** The columns of a row whose last step is done. */
export const arrive = (noun: AnyNoun, row: AnyRow, now: number, limits: Limits): AnyChange => {
  const spec = specOf(noun, row.state)
  const state = row.givenUp ? spec.otherwise : spec.reach
  if (!state) throw new Error(`${noun.table}: ${row.state} leads nowhere`)
  return enter(noun, row, state, { now, by: row.updatedBy, limits })
}

/** The columns of a row whose attempt has failed: what is to be undone first, or where it ends. */
export const giveUp = (
  noun: AnyNoun,
  row: AnyRow,
  { code, message }: { code: string; message: string },
  now: number,
  limits: Limits,
): AnyChange => {
  const failed = { ...row, statusCode: code, statusMessage: message, givenUp: 1 }
  const [first] = specOf(noun, row.state).undo ?? []
  if (!first) return arrive(noun, failed, now, limits)
  const { statusCode, statusMessage, givenUp } = failed
  return { statusCode, statusMessage, givenUp, step: first, attempts: 0, dueAt: now }
}

/** The first moment at which time asks something of the row. */
export const earliest = (spec: StateRow<string, string, string>, row: object): number | undefined => {
  const moments = Object.keys({ ...spec.at, ...spec.meanwhile }).flatMap(column => {
    const moment = (row as Record<string, unknown>)[column]
    return typeof moment === 'number' ? [moment] : []
  })
  return moments.length > 0 ? Math.min(...moments) : undefined
}
