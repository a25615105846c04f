/**
 * A browser by its DevTools protocol (https://chromedevtools.github.io/devtools-protocol/), and of that only what is called here.
 * Playwright has DevTools copy every message of every WebSocket to it, which takes the browser more time than what it
 * does with the message.
 */
import { once } from 'node:events'
import { WebSocket } from 'ws'

const limitMs = 30_000

export interface DevTools {
  /** Throws what DevTools answers in place of a result. `session`: of a page, in place of the browser. */
  call<Result = unknown>(method: string, parameters?: object, session?: string): Promise<Result>
  close(): void
}

interface Answer {
  id?: number
  result?: unknown
  error?: { message: string }
}

export const connectDevTools = async (address: string): Promise<DevTools> => {
  const socket = new WebSocket(address, { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024 })
  await once(socket, 'open', { signal: AbortSignal.timeout(limitMs) })
  const waiting = new Map<number, (answer: Answer) => void>()
  let last = 0
  socket.on('message', data => {
    const answer = JSON.parse(String(data)) as Answer
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer)
  })
  socket.on('close', () => {
    for (const tell of waiting.values()) tell({ error: { message: 'the browser has ended' } })
  })
  return {
    async call<Result>(method: string, parameters = {}, session?: string) {
      const id = ++last
      const { promise, resolve } = Promise.withResolvers<Answer>()
      const late = setTimeout(() => resolve({ error: { message: 'no answer' } }), limitMs)
      waiting.set(id, resolve)
      socket.send(JSON.stringify({ id, method, params: parameters, sessionId: session }))
      const { result, error } = await promise
      clearTimeout(late)
      waiting.delete(id)
      if (error) throw new Error(`${method}: ${error.message}`)
      return result as Result
    },
    close: () => socket.close(),
  }
}
