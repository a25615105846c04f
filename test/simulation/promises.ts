/** What must be true of rows and host together: after every change, and when all has come to rest. */
import { isStoppable, withMachine, withVolume } from '../../src/lifecycle/session.ts'
import { volumeId } from '../../src/lifecycle/volume.ts'
import type { BackupRow } from '../../src/store/backups.ts'
import type { SessionRow } from '../../src/store/sessions.ts'
import { type Change, nouns } from './history.ts'
import type { Host } from './memory-driver.ts'

/** The one file that artists work on. */
export const work = 'work'

/** What artists rely on: their work, and the copies of it. */
export interface Trust {
  /** What is on the volume of each session. */
  work: Map<string, string | undefined>
  /** All that ever was on it, to be held against its backups. */
  everWork: Map<string, Set<string | undefined>>
  backups: Map<string, string | undefined>
  /** Machines that were made to end by themselves. */
  lost: Set<string>
}

export const createTrust = (): Trust => ({
  work: new Map(),
  everWork: new Map(),
  backups: new Map(),
  lost: new Set(),
})

export const writeWork = ({ work: now, everWork }: Trust, sessionId: string, text: string | undefined): void => {
  now.set(sessionId, text)
  everWork.set(sessionId, (everWork.get(sessionId) ?? new Set([undefined])).add(text))
}

/**
 * What a change breaks of the promises about machines, volumes and backups. `isLatest`: the row is still as the change
 * has left it, so the host can be held against it.
 */
export const betrayal = (
  change: Change,
  isLatest: boolean,
  host: Host,
  trust: Trust,
  rows: Rows,
): string | undefined =>
  change.kind === 'session'
    ? ofSession(change.before, change.after, isLatest, host, trust)
    : ofBackup(change.before, change.after, host, trust, rows)

export interface Rows {
  session: Map<string, SessionRow>
  backup: Map<string, BackupRow>
}

const ofSession = (
  before: SessionRow | undefined,
  after: SessionRow | undefined,
  isLatest: boolean,
  host: Host,
  trust: Trust,
): string | undefined => {
  if (!before || !after) return undefined
  const { id } = after
  if (after.volumeNumber > before.volumeNumber) writeWork(trust, id, trust.backups.get(before.restoreFrom ?? ''))
  if (before.state === after.state) return undefined
  if (after.state === 'STOPPED' && after.volumeRetentionMode === 'DELETE') writeWork(trust, id, undefined)
  if (after.state === 'START_IN_PROGRESS') trust.lost.delete(id)
  if (after.state !== 'STOPPED' && after.state !== 'READY') return undefined
  return wrongTimes(after) ?? (isLatest ? wrongThings(after, host, trust) : undefined)
}

/** Decision 17: when it stops and ends by itself. */
const wrongTimes = ({ state, stopAt, terminateAt, updatedAt, stoppedAt, ...row }: SessionRow): string | undefined => {
  const stops = isStoppable(row)
  const ends = row.automaticTerminationMode === 'ACTIVATED' && row.maxStoppedMs > 0
  const end = updatedAt + row.maxSessionMs
  const expected =
    state === 'READY'
      ? [stops ? end : null, stops ? (ends ? end + row.maxStoppedMs : null) : end]
      : [null, ends ? (stoppedAt ?? 0) + row.maxStoppedMs : null]
  return stopAt === expected[0] && terminateAt === expected[1]
    ? undefined
    : `is ${state} with stopAt ${stopAt} and terminateAt ${terminateAt}, not ${expected}`
}

const wrongThings = (row: SessionRow, { machines, volumes }: Host, trust: Trust): string | undefined => {
  const { id, state, volumeNumber, volumeRetentionMode } = row
  const machine = machines.get(id)
  const volume = volumes.get(volumeId(id, volumeNumber))
  if (state === 'READY' && !trust.lost.has(id)) {
    if (machine?.state !== 'running') return `is READY and its machine is ${machine?.state ?? 'absent'}`
    if (machine.volume !== volumeId(id, volumeNumber)) return `is READY on the volume ${machine.volume}`
  }
  if (state === 'STOPPED' && machine) return 'is STOPPED and has a machine'
  if (state === 'STOPPED' && volumeRetentionMode === 'DELETE') return undefined
  if (!volume?.isWhole) return `is ${state} without its volume`
  const found = volume.files.get(work)
  return found === trust.work.get(id) ? undefined : `has lost its work: ${trust.work.get(id)}, found ${found}`
}

