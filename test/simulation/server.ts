/** A server of a simulation: its reconciler and its sweep, on a database and a host that outlive it. It can be killed. */
import type { KyselyPlugin, QueryId } from 'kysely'
import { type Driver, DriverError } from '../../src/compute/driver.ts'
import { createReconciler } from '../../src/lifecycle/reconciler.ts'
import { createSweep } from '../../src/lifecycle/sweep.ts'
import type { LifecycleSettings } from '../../src/lifecycle/transition.ts'
import type { Db } from '../../src/store/database.ts'
import type { TestStudio } from '../studio.ts'
import { createMemoryDriver, type HalfWay, type Host } from './memory-driver.ts'
import type { Chance, VirtualTime } from './virtual-time.ts'

/** What everything throws that a killed server still tries: nothing it does has any effect from then on. */
export class Gone extends Error {
  override readonly name = 'Gone'
}

/** How hostile the world is: probabilities, for each verb of a driver or each statement of the database. */
export interface Weather {
  /** A failure that a person can act on. */
  fails: number
  /** One that nobody has foreseen. */
  breaks: number
  /** The verb takes longer than the state it is done in may last. */
  hangs: number
  slow: number
  /** A statement takes its time, and others come in between. */
  waits: number
}

export const calm: Weather = { fails: 0, breaks: 0, hangs: 0, slow: 0, waits: 0 }

export const timing = { leaseMs: 6000, pollMs: 5000, sweepEveryMs: 5000, backOffMs: 100, hangMs: 100_000 }

export interface World {
  studio: TestStudio
  settings: LifecycleSettings
  time: VirtualTime
  chance: Chance
  host: Host
  driver: (driver: Driver, host: Host) => Driver
  weather(): Weather
  /** Takes longer than any state may last. */
  hang(): Promise<void>
  /** A statement that may have changed something was done. */
  touched(): void
}

export interface Server {
  db: Db
  isUp(): boolean
  wake(): void
  kill(): void
  /** Kills it right after so many more statements. */
  killAfter(statements: number): void
  stop(): Promise<void>
}

export const startServer = async (world: World): Promise<Server> => {
  const { studio, time, chance, host } = world
  let isUp = true
  let statementsLeft = Number.POSITIVE_INFINITY
  const closers: (() => Promise<void>)[] = []

  const assertUp = () => {
    if (!isUp) throw new Gone('this server was killed')
  }
  const kill = () => {
    isUp = false
    for (const close of closers) void close()
  }

  const halfWay: HalfWay = async verb => {
    assertUp()
    await time.sleep(chance.between(1, chance.happens(world.weather().slow) ? 4000 : 40))
    assertUp()
    const weather = world.weather()
    if (chance.happens(weather.hangs)) await world.hang()
    assertUp()
    if (chance.happens(weather.breaks)) throw new Error(`${verb}: nobody has foreseen this`)
    // What is done least often must fail now and then as well.
    if (chance.happens(weather.fails * (verb === 'removeBackup' ? 4 : 1)))
      throw new DriverError('NETWORK_INTERFACE_ERROR', `${verb}: the cable is gone`)
  }

  /** Statements that may change something. */
  const writing = new WeakSet<QueryId>()
  const mortal: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      assertUp()
      if (node.kind !== 'SelectQueryNode') writing.add(queryId)
      return node
    },
    async transformResult({ queryId, result }) {
      // What has changed nothing gives no rows either.
      if (writing.has(queryId) && (result.rows.length > 0 || (result.numAffectedRows ?? 0n) > 0n)) world.touched()
      statementsLeft -= 1
      if (statementsLeft <= 0) kill()
      assertUp()
      if (chance.happens(world.weather().waits)) await time.sleep(chance.between(1, 5))
      assertUp()
      return result
    },
  }

  const db = studio.db.withPlugin(mortal)
  const driver = world.driver(createMemoryDriver(host, halfWay), host)
  const parts = { ...studio.parts, db, driver, now: time.now, settings: world.settings }
  const { leaseMs, pollMs, sweepEveryMs, backOffMs } = timing
  const reconciler = await createReconciler({ ...parts, leaseMs, pollMs, backOffMs, workers: chance.between(1, 8) })
  closers.push(reconciler.close)
  const sweep = createSweep({ ...parts, wake: reconciler.wake, everyMs: sweepEveryMs })
  closers.push(sweep.close)
  return {
    db,
    isUp: () => isUp,
    wake: reconciler.wake,
    kill,
    killAfter(statements) {
      statementsLeft = statements
    },
    async stop() {
      await Promise.all(closers.map(close => close()))
      isUp = false
    },
  }
}
