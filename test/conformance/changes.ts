/** Ways to change a text or a signed request in one place. */
import type { Incoming } from '../../src/contract/http.ts'

/** Each text that differs from this one in one bit of one byte. */
export const bitFlips = (text: string): string[] =>
  Array.from(text).flatMap((_, i) =>
    Array.from({ length: 8 }, (_, bit) => {
      const flipped = String.fromCharCode(text.charCodeAt(i) ^ (1 << bit))
      return text.slice(0, i) + flipped + text.slice(i + 1)
    }),
  )

/** Every beginning of a text. */
export function beginnings(text: string): string[] {
  return Array.from(text, (_, i) => text.slice(0, i))
}

/** The text cut anywhere, or without any one of its bytes. */
export function shorter(text: string): string[] {
  return [...beginnings(text), ...Array.from(text, (_, i) => text.slice(0, i) + text.slice(i + 1))]
}

/** The text with one of these characters in every place. */
export function longer(text: string, characters: string): string[] {
  return Array.from({ length: text.length + 1 }, (_, i) =>
    Array.from(characters).map(character => text.slice(0, i) + character + text.slice(i)),
  ).flat()
}

/** Pairs of a query in order, as SigV4 compares them. */
export function canonical(query: string): string {
  const pairs = query === '' ? [] : query.split('&').map(pair => (pair.includes('=') ? pair : `${pair}=`))
  return pairs.sort().join('&')
}

export function swapCase(character: string): string | undefined {
  const swapped = character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase()
  return swapped === character ? undefined : swapped
}

/** Letters and digits that look the same, fold to the same, or decode to the same: never the same here. */
export const lookAlikes: Record<string, string> = {
  ...{ a: 'а', c: 'с', e: 'е', i: 'і', o: 'о', p: 'р', s: 'ſ', x: 'х', A: 'А', K: '\u212a', S: 'Ѕ', H: 'Н' },
  ...{ '0': '０', '1': '１', '2': '２', '/': '∕', '=': '＝', '-': '‐', '4': '٤' },
}

export const replacedOnce = (text: string, disguise: (character: string) => string | undefined): string[] =>
  Array.from(text).flatMap((character, i) => {
    const other = disguise(character)
    return other === undefined ? [] : [text.slice(0, i) + other + text.slice(i + 1)]
  })

export const headerOf = ({ rawHeaders }: Incoming, name: string): string =>
  rawHeaders[rawHeaders.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name) + 1] ?? ''

export const withHeader = (request: Incoming, name: string, value: string): Incoming => ({
  ...request,
  rawHeaders: request.rawHeaders.map((text, i) =>
    i % 2 === 1 && request.rawHeaders[i - 1]?.toLowerCase() === name ? value : text,
  ),
})

export const withName = (request: Incoming, from: string, to: string): Incoming => ({
  ...request,
  rawHeaders: request.rawHeaders.map((text, i) => (i % 2 === 0 && text.toLowerCase() === from ? to : text)),
})

/** As HTTP allows around any value; whoever reads it off the wire takes them away before anybody looks. */
export const withBlanks = (request: Incoming): Incoming => ({
  ...request,
  rawHeaders: request.rawHeaders.map((text, i) =>
    i % 2 === 0 || request.rawHeaders[i - 1]?.toLowerCase() === 'authorization' ? text : ` \t${text}  `,
  ),
})

export const adding = (request: Incoming, ...headers: string[]): Incoming => ({
  ...request,
  rawHeaders: [...request.rawHeaders, ...headers],
})

/** The parts of an Authorization header, each once. */
export const partsOf = (header: string) => {
  const [, algorithm = '', keyId = '', scope = '', signedHeaders = '', signature = ''] =
    /^(\S+) Credential=([^/]+)\/(\S+), SignedHeaders=(\S+), Signature=(\S+)$/.exec(header) ?? []
  return { algorithm, keyId, scope, signedHeaders, signature }
}
export type Parts = ReturnType<typeof partsOf>

const joined = ({ algorithm, keyId, scope, signedHeaders, signature }: Parts) =>
  `${algorithm} Credential=${keyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`

export const withPart = (request: Incoming, part: keyof Parts, change: (value: string) => string): Incoming => {
  const parts = partsOf(headerOf(request, 'authorization'))
  return withHeader(request, 'authorization', joined({ ...parts, [part]: change(parts[part]) }))
}