const ofBackup = (
  before: BackupRow | undefined,
  after: BackupRow | undefined,
  host: Host,
  trust: Trust,
  rows: Rows,
): string | undefined => {
  if (!before || !after || before.state === after.state) return undefined
  if (after.state === 'READY') {
    const tree = host.backups.get(after.id)
    if (!tree?.isWhole) return 'is READY and not whole'
    const copy = tree.files.get(work)
    trust.backups.set(after.id, copy)
    const ever = trust.everWork.get(after.sessionId) ?? new Set([undefined])
    return ever.has(copy) ? undefined : `shows ${copy}, which never was`
  }
  if (after.updatedBy === 'system:maxBackupsToRetain' && after.state === 'DELETE_IN_PROGRESS') {
    const most = rows.session.get(after.sessionId)?.maxBackupsToRetain ?? 0
    const left = readyOf(rows, after.sessionId).filter(({ id }) => id !== after.id)
    if (left.length < most) return `is dropped with only ${left.length} of ${most} left`
    if (left.some(({ id }) => id < after.id)) return 'is dropped before an older one'
  }
  return undefined
}

const readyOf = (rows: Rows, sessionId: string) =>
  [...rows.backup.values()].filter(row => row.sessionId === sessionId && row.state === 'READY')

/** Rows that still have work to do, or are being worked on. */
export const unrest = (rows: Rows, now: number): string[] =>
  [...rows.session.values(), ...rows.backup.values()]
    .filter(({ step, deadline, dueAt }) => step !== null || deadline !== null || (dueAt !== null && dueAt <= now))
    .map(({ id, state, step }) => `${id} is ${state} at the step ${step}`)

/** What is wrong with a world that has come to rest. */
export const disorder = (rows: Rows, host: Host, trust: Trust): string[] => {
  const wrong: string[] = []
  const sessions = [...rows.session.values()]
  const mayHave = (states: readonly string[]) => sessions.filter(({ state }) => states.includes(state))
  const orphans = (what: string, found: Iterable<string>, owned: Iterable<string>) => {
    const owners = new Set(owned)
    for (const id of found) if (!owners.has(id)) wrong.push(`the ${what} ${id} belongs to nobody`)
  }
  orphans(
    'machine',
    host.machines.keys(),
    mayHave(withMachine).map(({ id }) => id),
  )
  orphans('volume', host.volumes.keys(), mayHave(withVolume).flatMap(volumesOf))
  const living = [...rows.backup.values()].filter(({ state }) => state === 'READY' || state === 'DELETE_FAILED')
  orphans(
    'backup',
    host.backups.keys(),
    living.map(({ id }) => id),
  )

  for (const row of sessions) {
    const stable = row.state === 'READY' || row.state === 'STOPPED'
    const amiss = stable ? wrongThings(row, host, { ...trust, lost: new Set() }) : undefined
    if (amiss) wrong.push(`session ${row.id} ${amiss}`)
    const kept = readyOf(rows, row.id).length
    if (stable && kept > row.maxBackupsToRetain)
      wrong.push(`session ${row.id} keeps ${kept} backups of at most ${row.maxBackupsToRetain}`)
  }
  for (const { id, state } of living)
    if (state === 'READY' && host.backups.get(id)?.files.get(work) !== trust.backups.get(id))
      wrong.push(`backup ${id} is not what it was`)
  return wrong
}

/** The one volume of a session; two while it goes from one to the other, or where that could not be finished. */
const volumesOf = ({ id, volumeNumber, restoreFrom }: SessionRow): string[] =>
  [volumeNumber, ...(restoreFrom === null ? [] : [volumeNumber + 1])].map(number => volumeId(id, number))

/** A way out of every state: delete, but where it is under way or done. */
export const deletable = (rows: Rows): SessionRow[] =>
  [...rows.session.values()].filter(({ state }) => nouns.session.life[state]?.on?.delete)
