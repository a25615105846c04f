/**
 * Patterns of policies: `*` is any run of characters, `?` any one, `${key}` the value of a fact, taken literally even
 * where it contains a wildcard. `${*}`, `${?}` and `${$}` are those characters themselves.
 *
 * A pattern is cut at its stars. The first and the last piece have their places, and each of those between is taken
 * where it is first found, which never needs to be taken back. So the time is bounded by the length of the value times
 * the length of the pattern, whatever the pattern; there is no regular expression to explode.
 */
export interface Pattern {
  /** What stands between the stars. */
  pieces: readonly Piece[]
  /** Whether facts must be filled in first. */
  hasFacts: boolean
}

interface Piece {
  parts: readonly Part[]
  /** In UTF-16 units, facts not counted. */
  length: number
}

type Part = string | typeof anyOne | { fact: string }
const anyOne = Symbol('any one character')

export interface PatternRules {
  /** The name of a fact that may be a variable; undefined for any other. */
  factNamed: (key: string) => string | undefined
  /** Whether `*` and `?` are wildcards, or themselves. */
  wildcards: boolean
}

/** Throws a SyntaxError that says what is wrong. */
export const compilePattern = (text: string, { factNamed, wildcards }: PatternRules): Pattern => {
  const pieces: Part[][] = [[]]
  let hasFacts = false
  for (const [token] of text.matchAll(/\$\{[^}]*\}?|[*?]|[^$*?]+|\$/g)) {
    if (token === '*' && wildcards) {
      pieces.push([])
      continue
    }
    const part = token === '?' && wildcards ? anyOne : token.startsWith('${') ? readVariable(token, factNamed) : token
    hasFacts ||= typeof part === 'object'
    pieces.at(-1)?.push(part)
  }
  return { pieces: pieces.map(toPiece), hasFacts }
}

const readVariable = (text: string, factNamed: PatternRules['factNamed']): Part => {
  if (!text.endsWith('}')) throw new SyntaxError('a variable has no closing brace')
  const key = text.slice(2, -1)
  if (key === '*' || key === '?' || key === '$') return key
  const fact = factNamed(key)
  if (fact === undefined) throw new SyntaxError(`${text} is not a variable of these policies`)
  return { fact }
}

/** Neighbouring texts become one, which is then found in one search. */
const toPiece = (parts: readonly Part[]): Piece => {
  const joined: Part[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (typeof part === 'string' && typeof last === 'string') joined[joined.length - 1] = last + part
    else joined.push(part)
  }
  const length = joined.reduce((sum, part) => sum + (typeof part === 'string' ? part.length : 1), 0)
  return { parts: joined, length }
}

/** Names of the facts that its variables stand for. */
export const factsOf = ({ pieces }: Pattern): string[] =>
  pieces.flatMap(({ parts }) => parts.flatMap(part => (typeof part === 'object' ? [part.fact] : [])))

/** A pattern with a variable whose fact is absent matches nothing. */
export const matches = (pattern: Pattern, value: string, factOf: (key: string) => string | undefined): boolean => {
  const pieces = pattern.hasFacts ? fillIn(pattern.pieces, factOf) : pattern.pieces
  const first = pieces?.[0]
  const last = pieces?.at(-1)
  if (!pieces || !first || !last) return false
  if (pieces.length === 1) return value.length === first.length && isAt(first, value, 0)
  const end = value.length - last.length
  if (end < first.length || !isAt(first, value, 0) || !isAt(last, value, end)) return false
  let at = first.length
  for (let i = 1; i < pieces.length - 1; i++) {
    const piece = pieces[i]
    if (!piece) continue
    const found = find(piece, value, at, end)
    if (found < 0) return false
    at = found + piece.length
  }
  return true
}

const fillIn = (pieces: readonly Piece[], factOf: (key: string) => string | undefined): Piece[] | undefined => {
  const filled: Piece[] = []
  for (const { parts } of pieces) {
    const known: Part[] = []
    for (const part of parts) {
      const text = typeof part === 'object' ? factOf(part.fact) : part
      if (text === undefined) return undefined
      known.push(text)
    }
    filled.push(toPiece(known))
  }
  return filled
}

const isAt = ({ parts }: Piece, value: string, start: number): boolean => {
  let at = start
  for (const part of parts) {
    if (typeof part === 'string' && !value.startsWith(part, at)) return false
    at += typeof part === 'string' ? part.length : 1
  }
  return at <= value.length
}

/** Where the piece is first found between the two places; -1 where it is not. */
const find = (piece: Piece, value: string, from: number, end: number): number => {
  const last = end - piece.length
  const [only, ...others] = piece.parts
  if (typeof only === 'string' && others.length === 0) {
    const at = value.indexOf(only, from)
    return at <= last ? at : -1
  }
  for (let at = from; at <= last; at++) if (isAt(piece, value, at)) return at
  return -1
}
