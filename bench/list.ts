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
import { type Caller, type Load, measured, startCaller } from './caller.ts'
import { machine, median, type Report, toRow } from './report.ts'
import type { Benchmark, Run } from './run.ts'
import { owner, seedSessions } from './seed.ts'
import { makeHome, type RunningServer, removeHome, startServer, stop } from './server.ts'
import { type Signed, signed } from './signed.ts'

const rounds = 5
const secondsEach = 0.6
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
  run: async ({ log, interrupted }) => {
    await using ending = new AsyncDisposableStack()
    const home = makeHome()
    ending.defer(() => removeHome(home))
    const settings = {
      ATELIER_DRIVER: 'simulated',
      ATELIER_THROTTLE_READS: '1000000',
      ATELIER_THROTTLE_CHANGES: '1000000',
    }
    // The first start makes a studio and keys, as for everybody; the rows go in while nobody else has the database.
    const first = await startServer(home, settings)
    ending.defer(first.stop)
    const studios = await makeStudios(first)
    await first.stop()
    log(`writing ${many + studios.few.length * few} sessions`)
    const counts = { ...Object.fromEntries(studios.few.map(id => [id, few])), [studios.many]: many }
    await seedSessions(join(home, 'atelier.db'), counts, interrupted)
    const ours = await startServer(home, settings)
    ending.defer(ours.stop)
    const bare = await startBare()
    ending.defer(bare.stop)
    const caller = startCaller()
    ending.defer(caller.stop)
    return await measure({ ours, bare, caller }, studios, { log, interrupted })
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

const measure = async (
  { ours, bare, caller }: Processes,
  studios: Studios,
  { log, interrupted }: Run,
): Promise<Report> => {
  const [{ client }, { many: studioId }] = [ours, studios]
  log('walking through all of them')
  const walks = await Promise.all(studios.few.map(id => walk(client, id, few, interrupted)))
  const longWalk = await walk(client, studioId, many, interrupted)
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
      interrupted.throwIfAborted()
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

/** All pages of a studio, in order. On the way, every session has to be seen once. */
const walk = async (
  client: RunningServer['client'],
  studioId: string,
  sessions: number,
  interrupted: AbortSignal,
): Promise<Page[]> => {
  const pages: Page[] = []
  let last = ''
  let seen = 0
  for (let page: Page | undefined = { studioId }; page; ) {
    interrupted.throwIfAborted()
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

const sign = async (server: RunningServer, pages: Page[]): Promise<Signed[]> => {
  const requests: Signed[] = []
  for (const page of pages) requests.push(await signed(server, client => client.listStreamingSessions(page)))
  return requests
}

interface Bare {
  pid: number
  /** Answers that path as it was answered elsewhere; where, is the result. */
  serve(path: string, answer: Response): Promise<string>
  stop(): Promise<void>
}

const startBare = async (): Promise<Bare> => {
  const child = fork(new URL('./bare-server.ts', import.meta.url), { detached: true })
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
