/** Builds every part, hands each what it needs, and closes them in reverse. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuthenticator } from './access/authenticate.ts'
import type { Installation } from './access/call.ts'
import { firstSignIn, keyForScripts } from './access/first-keys.ts'
import { createSecrets, loadMasterKey } from './access/secrets.ts'
import { createSignInLimit } from './access/sign-in-limit.ts'
import { createThrottle } from './access/throttle.ts'
import { writeQuickstart } from './cli/quickstart.ts'
import { type Driver, DriverError } from './compute/driver.ts'
import { createLocalDriver } from './compute/local/local.ts'
import { createRepository, type Repository } from './compute/repository/repository.ts'
import { createSimulatedDriver } from './compute/simulated/simulated.ts'
import { type Config, ConfigError, defaultPublicUrl, readConfig } from './config.ts'
import { InstanceTypesError, instanceTypesFile, readInstanceTypes } from './contract/instance-types.ts'
import { createSignedClient } from './contract/signed-client.ts'
import { createGateway, streamCookie } from './gateway/gateway.ts'
import { createClock } from './lifecycle/clock.ts'
import { createCopies } from './lifecycle/copies.ts'
import { createIdleWatch } from './lifecycle/idle.ts'
import { createReconciler } from './lifecycle/reconciler.ts'
import { endOf, whyEnded } from './lifecycle/session-end.ts'
import { createSweep } from './lifecycle/sweep.ts'
import { openLog } from './log.ts'
import { createNeighbours } from './neighbours/neighbours.ts'
import { makeFirstStudio } from './quick-start.ts'
import { createApi } from './server/api.ts'
import { createDoor } from './server/door.ts'
import { eulaRoutes, loadEulas } from './server/eulas.ts'
import { modelRoutes, writeModels } from './server/models.ts'
import { portalRoutes } from './server/portal.ts'
import { banner, listenError, lockHome, StartupError } from './server/startup.ts'
import { openDatabase } from './store/database.ts'
import { refreshStudioUrls } from './store/studios.ts'

/** Starts the server; resolves with what ends it again. */
const start = async (config: Config) => {
  const closers: (() => unknown)[] = []
  const close = async () => {
    for (const step of closers.reverse()) await step()
  }
  try {
    return { close, ready: await build(config, step => closers.push(step)) }
  } catch (error) {
    await close()
    throw error
  }
}

