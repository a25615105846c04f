/** The third process of a benchmark: asks a server as fast as answers come, over a few connections that stay open. */
import autocannon from 'autocannon'

export interface Job {
  origin: string
  /** Sent in turn, from the first again after the last. */
  requests: { path: string; headers: Record<string, string> }[]
  seconds: number
  /** Over HTTPS: the certificate of who asks, and its key, as PEM. */
  client?: { cert: string; key: string }
}

export interface Outcome {
  answered: number
  /** Refusals, and connections that broke. */
  failed: number
  seconds: number
}

const connections = 8

process.on('message', async ({ origin, requests, seconds, client }: Job) => {
  const result = await autocannon({
    ...{ url: origin, requests, connections, duration: seconds },
    ...(client ? { tlsOptions: client } : {}),
  })
  process.send?.({
    answered: result['2xx'],
    failed: result.non2xx + result.errors,
    seconds: result.duration,
  } satisfies Outcome)
})
process.on('disconnect', () => process.exit())
