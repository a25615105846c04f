/** The process that loads a server (`load.ts`), and what the server used up meanwhile. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Job, Outcome } from './load.ts'
import { processorTime, stop } from './server.ts'

const patienceMs = 20_000

export interface Caller {
  ask(job: Job): Promise<Outcome>
  stop(): Promise<void>
}

export const startCaller = (): Caller => {
  const child = fork(new URL('./load.ts', import.meta.url), { detached: true })
  return {
    async ask(job) {
      child.send(job)
      const [outcome] = (await once(child, 'message', { signal: AbortSignal.timeout(patienceMs) })) as [Outcome]
      if (outcome.failed > 0) throw new Error(`${outcome.failed} requests failed under load`)
      return outcome
    },
    stop: () => stop(child),
  }
}

export interface Load {
  perSecond: number
  /** Processor time of the server for one answer, in microseconds. */
  microseconds: number
}

export const measured = async (caller: Caller, pid: number, job: Job): Promise<Load> => {
  const before = processorTime(pid)
  const { answered, seconds } = await caller.ask(job)
  return { perSecond: answered / seconds, microseconds: ((processorTime(pid) - before) / answered) * 1e6 }
}
