/**
 * The time that the server goes by. Moments in the database are of the wall clock, because people read them; but the
 * wall clock is set now and then, by a person or by the network, and a session must end no earlier for that, and no
 * later. So time passes here as it passes on the host, by its uptime, and the wall clock is looked at every second:
 * when it was set, all moments to come are moved by as much, in one transaction, and the server goes on by it.
 *
 * What the moments were written by is in the database: since when the host has been up, by the wall clock of then.
 * That also tells, after a restart, whether the clock was set while the server was down.
 */
import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'
import type { Logger } from 'pino'
import { type ClockRow, clockRow, moveMoments, putClock } from '../store/clock.ts'
import type { Db } from '../store/database.ts'
import { createRounds } from './rounds.ts'

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number
  /** Looks at the wall clock, now. */
  look(): Promise<void>
  close(): Promise<void>
}

/** The clocks of the host, read at one moment. */
export interface Reading {
  wallMs: number
  /** How long the host has been up, the time it was suspended among it. */
  upMs: number
  /** Since an arbitrary moment; cheap to read, but it may stand still while the host is suspended. */
  elapsedMs: number
}

export interface HostClocks {
  read(): Reading
  elapsed(): number
  /** Names the run of uptime: another one after a restart of the host. */
  boot: string
}

export interface ClockOptions {
  db: Db
  log: Logger
  host?: HostClocks
  everyMs?: number
}

/** Below this a difference is left alone: clocks that are kept in time are slewed, or set by less. */
const leastJumpMs = 2000
/** How often it is noted that time has come so far. */
const noteMs = 60_000

export const createClock = async (options: ClockOptions): Promise<Clock> => {
  const { db, log, host = hostClocks(), everyMs = 1000 } = options
  const stored = await clockRow(db)
  let known = stored ?? firstRow(host)
  /** `now()` is this and the time elapsed. */
  let base = 0
  const follow = (reading: Reading) => {
    base = known.bootedAt + reading.upMs - reading.elapsedMs
  }

  const look = async () => {
    const reading = host.read()
    const jump = jumpSince(known, host.boot, reading)
    const next = { boot: host.boot, bootedAt: bootedAt(reading), seenAt: reading.wallMs }
    if (Math.abs(jump) >= leastJumpMs) {
      log.warn({ jumpMs: jump }, 'the clock of this host was set: moments to come are moved along')
      const before = known
      try {
        await db.transaction().execute(async transaction => {
          await moveMoments(transaction, jump)
          await putClock(transaction, next)
          // Inside the transaction: nobody writes a moment while some are of the old clock and some of the new.
          known = next
          follow(reading)
        })
      } catch (error) {
        known = before
        follow(reading)
        throw error
      }
    } else if (known.boot !== host.boot || reading.wallMs - known.seenAt >= noteMs) {
      // Of the same run `bootedAt` stays, so that small differences add up until they count.
      const noted = known.boot === host.boot ? { ...next, bootedAt: known.bootedAt } : next
      await putClock(db, noted)
      known = noted
    }
    // After a suspension the elapsed time lacks what the uptime has.
    if (Math.abs(known.bootedAt + reading.upMs - base - reading.elapsedMs) >= leastJumpMs) follow(reading)
  }

  if (!stored) await putClock(db, known)
  await look()
  const failed = 'the clock could not be looked at; it is tried again'
  const { close } = createRounds(look, { everyMs, log, failed })
  return { now: () => Math.round(base + host.elapsed()), look, close }
}

const firstRow = (host: HostClocks): ClockRow => {
  const reading = host.read()
  return { boot: host.boot, bootedAt: bootedAt(reading), seenAt: reading.wallMs }
}

const bootedAt = ({ wallMs, upMs }: Reading) => Math.round(wallMs - upMs)

/** By how much the wall clock was set. Across a restart of the host, all that can be seen is that it went backwards. */
const jumpSince = (known: ClockRow, boot: string, reading: Reading): number =>
  known.boot === boot ? bootedAt(reading) - known.bootedAt : Math.min(0, reading.wallMs - known.seenAt)

/** Clocks are read one after the other; a pause in between, of a busy host, would look as if one had been set. */
const mostBetweenMs = 50

const hostClocks = (): HostClocks => ({
  read() {
    for (;;) {
      const elapsedMs = performance.now()
      const reading = { elapsedMs, wallMs: Date.now(), upMs: uptime() * 1000 }
      if (performance.now() - elapsedMs <= mostBetweenMs) return reading
    }
  },
  elapsed: () => performance.now(),
  boot: `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${startOfInit()}`,
})

/** In a container that was started again the uptime may begin anew, while the host's boot id stays. */
const startOfInit = (): string => {
  try {
    const stat = readFileSync('/proc/1/stat', 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch (error) {
    // A host may hide the processes of others; then the boot id alone has to do.
    if (['ENOENT', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return ''
    throw error
  }
}
