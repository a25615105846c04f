/** What every benchmark ends in: rows that hold a figure of ours against one of the same run. */
import { availableParallelism, cpus, release, totalmem } from 'node:os'

export interface Row {
  what: string
  ours: number
  /** The peer's figure, or the limit that the goal sets. */
  peer: number
  unit: string
  /** ours / peer */
  ratio: number
  /** Such as `>= 0.3`; absent for a row that is only told. */
  goal?: string
  ok?: boolean
}

export interface Report {
  name: string
  /** What `peer` is. */
  peer: string
  machine: Machine
  /** Each row is the median of so many interleaved measurements. */
  rounds: number
  rows: Row[]
}

export interface Machine {
  cpu: string
  cores: number
  memoryGiB: number
  kernel: string
  node: string
}

export const machine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  node: process.version,
})

export interface Goal {
  atLeast?: number
  atMost?: number
}

export const toRow = (what: string, ours: number, peer: number, unit: string, goal: Goal = {}): Row => {
  const ratio = ours / peer
  const row = { what, ours: rounded(ours), peer: rounded(peer), unit, ratio: rounded(ratio) }
  if (goal.atLeast !== undefined) return { ...row, goal: `>= ${goal.atLeast}`, ok: ratio >= goal.atLeast }
  if (goal.atMost !== undefined) return { ...row, goal: `<= ${goal.atMost}`, ok: ratio <= goal.atMost }
  return row
}

/** Against a limit that is no measurement: the ratio tells how near it is. */
export const toLimitRow = (what: string, ours: number, unit: string, goal: Goal): Row => {
  const limit = goal.atMost ?? goal.atLeast ?? Number.NaN
  const ratio = ours === limit ? 1 : ours / limit
  const ok = goal.atMost === undefined ? ours >= limit : ours <= limit
  const words = goal.atMost === undefined ? 'at least that' : 'at most that'
  return { what, ours: rounded(ours), peer: rounded(limit), unit, ratio: rounded(ratio), goal: words, ok }
}

/** Three figures that mean something; more would be noise. */
const rounded = (value: number) => Number(value.toPrecision(3))

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = Number.NaN, high = low] = sorted.length % 2 ? sorted.slice(middle) : sorted.slice(middle - 1)
  return sorted.length % 2 ? low : (low + high) / 2
}

export const toText = ({ name, peer, machine, rounds, rows }: Report): string => {
  const table = [
    ['', 'ours', 'peer', 'unit', 'ratio', 'goal', ''],
    ...rows.map(row => [
      row.what,
      String(row.ours),
      String(row.peer),
      row.unit,
      String(row.ratio),
      row.goal ?? '',
      row.ok === undefined ? '' : row.ok ? 'reached' : 'MISSED',
    ]),
  ]
  const widths = table[0]?.map((_, column) => Math.max(...table.map(line => line[column]?.length ?? 0))) ?? []
  const numeric = [1, 2, 4]
  const lines = table.map(line =>
    line
      .map((cell, column) => cell[numeric.includes(column) ? 'padStart' : 'padEnd'](widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const { cpu, cores, memoryGiB, kernel, node } = machine
  const goals = rows.filter(row => row.goal !== undefined)
  const missed = goals.filter(row => row.ok === false).length
  return [
    `${name}: medians of ${rounds} interleaved rounds; peer: ${peer}`,
    `${cores} cores (${cpu}), ${memoryGiB} GiB, Linux ${kernel}, Node ${node}`,
    '',
    ...lines,
    '',
    goals.length === 0
      ? 'No goal is set; the figures are told.'
      : missed > 0
        ? `${missed} of ${goals.length} goals missed.`
        : 'All goals reached.',
  ].join('\n')
}
