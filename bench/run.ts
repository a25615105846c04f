/** `npm run bench -- NAME [--json FILE]`: one benchmark, against a peer in the same run. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { list } from './list.ts'
import { type Report, toText } from './report.ts'
import { session } from './session.ts'

export interface Benchmark {
  /** One line: what is measured, against what. */
  about: string
  run(log: (line: string) => void): Promise<Report>
}

const benchmarks: Readonly<Record<string, Benchmark>> = { list, session }

const usage = () =>
  [
    'npm run bench -- NAME [--json FILE]',
    '',
    ...Object.entries(benchmarks).map(([name, { about }]) => `  ${name.padEnd(10)}${about}`),
  ].join('\n')

const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true })
const [name = '', ...more] = positionals
const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined
if (!benchmark || more.length > 0) {
  console.log(usage())
  process.exitCode = positionals.length > 0 ? 2 : 0
} else {
  const report = await benchmark.run(line => console.error(line))
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
  console.log(toText(report))
}
