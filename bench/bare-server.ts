/** The peer of `list`: Node's own HTTP server, handing out answers from memory. They come from the parent, by path. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Answer {
  path: string
  headers: Record<string, string>
  body: string
}

const answers = new Map<string, { headers: Record<string, string>; body: Buffer }>()

const server = createServer((request, response) => {
  const answer = answers.get(request.url ?? '')
  response.writeHead(answer ? 200 : 404, answer?.headers)
  response.end(answer?.body)
})

process.on('message', ({ path, headers, body }: Answer) => {
  answers.set(path, { headers, body: Buffer.from(body) })
  process.send?.(path)
})
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
