/**
 * A studio in a bad week, out of one number. Clients ask for whatever they like, drivers fail, hang and are slow,
 * machines die, servers are killed between any two statements and started again, two of them share the database, or
 * all are down for hours. Every change of every row is held against the table of states and against what was promised
 * of machines, volumes and backups. In the end the weather clears, and then all must come to rest with nothing left
 * over; everything is deleted, and nothing must be left at all.
 */
import type { Driver } from '../../src/compute/driver.ts'
import type { StreamConfigurationCreate } from '../../src/contract/types.ts'
import type { Limits } from '../../src/lifecycle/lifecycle.ts'
import { accountCaller, minute, persistent, settings, type TestStudio } from '../studio.ts'
import { askAs, askings, type ClientOptions, create, type Known } from './clients.ts'
import { arrow, breach, type Change, type Recording, record, tell } from './history.ts'
import { createHost, endMachine, type Host } from './memory-driver.ts'
import { betrayal, createTrust, deletable, disorder, type Rows, unrest, work, writeWork } from './promises.ts'
import { calm, type Server, startServer, timing, type Weather, type World } from './server.ts'
import { type Chance, createChance, takeOverTime } from './virtual-time.ts'

export interface Outcome {
  seed: number
  /** What must not have happened; none is what one hopes for. */
  wrong: string[]
  /** Every change, a line each: the same for the same seed. */
  history: string[]
  /** Every way from state to state that was gone. */
  arrows: Set<string>
}

/** Short, so that a run meets all of them. */
const limits: Limits = {
  ...settings.limits,
  ...{ createLimit: minute, startLimit: minute, stopLimit: minute / 2, deleteLimit: minute / 2 },
  ...{ deletedRetention: 5 * minute, backupInterval: minute / 2 },
}
const backupRetention = 20 * minute

/** Giving up does steps of its own, each with some attempts, and a dead server's lease has to end first. */
const allowanceMs = 60_000

/** One profile of each kind that decision 17 tells apart. */
const configurations: Partial<StreamConfigurationCreate>[] = [
  persistent,
  { ...persistent, sessionBackup: { mode: 'AUTOMATIC', maxBackupsToRetain: 1 }, maxSessionLengthInMinutes: 2 },
  {
    ...{ sessionPersistenceMode: 'ACTIVATED', automaticTerminationMode: 'ACTIVATED' },
    ...{ maxSessionLengthInMinutes: 3, maxStoppedSessionLengthInMinutes: 5 },
  },
  { maxSessionLengthInMinutes: 1 },
]

export interface Simulator {
  run(seed: number): Promise<Outcome>
}

export interface SimulatorOptions {
  /** Makes another driver of each: to see that what it does wrong is found. */
  driver?: (driver: Driver, host: Host) => Driver
}

/** Works in a studio that is used for nothing else: every run begins with it as it is now. */
export const createSimulator = async (studio: TestStudio, options: SimulatorOptions = {}): Promise<Simulator> => {
  const launchProfileIds: string[] = []
  for (const configuration of configurations) launchProfileIds.push(await studio.profile(configuration))
  const recording = await record(studio.db)
  return {
    run: seed => runSeed(studio, recording, launchProfileIds, seed, options),
  }
}

const idOf = ({ before, after }: Change) => (after ?? before)?.id ?? ''

const weatherOf = (chance: Chance): Weather => {
  const often = (most: number) => (chance.happens(0.5) ? chance.next() * most : 0)
  return { fails: often(0.15), breaks: often(0.3), hangs: often(0.02), slow: often(0.3), waits: often(0.2) }
}

