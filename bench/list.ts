/**
 * ListStreamingSessions, a page of 100, signature checked, against a bare HTTP server that hands out the very same
 * bytes from memory. Both are processes of their own, and a third one asks both in the same way.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Answer } from './bare-server.ts'
import type { Job, Outcome } from './load.ts'
import { machine, median, type Report, type Row, toRow } from './report.ts'
import type { Benchmark } from './run.ts'
import { owner, seedSessions } from './seed.ts'
import { makeHome, processorTime, type RunningServer, removeHome, startServer, stop } from './server.ts'

const rounds = 5
const secondsEach = 0.6
const patienceMs = 20_000
const goal = { atLeast: 0.3 }

const few = 1000
const many = 100_000

export const list: Benchmark = {
  about: `ListStreamingSessions, pages of 100 out of ${many}, against a bare HTTP server with the same bytes`,
  run: async log => {
    const home = makeHome()
    const settings = { ATELIER_DRIVER: 'simulated', ATELIER_THROTTLE_READS: '1000000' }
    const running: { stop(): Promise<void> }[] = []
    try {
      // The first start makes a studio and keys, as for everybody; the rows go in while nobody else has the database.
      const first = await startServer(home, settings)
      const studios = await twoStudios(first)
      await first.stop()
      log(`writing ${few + many} sessions`)
      seedSessions(join(home, 'atelier.db'), { [studios.few]: few, [studios.many]: many })
      const ours = await startServer(home, settings)
      running.push(ours)
      const bare = await startBare()
      running.push(bare)
      const caller = startCaller()
      running.push(caller)
      return await measure({ ours, bare, caller }, studios, log)
    } finally {
      for (const each of running) await each.stop()
      removeHome(home)
    }
  },
}

const twoStudios = async ({ client }: RunningServer) => {
  const role = 'arn:aws:iam::000000000000:role/bench'
  const [{ studioId: many = '' } = {}] = (await client.listStudios({})).studios
  const made = await client.createStudio({
    ...{ studioName: 'few', displayName: 'Few', adminRoleArn: role, userRoleArn: role },
  })
  return { few: made.studio?.studioId ?? '', many }
}

interface Case {
  what: string
  studioId: string
  ownedBy?: string
  nextToken?: string
}

interface Processes {
  ours: RunningServer
  bare: Bare
  caller: Caller
}

const measure = async ({ ours, bare, caller }: Processes, studios: { few: string; many: string }, log: Log) => {
  const cases: Case[] = [
    { what: `first page of ${few}`, studioId: studios.few },
    { what: `first page of ${many}`, studioId: studios.many },
    { what: `last page of ${many}`, studioId: studios.many, nextToken: await lastToken(ours, studios.many) },
    { what: `first page of one owner's, of ${many}`, studioId: studios.many, ownedBy: owner(3) },
  ]
  const found = cases.map(each => ({ ...each, ours: [] as Load[], bare: [] as Load[] }))
  for (let round = 0; round <= rounds; round++) {
    log(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
    for (const each of found) {
      const { url, headers, answer } = await sign(ours, each)
      const job = { headers, seconds: secondsEach }
      const bareUrl = await bare.serve({ url, answer })
      const oursTook = await measured(caller, ours.pid, { ...job, url })
      const bareTook = await measured(caller, bare.pid, { ...job, url: bareUrl })
      if (round === 0) continue
      each.ours.push(oursTook)
      each.bare.push(bareTook)
    }
  }
  return report(found)
}

type Log = (line: string) => void

/** The token of the page before the last; on the way, every session has to be seen once. */
const lastToken = async ({ client }: RunningServer, studioId: string): Promise<string> => {
  const seen = new Set<string>()
  let before = ''
  for (let nextToken: string | undefined; ; ) {
    const page = await client.listStreamingSessions({ studioId, ...(nextToken === undefined ? {} : { nextToken }) })
    for (const { sessionId } of page.sessions ?? []) seen.add(sessionId ?? '')
    if (page.nextToken === undefined) break
    before = page.nextToken
    nextToken = page.nextToken
  }
  if (seen.size !== many) throw new Error(`a walk through ${many} sessions showed ${seen.size}`)
  return before
}

interface Signed {
  url: string
  headers: Record<string, string>
  answer: Omit<Answer, 'url'>
}

/** A request signed once may be sent for as long as its date is fresh; so each round signs its own. */
const sign = async (server: RunningServer, { studioId, ownedBy, nextToken }: Case): Promise<Signed> => {
  let signed: Signed | undefined
  const client = server.clientWith(async (input, init) => {
    const url = String(input)
    const headers = init?.headers as Record<string, string>
    const response = await fetch(url, init)
    const { date: _, connection: __, 'keep-alive': ___, ...kept } = Object.fromEntries(response.headers)
    const body = await response.clone().text()
    signed = { url, headers, answer: { headers: kept, body } }
    return response
  })
  await client.listStreamingSessions({
    studioId,
    ...(ownedBy === undefined ? {} : { ownedBy }),
    ...(nextToken === undefined ? {} : { nextToken }),
  })
  if (!signed) throw new Error('no request was sent')
  return signed
}

interface Bare {
  pid: number
  /** The address of the same request there, which now has the same answer. */
  serve(signed: Pick<Signed, 'url' | 'answer'>): Promise<string>
  stop(): Promise<void>
}

const startBare = async (): Promise<Bare> => {
  const child = fork(new URL('./bare-server.ts', import.meta.url))
  const [port] = await once(child, 'message')
  return {
    pid: child.pid ?? 0,
    async serve({ url, answer }) {
      const path = url.slice(new URL(url).origin.length)
      child.send({ url: path, ...answer } satisfies Answer)
      await once(child, 'message')
      return `http://127.0.0.1:${port}${path}`
    },
    stop: () => stop(child),
  }
}

interface Caller {
  ask(job: Job): Promise<Outcome>
  stop(): Promise<void>
}

const startCaller = (): Caller => {
  const child = fork(new URL('./load.ts', import.meta.url))
  return {
    async ask(job) {
      child.send(job)
      const [outcome] = (await once(child, 'message', { signal: AbortSignal.timeout(patienceMs) })) as [Outcome]
      if (outcome.failed > 0) throw new Error(`${outcome.failed} requests failed under load`)
      return outcome
    },
    stop: () => stop(child),
  }
}

interface Load {
  perSecond: number
  /** Processor time of the server for one answer, in microseconds. */
  microseconds: number
}

const measured = async (caller: Caller, pid: number, job: Job): Promise<Load> => {
  const before = processorTime(pid)
  const { answered, seconds } = await caller.ask(job)
  return { perSecond: answered / seconds, microseconds: ((processorTime(pid) - before) / answered) * 1e6 }
}

const report = (found: { what: string; ours: Load[]; bare: Load[] }[]): Report => {
  const row = (what: string, ours: Load[], bare: Load[], key: keyof Load, unit: string, goal = {}): Row =>
    toRow(what, median(ours.map(each => each[key])), median(bare.map(each => each[key])), unit, goal)
  return {
    name: 'list',
    peer: 'a bare node:http server with the same bytes in memory',
    machine: machine(),
    rounds,
    rows: [
      ...found.map(({ what, ours, bare }) => row(what, ours, bare, 'perSecond', 'requests/s', goal)),
      ...found.map(({ what, ours, bare }) => row(what, ours, bare, 'microseconds', 'µs of processor')),
    ],
  }
}