const build = async (config: Config, atEnd: (step: () => unknown) => void) => {
  const { home, region, accountId } = config
  const lock = lockHome(home)
  atEnd(() => lock.close())
  const instanceTypes = readInstanceTypes(readIfThere(join(home, instanceTypesFile)))
  const log = openLog(join(home, 'server.log'), config.logLevel)
  atEnd(() => log.flush())
  const { logger } = log

  const db = await openDatabase(join(home, 'atelier.db'))
  atEnd(() => db.destroy())
  const clock = await createClock({ db, log: logger })
  atEnd(() => clock.close())
  const { now } = clock
  // What is counted in memory alone goes by a clock that nobody sets.
  const elapsed = () => performance.now()
  await loadEulas(db, home, now())
  const secrets = createSecrets(loadMasterKey(join(home, 'master.key')))
  const driver = await openDriver(config, line => logger.info({ driver: config.driver }, line))
  atEnd(() => driver.close())

  const { deletedRetentionMs: deletedRetention, backupIntervalMs: backupInterval } = config
  const limits = { ...config.limits, deletedRetention, backupInterval }
  const { cpuOvercommit, backupRetentionMs: backupRetention, network } = config
  const settings = { limits, cpuOvercommit, backupRetention, network }
  const repository = openRepository(config)
  const reconciler = await createReconciler({ db, driver, repository, now, settings, log: logger })
  atEnd(() => reconciler.close())
  const sweep = createSweep({ db, driver, now, settings, log: logger, wake: reconciler.wake })
  atEnd(() => sweep.close())
  if (repository) {
    const copies = createCopies({ db, driver, repository, now, log: logger })
    atEnd(() => copies.close())
    // First, because it ends what the others wait for.
    atEnd(() => repository.close())
  }
  const idleWatch = createIdleWatch({ db, driver, now, elapsed, settings, log: logger, wake: reconciler.wake })
  atEnd(() => idleWatch.close())

  let { publicUrl } = config
  let origins: readonly string[] = []
  const publicOrigins = () => origins
  const installation: Installation = {
    region,
    accountId,
    get publicUrl() {
      return publicUrl
    },
    instanceTypes,
    limits,
    quotas: config.quotas,
    secrets,
    signInLimit: createSignInLimit({ now: elapsed }),
  }
  const authenticator = createAuthenticator({ db, secrets, region, publicOrigins, now: Date.now })
  const throttle = createThrottle({ now: elapsed, limits: throttleLimits(config) })
  const gateway = createGateway({ db, driver, installation, publicOrigins, endOf, whyEnded, now, log: logger })
  const api = createApi({ db, installation, authenticator, throttle, now, log: logger, wake: reconciler.wake })
  const neighbours = createNeighbours({ db, installation, authenticator, throttle, now, log: logger })
  const door = await createDoor({
    api,
    neighbours,
    routes: app => {
      modelRoutes(() => publicUrl)(app)
      eulaRoutes(db)(app)
      portalRoutes({
        db,
        now,
        publicOrigins,
        signInLimit: installation.signInLimit,
        openStream: gateway.open,
        endOfStream: gateway.end,
        streamCookie,
      })(app)
    },
    upgrade: gateway.upgrade,
    pages: new URL('../dist/console/', import.meta.url).pathname,
    trustedProxies: config.trustedProxies,
  })
  atEnd(() => door.close())
  atEnd(() => gateway.close())

  const address = await door.listen(config.host, config.port).catch(error => {
    throw listenError(error, config)
  })
  if (config.port === 0) publicUrl = publicUrl.replace(/:0$/, `:${address.port}`)
  origins = [
    ...new Set([new URL(publicUrl).origin, `http://127.0.0.1:${address.port}`, `http://localhost:${address.port}`]),
  ]
  lock.announce(publicUrl)
  await refreshStudioUrls(db, name => `${publicUrl}/studios/${name}`)

  const key = await keyForScripts(db, secrets, now())
  const endpoint = defaultPublicUrl(config.host, address.port)
  if (key)
    await makeFirstStudio(createSignedClient({ endpoint, region, ...key }), accountId).catch(error =>
      // Whoever has set quotas so narrow, or is deleting it, has a server all the same.
      logger.error({ err: error }, 'the first studio could not be made: it is tried again at the next start'),
    )
  writeQuickstart(home, {
    ...(key ? { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey } : {}),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL_NIMBLE: publicUrl,
    AWS_ENDPOINT_URL_ATELIER: publicUrl,
    AWS_ENDPOINT_URL_STS: publicUrl,
    AWS_ENDPOINT_URL_IDENTITYSTORE: publicUrl,
    AWS_DATA_PATH: writeModels(home, publicUrl),
  })
  const welcomeCode = await firstSignIn(db, now())
  const { guarantees } = await driver.capabilities()
  lock.announce(publicUrl, guarantees)
  logger.info({ publicUrl, driver: driver.name }, 'ready')
  return banner({ publicUrl, welcomeCode, guarantees, home })
}

const readIfThere = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)

const openDriver = async ({ driver, home, workstations }: Config, log: (line: string) => void): Promise<Driver> =>
  driver === 'simulated'
    ? createSimulatedDriver({ root: join(home, 'simulated') })
    : createLocalDriver({ root: join(home, 'local'), log, ...workstations })

const openRepository = ({ repository, home }: Config): Repository | undefined =>
  repository && createRepository({ ...repository, cacheFolder: join(home, 'restic-cache') })

const throttleLimits = ({ throttle }: Config) => ({
  read: { perSecond: throttle.readsPerSecond, burst: throttle.readsPerSecond * 10 },
  write: { perSecond: throttle.changesPerSecond, burst: throttle.changesPerSecond * 10 },
})

/** How long a stop may take before the process ends all the same, ms. */
const patienceMs = 15_000

try {
  const { ready, close } = await start(readConfig(process.env))
  console.log(ready)
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // Ctrl-C comes twice, from the terminal and from npm, and the second must not cut off what the first began.
      if (stopping) return
      stopping = true
      setTimeout(() => process.exit(1), patienceMs).unref()
      close().then(
        () => process.exit(0),
        error => {
          console.error(error)
          process.exit(1)
        },
      )
    })
} catch (error) {
  const known = [ConfigError, StartupError, DriverError, InstanceTypesError].some(kind => error instanceof kind)
  console.error(known ? `atelier: ${(error as Error).message}` : error)
  process.exit(1)
}
