/**
 * Our list of sessions beside the list of instances of LXD: a daemon that keeps machines and lists them over HTTP for
 * whoever proves who he is, by a client certificate there and by a signature of each request here. Both list the same
 * number, both are asked by one third process in turn. LXD answers with all of them at once, Atelier with pages.
 */
import { join } from 'node:path'
import type { Client } from '../src/contract/client.ts'
import { type Caller, type Load, measured, startCaller } from './caller.ts'
import { type Lxd, lacksLxd, startLxd } from './lxd.ts'
import { machine, median, type Report, toRow } from './report.ts'
import type { Benchmark, Run } from './run.ts'
import { seedSessions } from './seed.ts'
import { makeHome, type RunningServer, removeHome, startServer } from './server.ts'
import { type Signed, signed } from './signed.ts'

const rounds = 5
const secondsEach = 3
const most = 1000
const least = 100
/** How long instances are made: LXD takes the longer for each the more there are. */
const makingMs = 60_000
const pageSize = 100
/** So many pages that the server keeps none of them. */
const manySessions = 100_000

export const listPeer: Benchmark = {
  about: 'sessions listed per second, against instances that LXD lists over HTTPS',
  lacks: lacksLxd,
  run: async ({ log, interrupted }) => {
    await using ending = new AsyncDisposableStack()
    const home = makeHome()
    ending.defer(() => removeHome(home))
    const lxd = await startLxd()
    ending.defer(lxd.stop)
    log('making instances')
    const count = await makeInstances(lxd, interrupted)
    const settings = { ATELIER_DRIVER: 'simulated', ATELIER_THROTTLE_READS: '1000000' }
    const first = await startServer(home, settings)
    ending.defer(first.stop)
    const studios = await makeStudios(first.client)
    await first.stop()
    log(`${count} instances; writing as many sessions`)
    const counts = { [studios.same]: count, [studios.many]: manySessions }
    await seedSessions(join(home, 'atelier.db'), counts, interrupted)
    const ours = await startServer(home, settings)
    ending.defer(ours.stop)
    const caller = startCaller()
    ending.defer(caller.stop)
    return await measure({ ours, lxd, caller, count }, studios, { log, interrupted })
  },
}

/** A multiple of a page, made one after another. */
const makeInstances = async (lxd: Lxd, interrupted: AbortSignal): Promise<number> => {
  const end = performance.now() + makingMs
  let made = 0
  while (made < least || made % pageSize > 0 || (performance.now() < end && made < most)) {
    interrupted.throwIfAborted()
    await lxd.makeInstance(`workstation-${++made}`)
  }
  return made
}

interface Studios {
  /** With as many sessions as LXD has instances. */
  same: string
  many: string
}

const makeStudios = async (client: Client): Promise<Studios> => {
  const [{ studioId: same = '' } = {}] = (await client.listStudios({})).studios
  const role = 'arn:aws:iam::000000000000:role/bench'
  const { studio } = await client.createStudio({
    ...{ studioName: 'many', displayName: 'Many', adminRoleArn: role, userRoleArn: role },
  })
  return { same, many: studio?.studioId ?? '' }
}

interface Sides {
  ours: RunningServer
  lxd: Lxd
  caller: Caller
  /** Of instances, and of sessions. */
  count: number
}

const measure = async ({ ours, lxd, caller, count }: Sides, studios: Studios, run: Run): Promise<Report> => {
  const same = await signPages(ours, studios.same, run.interrupted)
  const theirs = { path: '/1.0/instances?recursion=1', headers: {} }
  await checkCount(ours, same, count)
  const found = { same: [] as Load[], many: [] as Load[], lxd: [] as Load[] }
  for (let round = 0; round <= rounds; round++) {
    run.log(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
    const load = (pages: Signed[]) =>
      measured(caller, ours.pid, { origin: ours.origin, requests: pages, seconds: secondsEach })
    // Signed anew each time: a signature is fresh for some minutes only.
    const pages = {
      same: await signPages(ours, studios.same, run.interrupted),
      many: await signPages(ours, studios.many, run.interrupted),
    }
    const taken = {
      same: await load(pages.same),
      lxd: await measured(caller, lxd.pid, {
        ...{ origin: lxd.origin, requests: [theirs], seconds: secondsEach, client: lxd.client },
      }),
      many: await load(pages.many),
    }
    if (round === 0) continue
    for (const side of ['same', 'many', 'lxd'] as const) found[side].push(taken[side])
  }
  const items = (loads: Load[], each: number) => median(loads.map(({ perSecond }) => perSecond * each))
  const cost = (loads: Load[], each: number) => median(loads.map(({ microseconds }) => (microseconds / each) * 100))
  const peer = { rate: items(found.lxd, count), cost: cost(found.lxd, count) }
  return {
    name: 'list-peer',
    peer: `LXD, ${count} instances in one answer, client certificate, connections that stay open`,
    machine: machine(),
    rounds,
    rows: [
      toRow(`the same ${count} again and again`, items(found.same, pageSize), peer.rate, 'items/s'),
      toRow(`${manySessions} in turn, no page kept`, items(found.many, pageSize), peer.rate, 'items/s'),
      toRow('a hundred of the same', cost(found.same, pageSize), peer.cost, 'µs of processor'),
      toRow('a hundred of many, no page kept', cost(found.many, pageSize), peer.cost, 'µs of processor'),
    ],
  }
}

/** Every page of a studio's list. */
const signPages = async (server: RunningServer, studioId: string, interrupted: AbortSignal): Promise<Signed[]> => {
  const pages: Signed[] = []
  for (let nextToken: string | undefined, more = true; more; more = nextToken !== undefined) {
    interrupted.throwIfAborted()
    const input = { studioId, ...(nextToken === undefined ? {} : { nextToken }) }
    pages.push(await signed(server, client => client.listStreamingSessions(input)))
    nextToken = (await server.client.listStreamingSessions(input)).nextToken
  }
  return pages
}

/** The pages hold what they are said to hold. */
const checkCount = async ({ origin }: RunningServer, pages: Signed[], count: number): Promise<void> => {
  let seen = 0
  for (const { path, headers } of pages) {
    const { sessions } = (await (await fetch(`${origin}${path}`, { headers })).json()) as { sessions: unknown[] }
    seen += sessions.length
  }
  if (seen !== count) throw new Error(`${count} sessions were made, and ${seen} are listed`)
}
