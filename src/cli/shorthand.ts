/**
 * The AWS CLI's short way to write a structure: `mode=AUTOMATIC,maxBackupsToRetain=3`, lists as `a,b` or `[a,b]`,
 * structures within as `{…}`, and quotes around what holds a comma. Every scalar comes out as text.
 */
import { misused } from './terminal.ts'

export type Shorthand = string | Shorthand[] | { [key: string]: Shorthand }

export const parseShorthand = (text: string): Record<string, Shorthand> => {
  let at = 0

  const fail = (expected: string): never => {
    throw misused(
      `expected ${expected}, but there is ${JSON.stringify(text[at] ?? 'the end')} at ${at} of: ${text.slice(0, 200)}`,
    )
  }
  /** What the pattern, a sticky one, finds here. */
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const [found] = pattern.exec(text) ?? []
    if (found !== undefined) at += found.length
    return found
  }
  const blanks = () => take(/\s*/y)
  const expect = (sign: string) => {
    blanks()
    if (text[at] !== sign) fail(`"${sign}"`)
    at++
    blanks()
  }

  const key = (): string => take(/[\w.#/:-]+/y) ?? fail('a name')
  const quoted = (): string | undefined => {
    const quote = text[at]
    if (quote !== '"' && quote !== "'") return undefined
    const found = take(quote === '"' ? /"(?:\\.|[^"\\])*"/sy : /'(?:\\.|[^'\\])*'/sy) ?? fail(`a closing ${quote}`)
    return found.slice(1, -1).replace(/\\(["'\\])/g, (whole, sign) => (sign === quote || sign === '\\' ? sign : whole))
  }
  const word = (pattern: RegExp): string | undefined => take(pattern)?.replaceAll('\\,', ',').trimEnd()
  const scalar = (): string => quoted() ?? word(/(?:\\,|[^,'"\]}])*/y) ?? ''

  const list = (): Shorthand[] => {
    expect('[')
    const items: Shorthand[] = []
    while (text[at] !== ']') {
      items.push(nested())
      blanks()
      if (text[at] !== ']') expect(',')
    }
    at++
    return items
  }
  const structure = (): Record<string, Shorthand> => {
    expect('{')
    const members: Record<string, Shorthand> = {}
    while (text[at] !== '}') {
      put(members, key(), nested)
      blanks()
      if (text[at] !== '}') expect(',')
    }
    at++
    return members
  }
  const nested = (): Shorthand => (text[at] === '[' ? list() : text[at] === '{' ? structure() : scalar())

  /** After a comma comes the next item of a list, or, where `=` follows, the next member. */
  const values = (): Shorthand => {
    if (text[at] === '[' || text[at] === '{') return nested()
    const items = [scalar()]
    for (;;) {
      const before = at
      blanks()
      if (text[at] !== ',') break
      expect(',')
      const item = quoted() ?? word(/(?:\\,|[^,'"\]}=])+/y)
      blanks()
      if (item === undefined || (at < text.length && text[at] !== ',')) {
        at = before
        break
      }
      items.push(item)
    }
    return items.length === 1 ? (items[0] ?? '') : items
  }

  const put = (members: Record<string, Shorthand>, name: string, value: () => Shorthand) => {
    if (Object.hasOwn(members, name)) throw misused(`"${name}" is given twice in: ${text.slice(0, 200)}`)
    expect('=')
    Object.defineProperty(members, name, { value: value(), enumerable: true, writable: true, configurable: true })
  }

  const members: Record<string, Shorthand> = {}
  put(members, key(), values)
  while (at < text.length) {
    expect(',')
    put(members, key(), values)
  }
  return members
}
