/** Requests as the client signs them, for whoever sends them: a load, or a stop-watch that wants nothing else timed. */
import type { Client } from '../src/contract/client.ts'
import type { RunningServer } from './server.ts'

export interface Signed {
  method: string
  path: string
  headers: Record<string, string>
  body: string
}

/** A request signed once may be sent for as long as its date is fresh; so each round signs its own. */
export const signed = async (server: RunningServer, call: (client: Client) => Promise<unknown>): Promise<Signed> => {
  let request: Signed | undefined
  const client = server.clientWith(async (input, init) => {
    const { pathname, search } = new URL(String(input))
    const { method = 'GET', headers, body } = init ?? {}
    request = {
      ...{ method, path: pathname + search },
      ...{ headers: headers as Record<string, string>, body: typeof body === 'string' ? body : '' },
    }
    return new Response()
  })
  await call(client)
  if (!request) throw new Error('a call has asked for nothing')
  return request
}
