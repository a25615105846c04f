/** The server that a command talks to, and the key it signs with. */
import { createSignedClient } from '../contract/signed-client.ts'
import { type Call, createCall } from './call.ts'
import { type Exports, quickstartFile, readQuickstart } from './quickstart.ts'
import { CommandError, exitCodes, type Terminal } from './terminal.ts'

export interface Target {
  endpoint?: string | undefined
  region?: string | undefined
}

/**
 * The environment says where and who, as for the AWS CLI; what it does not say is taken from the quick start of the
 * server on this machine. The two halves of a key come from one place.
 */
export const connect = ({ env, home }: Terminal, target: Target = {}): Call => {
  let quickStart: Exports | undefined
  const exported = (name: string): string | undefined => {
    quickStart ??= readUsable(home()) ?? {}
    return quickStart[name]
  }
  const keys = env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY ? (name: string) => env[name] : exported
  const endpoint =
    target.endpoint || env.AWS_ENDPOINT_URL_NIMBLE || env.AWS_ENDPOINT_URL || exported('AWS_ENDPOINT_URL_NIMBLE')
  const region = target.region || env.AWS_REGION || env.AWS_DEFAULT_REGION || exported('AWS_REGION')
  const accessKeyId = keys('AWS_ACCESS_KEY_ID')
  const secretAccessKey = keys('AWS_SECRET_ACCESS_KEY')
  if (!endpoint || !region || !accessKeyId || !secretAccessKey)
    throw new CommandError(
      exitCodes.setup,
      [
        `nothing says which server to call: there is no ${quickstartFile(home())}`,
        'Run npm start on this machine, or set AWS_ENDPOINT_URL_NIMBLE, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
      ].join('\n'),
    )
  const origin = originOf(endpoint)
  return createCall(createSignedClient({ endpoint: origin, region, accessKeyId, secretAccessKey }), origin)
}

const readUsable = (home: string): Exports | undefined => {
  try {
    return readQuickstart(home)
  } catch (error) {
    throw new CommandError(exitCodes.setup, `${quickstartFile(home)} cannot be used: ${(error as Error).message}`)
  }
}

const originOf = (endpoint: string): string => {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.username) return url.origin
  throw new CommandError(exitCodes.setup, 'the endpoint must be an address such as https://studio.example.com')
}
