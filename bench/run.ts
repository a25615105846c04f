/** `npm run bench -- NAME [options]`: one benchmark, against a peer in the same run. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { backup } from './backup.ts'
import { list } from './list.ts'
import { listPeer } from './list-peer.ts'
import { memory } from './memory.ts'
import { reads } from './reads.ts'
import { type Report, toText } from './report.ts'
import { session } from './session.ts'
import { storm } from './storm.ts'
import { stream } from './stream.ts'

export interface Run {
  log(line: string): void
  /** Somebody wants it to end. Its servers are processes of their own group: what was begun is ended in order. */
  interrupted: AbortSignal
  /** As asked for, where the benchmark has a choice. */
  rounds?: number | undefined
  only?: string | undefined
}

export interface Benchmark {
  /** One line: what is measured, against what. */
  about: string
  /** That can be measured alone, with `--only`. */
  parts?: readonly string[]
  /** What is missing on this machine, and how to get it; undefined when nothing is. */
  lacks?(): string | undefined
  /** Leaves no process, mount or folder behind, however it ends. */
  run(run: Run): Promise<Report>
}

const benchmarks: Readonly<Record<string, Benchmark>> = {
  backup,
  list,
  'list-peer': listPeer,
  memory,
  reads,
  session,
  storm,
  stream,
}

const usage = () =>
  [
    'npm run bench -- NAME [--json FILE] [--rounds COUNT] [--only PART]',
    '',
    ...Object.entries(benchmarks).map(
      ([name, { about, parts }]) => `  ${name.padEnd(11)}${about}${parts ? `; --only ${parts.join('|')}` : ''}`,
    ),
  ].join('\n')

/** The number that shells give to what a signal has ended. */
const endedBy = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

interface Asked {
  json?: string | undefined
  rounds?: string | undefined
  only?: string | undefined
}

const carryOut = async (benchmark: Benchmark, { json: file, rounds, only }: Asked): Promise<number> => {
  const { parts = [] } = benchmark
  if (only !== undefined && !parts.includes(only)) {
    console.error(
      parts.length > 0 ? `--only takes one of ${parts.join(', ')}` : 'this benchmark has no parts: leave out --only',
    )
    return 2
  }
  const lacking = benchmark.lacks?.()
  if (lacking !== undefined) {
    console.error(lacking)
    return 2
  }
  const ending = new AbortController()
  let by: keyof typeof endedBy | undefined
  for (const signal of Object.keys(endedBy) as (keyof typeof endedBy)[])
    process.on(signal, () => {
      // Ctrl-C comes twice, from the terminal and from npm.
      if (by) return
      by = signal
      console.error('ending, and removing what it made')
      ending.abort()
    })
  try {
    const report = await benchmark.run({
      ...{ log: line => console.error(line), interrupted: ending.signal },
      ...{ rounds: rounds === undefined ? undefined : Number(rounds), only },
    })
    if (file !== undefined) writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`)
    console.log(toText(report))
    return 0
  } catch (error) {
    // What could not be removed comes as an error of its own, around this one.
    const { reason } = ending.signal
    const isEnding = error === reason || (error instanceof Error && error.cause === reason)
    if (by && isEnding) return endedBy[by]
    throw error
  }
}

const text = { type: 'string' } as const
const { values, positionals } = parseArgs({ options: { json: text, rounds: text, only: text }, allowPositionals: true })
const [name = '', ...more] = positionals
const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined
const isCount = values.rounds === undefined || /^[1-9]\d?$/.test(values.rounds)
if (!benchmark || more.length > 0 || !isCount) {
  console.log(usage())
  process.exitCode = positionals.length > 0 ? 2 : 0
} else process.exitCode = await carryOut(benchmark, values)
