/** The name that was probably meant: the nearest, or one that was only begun; undefined when there is none. */
export const nearest = (given: string, names: Iterable<string>): string | undefined => {
  let best: string | undefined
  let begun: string | undefined
  let least = Math.max(1, Math.floor(given.length / 3)) + 1
  for (const name of names) {
    if (name.startsWith(given)) begun ??= name
    const far = distance(given, name, least)
    if (far < least) {
      best = name
      least = far
    }
  }
  return best ?? (given.length > 3 ? begun : undefined)
}

/** Letters to add, drop or change; `limit` stands for anything as far or farther. */
const distance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries())
      next.push(Math.min((row[j] ?? 0) + (letter === other ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    row = next
  }
  return Math.min(row.at(-1) ?? limit, limit)
}
