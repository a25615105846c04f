/** The AWS CLI, which takes a second to start, started once for many commands (aws.py). */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Outcome {
  code: number
  output: string
  complaint: string
}

export interface AwsCli {
  /** One after the other, in the order in which they are asked for; each has this environment and no other. */
  run(words: readonly string[], env: Readonly<Record<string, string>>): Promise<Outcome>
  close(): Promise<void>
}

const commandLimitMs = 60_000

/** `env`: of its start, when it looks for a home. */
export const startAwsCli = (env: Record<string, string>): AwsCli => {
  const program = new URL('aws.py', import.meta.url).pathname
  const child: ChildProcess = spawn('/usr/bin/python3', [program], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let complaints = ''
  child.stderr?.setEncoding('utf8').on('data', text => {
    complaints += text
  })
  child.stdin?.on('error', () => {})
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  const answer = async (): Promise<Outcome> => {
    const limit = setTimeout(() => child.kill('SIGKILL'), commandLimitMs)
    const { value, done } = await lines.next()
    clearTimeout(limit)
    if (done) throw new Error(`the AWS CLI has ended: ${complaints}`)
    return JSON.parse(value)
  }
  let last: Promise<unknown> = Promise.resolve()
  return {
    run(words, given) {
      const outcome = last.then(() => {
        child.stdin?.write(`${JSON.stringify({ words, env: given })}\n`)
        return answer()
      })
      last = outcome.catch(() => {})
      return outcome
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.stdin?.end()
      await ended
    },
  }
}
