import { type Client, type ClientOptions, createClient } from './client.ts'
import { type Credentials, signRequest } from './sign-request.ts'

export interface SignedClientOptions extends Credentials, Pick<ClientOptions, 'fetch'> {
  /** Scheme, host and port without a slash at the end. */
  endpoint: string
  region: string
}

/** A client that proves with an access key who is calling, as a script's does. */
export const createSignedClient = ({ endpoint, fetch, ...key }: SignedClientOptions): Client => {
  const scope = { ...key, host: new URL(endpoint).host }
  return createClient({
    endpoint,
    authorize: request => signRequest(request, { ...scope, service: request.service, now: Date.now() }),
    ...(fetch ? { fetch } : {}),
  })
}
