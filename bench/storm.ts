/**
 * Everybody comes at nine: sessions asked for at once, 200 that run nowhere and 40 on this host. All must end READY or
 * say why not, and the API must answer meanwhile: one after the other, reads of a session are timed until all are done.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { instanceTypesFile } from '../src/contract/instance-types.ts'
import { machine, median, type Row, toRow } from './report.ts'
import type { Benchmark, Run } from './run.ts'
import { makeHome, type RunningServer, removeHome, startServer } from './server.ts'
import { firstStudio, removeSessions, type Studio } from './sessions.ts'

const lookEveryMs = 20
const patienceMs = 300_000
const rounds = 2
const limitMs = 250

/** What each is promised of the memory. A desktop that nobody works at takes a tenth of it. */
const memoryMiB = 512
/** On this host no more than its memory allows. */
const storms = { simulated: 200, local: Math.min(40, Math.floor((totalmem() * 0.9) / (memoryMiB * 2 ** 20))) }

const settings = {
  ATELIER_CPU_OVERCOMMIT: '100',
  ATELIER_QUOTA_SESSIONS: '1000',
  ATELIER_THROTTLE_CHANGES: '100000',
  ATELIER_THROTTLE_READS: '100000',
}

export const storm: Benchmark = {
  about: '200 sessions at once on the simulated driver, 40 on this host, and what the API answers meanwhile',
  run: async run => {
    const rows: Row[] = []
    for (const driver of ['simulated', 'local'] as const) rows.push(...(await measure(run, driver)))
    return { name: 'storm', peer: 'the limit; for sessions on this host one alone', machine: machine(), rounds, rows }
  },
}

const measure = async ({ log, interrupted }: Run, driver: keyof typeof storms): Promise<Row[]> => {
  await using ending = new AsyncDisposableStack()
  const home = makeHome()
  ending.defer(() => removeHome(home))
  writeFileSync(join(home, instanceTypesFile), JSON.stringify({ 'local.small': { vcpus: 1, memoryMiB } }))
  const server = await startServer(home, { ...settings, ATELIER_DRIVER: driver })
  ending.defer(server.stop)
  const studio = await firstStudio(server, interrupted)
  const { studioId } = studio
  // Desktops outlive their server.
  ending.defer(() => removeSessions(server, studioId))
  const ask = { server, ...studio, interrupted }

  const alone: number[] = []
  const together: number[] = []
  const answers: number[] = []
  const failures: string[] = []
  for (let round = 1; round <= rounds; round++) {
    log(`${driver}: round ${round} of ${rounds}`)
    alone.push(...(await sessionsAtOnce(ask, 1)).readyMs)
    await removeSessions(server, studioId)
    const count = storms[driver]
    const { readyMs, answerMs, failed } = await sessionsAtOnce(ask, count)
    failures.push(...failed)
    for (const why of failed) log(why)
    together.push(...readyMs)
    answers.push(...answerMs)
    await removeSessions(server, studioId)
  }
  const count = storms[driver]
  const p99 = answers.toSorted((a, b) => a - b)[Math.ceil(answers.length * 0.99) - 1] ?? Number.NaN
  const rows = [
    toRow(`${count} at once, ${driver}: failed, each with its reason`, failures.length, count * rounds, 'sessions'),
    toRow(`${count} at once, ${driver}: GetStreamingSession meanwhile, p99`, p99, limitMs, 'ms', { atMost: 1 }),
    toRow(`${count} at once, ${driver}: the last READY`, Math.max(...together), median(alone), 'ms'),
  ]
  if (driver === 'simulated') return rows
  const perCore = (median(alone) * count) / availableParallelism()
  return [...rows, toRow(`${count} at once: median READY`, median(together), perCore, 'ms', { atMost: 3 })]
}

interface Ask extends Studio {
  server: RunningServer
  interrupted: AbortSignal
}

interface Outcome {
  readyMs: number[]
  answerMs: number[]
  /** Why, of those that are not READY. */
  failed: string[]
}

const sessionsAtOnce = async (ask: Ask, count: number): Promise<Outcome> => {
  const { server, studioId, launchProfileId, interrupted } = ask
  const began = performance.now()
  const ids = await Promise.all(
    Array.from({ length: count }, async () => {
      const asked = { studioId, launchProfileId, ec2InstanceType: 'local.small' as never }
      return (await server.client.createStreamingSession(asked)).session?.sessionId ?? ''
    }),
  )
  const outcome: Outcome = { readyMs: [], answerMs: [], failed: [] }
  let waiting = ids
  while (waiting.length > 0) {
    interrupted.throwIfAborted()
    if (performance.now() - began > patienceMs) throw new Error(`${waiting.length} sessions neither READY nor failed`)
    const still: string[] = []
    for (const sessionId of waiting) {
      const asked = performance.now()
      const { session } = await server.client.getStreamingSession({ studioId, sessionId })
      outcome.answerMs.push(performance.now() - asked)
      if (session?.state === 'READY') outcome.readyMs.push(performance.now() - began)
      else if (session?.state === 'CREATE_IN_PROGRESS') still.push(sessionId)
      else outcome.failed.push(`${session?.state}: ${session?.statusMessage}`)
    }
    waiting = still
    await pause(lookEveryMs)
  }
  return outcome
}
