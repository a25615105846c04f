/**
 * Everybody comes at nine: sessions asked for at once, 200 that run nowhere and 40 on this host. All must end READY or
 * say why not, and the API must answer meanwhile: one after the other, reads of a session are timed until all are done.
 */
import { availableParallelism, totalmem } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { machine, median, type Row, toRow } from './report.ts'
import type { Benchmark, Run } from './run.ts'
import { makeHome, type RunningServer, removeHome, startServer } from './server.ts'

const lookEveryMs = 20
const patienceMs = 300_000
const rounds = 2
const limitMs = 250

/** On this host as many as its memory allows: a workstation of the type local.small is promised 1 GiB of it. */
const storms = { simulated: 200, local: Math.min(40, Math.floor((totalmem() * 0.9) / 2 ** 30)) }

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
  const server = await startServer(home, { ...settings, ATELIER_DRIVER: driver })
  ending.defer(server.stop)
  const studioId = (await server.client.listStudios({})).studios[0]?.studioId ?? ''
  // Desktops outlive their server.
  ending.defer(() => removeSessions(server, studioId))
  const launchProfileId = await readyProfile(server, studioId, interrupted)
  const ask = { server, studioId, launchProfileId, interrupted }

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

interface Ask {
  server: RunningServer
  studioId: string
  launchProfileId: string
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

const readyProfile = async ({ client }: RunningServer, studioId: string, interrupted: AbortSignal) => {
  for (const end = performance.now() + patienceMs; performance.now() < end; await pause(lookEveryMs)) {
    interrupted.throwIfAborted()
    const { launchProfiles = [] } = await client.listLaunchProfiles({ studioId })
    const ready = launchProfiles.find(({ state }) => state === 'READY')
    if (ready?.launchProfileId) return ready.launchProfileId
  }
  throw new Error('the quick start has no launch profile')
}

const removeSessions = async ({ client }: RunningServer, studioId: string) => {
  for (const end = performance.now() + patienceMs; ; await pause(lookEveryMs)) {
    let left = 0
    for (let nextToken: string | undefined, isFirst = true; isFirst || nextToken; isFirst = false) {
      const page = await client.listStreamingSessions({ studioId, ...(nextToken ? { nextToken } : {}) })
      for (const { sessionId = '', state } of page.sessions ?? []) {
        if (state === 'DELETED') continue
        left += 1
        if (state !== 'DELETE_IN_PROGRESS') await client.deleteStreamingSession({ studioId, sessionId })
      }
      nextToken = page.nextToken
    }
    if (left === 0) return
    if (performance.now() > end) throw new Error(`${left} sessions are not deleted`)
  }
}
