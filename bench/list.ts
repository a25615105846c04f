/**
 * ListStreamingSessions, a page of 100, signature and policy checked, against a bare HTTP server that hands out the
 * very same bytes from memory. Both are processes of their own, and a third one asks both in the same way: for one page
 * again and again, as portals and scripts do, and for one after another, none of them asked for shortly before.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ListStreamingSessionsResponse } from '../src/contract/types.ts'
import type { Answer } from './bare-server.ts'
import type { Job, Outcome } from './load.ts'
import { machine, median, type Report, toRow } from './report.ts'
import type { Benchmark } from './run.ts'
import { owner, seedSessions } from './seed.ts'
import { makeHome, processorTime, type RunningServer, removeHome, startServer, stop } from './server.ts'

const rounds = 5
const secondsEach = 0.6
const patienceMs = 20_000
const goal = { atLeast: 0.4 }
/** A page of many, over one of few. */
const sameCost = { atMost: 1.2 }

const few = 1000
const many = 1_000_000
const pageSize = 100
/** More pages than the server keeps. */
const differentPages = 1000

export const list: Benchmark = {
  about: `ListStreamingSessions, pages of 100 out of ${many}, against a bare HTTP server with the same bytes`,
  run: async log => {
    const home = makeHome()
    const settings = {
      ATELIER_DRIVER: 'simulated',
      ATELIER_THROTTLE_READS: '1000000',
      ATELIER_THROTTLE_CHANGES: '1000000',
    }
    const running: { stop(): Promise<void> }[] = []
    try {
      // The first start makes a studio and keys, as for everybody; the rows go in while nobody else has the database.
      const first = await startServer(home, settings)
      const studios = await makeStudios(first)
      await first.stop()
      log(`writing ${many + studios.few.length * few} sessions`)
      seedSessions(join(home, 'atelier.db'), {
        ...Object.fromEntries(studios.few.map(id => [id, few])),
        [studios.many]: many,
      })
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

interface Studios {
  /** Of so many studios with few sessions each that their pages together are `differentPages`. */
  few: string[]
  many: string
}

const makeStudios = async ({ client }: RunningServer): Promise<Studios> => {
  const role = 'arn:aws:iam::000000000000:role/bench'
  const [{ studioId: many = '' } = {}] = (await client.listStudios({})).studios
  const made: string[] = []
  for (let i = 0; i < (differentPages * pageSize) / few; i++) {
    const { studio } = await client.createStudio({
      ...{ studioName: `few${i}`, displayName: 'Few', adminRoleArn: role, userRoleArn: role },
    })
    made.push(studio?.studioId ?? '')
  }
  return { few: made, many }
}

interface Page {
  studioId: string
  ownedBy?: string
  nextToken?: string
}

interface Case {
  what: string
  /** Asked for in turn. */
  pages: Page[]
}

interface Processes {
  ours: RunningServer
  bare: Bare
  caller: Caller
}

const measure = async ({ ours, bare, caller }: Processes, studios: Studios, log: Log): Promise<Report> => {
  const [{ client }, { many: studioId }] = [ours, studios]
  log('walking through all of them')
  const walks = await Promise.all(studios.few.map(id => walk(client, id, few)))
  const longWalk = await walk(client, studioId, many)
  const every = longWalk.length / differentPages
  const cases = {
    firstOfFew: { what: `first page of ${few}`, pages: walks[0]?.slice(0, 1) ?? [] },
    firstOfMany: { what: `first page of ${many}`, pages: longWalk.slice(0, 1) },
    lastOfMany: { what: `last page of ${many}`, pages: longWalk.slice(-1) },
    ofOwner: { what: `first page of one owner's, of ${many}`, pages: [{ studioId, ownedBy: owner(3) }] },
    allOfFew: { what: `each time another page, of ${studios.few.length} studios with ${few}`, pages: walks.flat() },
    allOfMany: { what: `each time another page, of ${many}`, pages: longWalk.filter((_, i) => i % every === 0) },
  } satisfies Record<string, Case>
  const found = Object.fromEntries(
    Object.keys(cases).map(name => [name, { ours: [] as Load[], bare: [] as Load[] }]),
  ) as Record<keyof typeof cases, { ours: Load[]; bare: Load[] }>
  for (let round = 0; round <= rounds; round++) {
    log(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
    for (const [name, { pages }] of Object.entries(cases)) {
      const requests = await sign(ours, pages)
      const [{ path, headers }] = requests as [Signed]
      const bareOrigin = await bare.serve(path, await fetch(`${ours.origin}${path}`, { headers }))
      const oursTook = await measured(caller, ours.pid, { origin: ours.origin, requests, seconds: secondsEach })
      const bareTook = await measured(caller, bare.pid, {
        ...{ origin: bareOrigin, requests: requests.slice(0, 1), seconds: secondsEach },
      })
      if (round === 0) continue
      found[name as keyof typeof cases].ours.push(oursTook)
      found[name as keyof typeof cases].bare.push(bareTook)
    }
  }
  const middle = (loads: Load[], key: keyof Load) => median(loads.map(each => each[key]))
  const cost = (name: keyof typeof cases) => middle(found[name].ours, 'microseconds')
  const names = Object.keys(cases) as (keyof typeof cases)[]
  return {
    name: 'list',
    peer: 'a bare node:http server with the same bytes in memory; in the last rows, the same of few sessions',
    machine: machine(),
    rounds,
    rows: [
      ...names.map(name =>
        toRow(
          cases[name].what,
          middle(found[name].ours, 'perSecond'),
          middle(found[name].bare, 'perSecond'),
          'requests/s',
          cases[name].pages.length === 1 ? goal : {},
        ),
      ),
      ...names.map(name =>
        toRow(cases[name].what, cost(name), middle(found[name].bare, 'microseconds'), 'µs of processor'),
      ),
      toRow('first page: of many, of few', cost('firstOfMany'), cost('firstOfFew'), 'µs of processor', sameCost),
      toRow('last page of many, first of few', cost('lastOfMany'), cost('firstOfFew'), 'µs of processor', sameCost),
      toRow('each time another: of many, of few', cost('allOfMany'), cost('allOfFew'), 'µs of processor', sameCost),
    ],
  }
}

type Log = (line: string) => void

/** All pages of a studio, in order. On the way, every session has to be seen once. */
const walk = async (client: RunningServer['client'], studioId: string, sessions: number): Promise<Page[]> => {
  const pages: Page[] = []
  let last = ''
  let seen = 0
  for (let page: Page | undefined = { studioId }; page; ) {
    pages.push(page)
    const { sessions = [], nextToken }: ListStreamingSessionsResponse = await client.listStreamingSessions(page)
    for (const { sessionId = '' } of sessions) {
      if (sessionId <= last) throw new Error('a walk showed sessions out of order, or twice')
      last = sessionId
      seen++
    }
    page = nextToken === undefined ? undefined : { studioId, nextToken }
  }
  if (seen !== sessions) throw new Error(`a walk through ${sessions} sessions showed ${seen}`)
  return pages
}

interface Signed {
  path: string
  headers: Record<string, string>
}

/** A request signed once may be sent for as long as its date is fresh; so each round signs its own. */
const sign = async (server: RunningServer, pages: Page[]): Promise<Signed[]> => {
  const signed: Signed[] = []
  const client = server.clientWith(async (input, init) => {
    const { pathname, search } = new URL(String(input))
    signed.push({ path: pathname + search, headers: init?.headers as Record<string, string> })
    return Response.json({})
  })
  for (const page of pages) await client.listStreamingSessions(page)
  return signed
}

interface Bare {
  pid: number
  /** Answers that path as it was answered elsewhere; where, is the result. */
  serve(path: string, answer: Response): Promise<string>
  stop(): Promise<void>
}

const startBare = async (): Promise<Bare> => {
  const child = fork(new URL('./bare-server.ts', import.meta.url))
  const [port] = await once(child, 'message')
  return {
    pid: child.pid ?? 0,
    async serve(path, answer) {
      const { date: _, connection: __, 'keep-alive': ___, ...headers } = Object.fromEntries(answer.headers)
      child.send({ path, headers, body: await answer.text() } satisfies Answer)
      await once(child, 'message')
      return `http://127.0.0.1:${port}`
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