const runSeed = async (
  studio: TestStudio,
  recording: Recording,
  launchProfileIds: string[],
  seed: number,
  { driver = given => given }: SimulatorOptions,
): Promise<Outcome> => {
  const { db, clock, studioId } = studio
  for (const table of ['session', 'backup', 'stream', 'clientToken'] as const) await db.deleteFrom(table).execute()
  await recording.take(clock.now)

  const chance = createChance(seed)
  const begin = clock.now()
  const time = takeOverTime(begin, seed)
  const host = createHost()
  const trust = createTrust()
  const rows: Rows = { session: new Map(), backup: new Map() }
  const wrong: string[] = []
  const history: string[] = []
  const arrows = new Set<string>()
  const servers = new Set<Server>()
  const known: Known & { tokens: string[] } = {
    ...{ studioId, launchProfileIds, tokens: [] },
    get sessions() {
      return [...rows.session.values()]
    },
    get backups() {
      return [...rows.backup.values()]
    },
  }
  let upSince = begin
  let weather = weatherOf(chance)
  let isTouched = false
  let hanging = 0

  const blame = (what: string) => {
    wrong.push(what)
    history.push(`  !!! ${what}`)
  }

  const note = (change: Change, i: number, changes: readonly Change[]) => {
    history.push(tell(change, begin))
    const { kind, before } = change
    const id = idOf(change)
    const isLatest = !changes.slice(i + 1).some(later => idOf(later) === id)
    if (change.after) rows[kind].set(id, change.after as never)
    else rows[kind].delete(id)
    const amiss = breach(change, { limits, allowanceMs, upSince }) ?? betrayal(change, isLatest, host, trust, rows)
    if (amiss) blame(`${kind} ${id} ${amiss}`)
    if (kind === 'session' && !before) tokenOf(change)
    if (before && change.after && before.state !== change.after.state)
      arrows.add(arrow(kind, before.state, change.after.state))
  }
  const made = new Set<string>()
  const tokenOf = ({ after }: Change) => {
    const { token } = JSON.parse(after?.tags ?? '{}')
    if (made.has(token)) blame(`the client token ${token} has made two sessions`)
    made.add(token)
  }

  // A transaction may be open, and then this waits for its end: nobody else comes in between.
  time.onTurn(() => {
    if (!isTouched) return false
    isTouched = false
    recording.take(time.now).then(changes => changes.forEach(note), blame)
    return true
  })

  const world: World = {
    ...{ studio, time, chance, host, settings: { ...settings, limits, backupRetention, cpuOvercommit: 4 } },
    driver,
    weather: () => weather,
    async hang() {
      hanging += 1
      await time.sleep(timing.hangMs)
      hanging -= 1
    },
    touched() {
      isTouched = true
    },
  }
  const start = async () => {
    if (![...servers].some(server => server.isUp())) upSince = time.now()
    servers.add(await startServer(world))
  }
  /** Whoever is up is surprised by it, as a suspended machine is. */
  const skip = (ms: number) => {
    time.skip(ms)
    upSince = time.now()
  }
  const up = () => [...servers].filter(server => server.isUp())
  const client: ClientOptions = {
    ...{ time, caller: accountCaller, installation: { ...studio.installation, limits }, blame },
    server: () => chance.pick(up()),
  }
  const ask = async (...question: Parameters<typeof askAs>[1]) =>
    await askAs(client, question).catch(error => {
      blame(`${error.message}: ${error.cause?.stack}`)
    })

  const question = async (asking: typeof create | undefined) => {
    const asked = asking?.(known, chance)
    if (!asked) return
    const { clientToken } = asked[1] as { clientToken?: string }
    if (clientToken !== undefined && !known.tokens.includes(clientToken)) known.tokens.push(clientToken)
    await ask(...asked)
  }
  const storms: readonly (() => Promise<unknown>)[] = [
    ...Array.from({ length: 12 }, () => () => question(chance.pick(askings))),
    async () => {
      const [id] = chance.pick([...host.machines]) ?? []
      if (id === undefined) return
      trust.lost.add(id)
      endMachine(host, id, chance.happens(0.5) ? 'broken' : 'absent')
    },
    ...Array.from({ length: 3 }, () => async () => {
      const session = chance.pick(known.sessions)
      const machine = host.machines.get(session?.id ?? '')
      const tree = host.volumes.get(machine?.volume ?? '')
      if (session?.state !== 'READY' || machine?.state !== 'running' || !tree) return
      const text = `at ${time.now() - begin}`
      host.volumes.set(machine.volume, { ...tree, files: new Map([[work, text]]) })
      writeWork(trust, session.id, text)
    }),
    async () => {
      chance.pick(up())?.killAfter(chance.between(0, 30))
      await time.sleep(chance.between(0, 5000))
      if (up().length < 2) await start()
    },
    async () => {
      if (chance.happens(0.5)) for (const server of up()) server.kill()
      else await Promise.all(up().map(server => server.stop()))
      if (chance.happens(0.5)) skip(chance.between(1, 30) * minute)
      await start()
    },
    async () => {
      if (up().length < 2) await start()
    },
  ]

  const settle = async (why: string) => {
    const isAtRest = () => unrest(rows, time.now()).length === 0
    if (!(await time.run(isAtRest, 10 * minute))) blame(`${why}: never at rest: ${unrest(rows, time.now()).join(', ')}`)
    // Orphans are left to the sweep.
    await time.run(() => false, timing.sweepEveryMs + 2000)
    await time.run(isAtRest, minute)
    for (const what of disorder(rows, host, trust)) blame(`${why}: ${what}`)
  }

  try {
    let isOver = false
    void (async () => {
      await start()
      void question(create)
      for (let left = chance.between(3, 11); left > 0; left--) {
        if (chance.happens(0.6)) await time.sleep(chance.between(1, chance.happens(0.2) ? 20_000 : 400))
        const storm = chance.pick(storms)?.()
        if (chance.happens(0.2)) await storm
      }
      isOver = true
    })()
    if (!(await time.run(() => isOver, 60 * minute))) blame('the storms never end')
    weather = calm
    for (const server of servers) server.killAfter(Number.POSITIVE_INFINITY)
    await time.run(() => hanging === 0, timing.hangMs)
    if (up().length === 0) void start()
    await settle('after the storms')

    for (const { id } of deletable(rows)) void ask('DeleteStreamingSession', { studioId, sessionId: id })
    await settle('after everything was deleted')
    for (const { id, state } of rows.session.values())
      if (state !== 'DELETED') blame(`session ${id} is ${state} and not DELETED`)

    for (const pause of [backupRetention, limits.deletedRetention]) {
      for (const server of up()) server.kill()
      skip(pause)
      void start()
      await settle('after a long time')
    }
    for (const { id } of [...rows.session.values(), ...rows.backup.values()]) blame(`the row ${id} is never forgotten`)
    for (const server of up()) server.kill()
    await time.run(() => false, timing.pollMs)
  } finally {
    time.release()
  }
  return { seed, wrong, history, arrows }
}
