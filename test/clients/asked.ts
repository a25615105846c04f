/** A client in a process of its own that asks what it is told to: one of the programs `asking…` beside this file. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** What a client makes of an answer or of a refusal. Times are texts as in the API. */
export interface Said {
  answer?: Record<string, unknown>
  error?: {
    name: string
    /** The client knows it as an exception of the API, not only as a text. */
    typed: boolean
    /** Where the client tells. */
    status?: number
    reason?: string
  }
}

export interface AskedClient {
  call(operation: string, input: object): Promise<Said>
  /** Walks with the client's own paginator; `between` is done after each page. All ids that it met. */
  walk(
    operation: string,
    input: object,
    item: { items: string; id: string },
    between: (ids: string[]) => Promise<void>,
  ): Promise<string[]>
  /** Whether the client's own waiter succeeded or has found a failure. It looks each second, and not for ever. */
  wait(waiter: string, input: object): Promise<'success' | 'failure' | 'neither'>
  close(): Promise<void>
}

const answerLimitMs = 60_000

export const createAskedClient = (script: string, env: Record<string, string>): AskedClient => {
  const path = new URL(script, import.meta.url).pathname
  const program = script.endsWith('.py') ? '/usr/bin/python3' : process.execPath
  const child: ChildProcess = spawn(program, [path], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let complaints = ''
  child.stderr?.setEncoding('utf8').on('data', text => {
    complaints += text
  })
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()

  const ask = async (question: object): Promise<Record<string, unknown>> => {
    child.stdin?.write(`${JSON.stringify(question)}\n`)
    const limit = setTimeout(() => child.kill('SIGKILL'), answerLimitMs)
    const { value, done } = await lines.next()
    clearTimeout(limit)
    if (done) throw new Error(`${script} has ended: ${complaints}`)
    return JSON.parse(value)
  }

  return {
    call: (operation, input) => ask({ do: 'call', operation, input }),
    async walk(operation, input, item, between) {
      const walked: string[] = []
      let page = await ask({ do: 'walk', operation, input, ...item })
      while (page.ids !== undefined) {
        walked.push(...(page.ids as string[]))
        await between(page.ids as string[])
        page = await ask({ do: 'next' })
      }
      return walked
    },
    wait: async (waiter, input) => (await ask({ do: 'wait', waiter, input })).outcome as 'success',
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.stdin?.end()
      const limit = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(limit)
    },
  }
}
