/** How answers are printed: JSON byte for byte as the AWS CLI (version 2) prints it, or a table for people. */
import { shapeOf } from '../contract/model.ts'

export type OutputForm = 'json' | 'table'

/** Undefined when there is nothing to print, as where an operation answers with nothing. */
export const formatAnswer = (
  answer: Record<string, unknown>,
  form: OutputForm,
  columns?: number,
): string | undefined => {
  if (Object.keys(answer).length === 0) return undefined
  return form === 'json' ? formatJson(answer) : formatTables(answer, columns)
}

export const formatJson = (value: unknown): string => JSON.stringify(plain(value), undefined, 4)

/** Times as `2026-11-24T12:00:00+00:00`. */
const plain = (value: unknown): unknown => {
  if (value instanceof Date) return formatTime(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]))
}

const formatTime = (time: Date) => `${time.toISOString().slice(0, 19)}+00:00`

/** The answer with its members in the order of the model, which is the order they are printed in. */
export const inOrder = (value: unknown, shapeName: string): unknown => {
  const shape = shapeOf(shapeName)
  if (value instanceof Date || typeof value !== 'object' || value === null) return value
  if (shape.type === 'list') return (value as unknown[]).map(item => inOrder(item, shape.member.shape))
  if (shape.type !== 'structure') return value
  const members = value as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(shape.members)
      .filter(([name]) => members[name] !== undefined)
      .map(([name, member]) => [name, inOrder(members[name], member.shape)]),
  )
}

type Row = Record<string, unknown>

const formatTables = (answer: Row, columns: number | undefined): string =>
  Object.entries(answer)
    .map(([name, value]) => {
      if (isRow(value)) return formatRecord(value)
      if (!Array.isArray(value)) return `${name}: ${cell(value)}`
      if (value.length === 0) return `${name}: none`
      return value.every(isRow) ? formatRows(value, columns) : value.map(cell).join('\n')
    })
    .join('\n\n')

const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** A line for each, or, where the lines would be wider than the terminal, a block for each. */
export const formatRows = (rows: readonly Row[], columns = Number.POSITIVE_INFINITY): string => {
  const names = [...new Set(rows.flatMap(row => Object.keys(row)))]
  const lines = [names, ...rows.map(row => names.map(name => cell(row[name])))]
  const widths = names.map((_, i) => Math.max(...lines.map(line => widthOf(line[i] ?? ''))))
  if (widths.reduce((sum, width) => sum + width + 2, -2) > columns) return rows.map(formatRecord).join('\n\n')
  lines.splice(
    1,
    0,
    widths.map(width => '-'.repeat(width)),
  )
  return lines
    .map(line =>
      line
        .map((text, i) => pad(text, widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const formatRecord = (row: Row): string => {
  const width = Math.max(...Object.keys(row).map(widthOf))
  return Object.entries(row)
    .map(([name, value]) => `${pad(name, width)}  ${cell(value)}`.trimEnd())
    .join('\n')
}

const cell = (value: unknown): string => {
  if (value === undefined) return ''
  if (value instanceof Date) return formatTime(value)
  if (Array.isArray(value)) return value.map(cell).join(', ')
  if (isRow(value))
    return Object.entries(value)
      .map(([name, item]) => `${cell(name)}=${cell(item)}`)
      .join(', ')
  // Text of others must not steer the terminal, nor look like a line of ours.
  return String(value)
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD')
}

const widthOf = (text: string) => [...text].length
const pad = (text: string, width: number) => text + ' '.repeat(Math.max(0, width - widthOf(text)))
