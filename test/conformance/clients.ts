/** A studio, and three of AWS's clients in processes of their own that call it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DriverError } from '../../src/compute/driver.ts'
import type { SimulatedVerb } from '../../src/compute/simulated/simulated.ts'
import { operationOf, serviceOf, structureOf } from '../../src/contract/model.ts'
import type { OperationName } from '../../src/contract/types.ts'
import { acceptEulas } from '../../src/operations/eulas.ts'
import { handlers } from '../../src/operations/handlers.ts'
import { writeModels } from '../../src/server/models.ts'
import { makeThings, theEula } from '../calls.ts'
import { type AskedClient, createAskedClient } from '../clients/asked.ts'
import { createHttpStudio, type HttpStudioOptions } from '../http-studio.ts'
import type { TestPrincipal } from '../principals.ts'
import { ownEnvironment } from '../server.ts'
import { accountCaller, realClock } from '../studio.ts'

export const clients = { boto3: 'asking_boto3.py', sdk: 'asking-sdk.ts', cli: 'asking_cli.py' }
export type ClientName = keyof typeof clients
export const clientNames = Object.keys(clients) as ClientName[]

export type ClientsStudio = Awaited<ReturnType<typeof createClientsStudio>>

export const createClientsStudio = async (options: HttpStudioOptions = {}) => {
  /** What the simulated driver is to fail at. */
  const failures = new Map<SimulatedVerb, DriverError>()
  const studio = await createHttpStudio({ clock: realClock, driver: { fail: verb => failures.get(verb) }, ...options })
  const home = mkdtempSync(join(tmpdir(), 'a-'))
  const things = await makeThings(studio, accountCaller, await studio.profile())
  await acceptEulas(studio.call(), { studioId: studio.studioId, eulaIds: [theEula] })
  const artists = [(await studio.add('user', 'ada')).principalId, (await studio.add('user', 'grace')).principalId]
  const reconciler = await studio.reconciler()
  const models = writeModels(home, studio.origin)

  const environment = (key: TestPrincipal): Record<string, string> => ({
    ...ownEnvironment(),
    HOME: home,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_REGION: studio.installation.region,
    AWS_DEFAULT_REGION: studio.installation.region,
    AWS_ENDPOINT_URL_NIMBLE: studio.origin,
    AWS_DATA_PATH: models,
    // What is refused stays refused, and nobody waits for the second try.
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
  })
  const keys = {} as Record<ClientName, TestPrincipal>
  const asked = {} as Record<ClientName, AskedClient>
  for (const name of clientNames) {
    keys[name] = await studio.add('account', name)
    asked[name] = createAskedClient(clients[name], environment(keys[name]))
  }
  return {
    ...studio,
    things,
    artists,
    failures,
    /** Each client's own, and the client. */
    keys,
    asked,
    close: async () => {
      for (const client of Object.values(asked)) await client.close()
      await reconciler.close()
      await studio.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Operations of the contract that are carried out. */
export const implemented = (Object.keys(handlers) as OperationName[]).filter(
  operation => serviceOf(operation).signingName === 'nimble',
)

export const membersIn = (operation: OperationName): string[] =>
  Object.keys(structureOf(operationOf(operation).input.shape).members)
