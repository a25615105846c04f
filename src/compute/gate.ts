/**
 * Lets so many go on at once; the others wait, in their order. Who got in is given what he calls to leave, and may call
 * it more than once.
 */
export const createGate = (places: number): (() => Promise<() => void>) => {
  const waiting: (() => void)[] = []
  let free = places
  return async () => {
    if (free > 0) free--
    else await new Promise<void>(resolve => waiting.push(resolve))
    let isInside = true
    return () => {
      if (!isInside) return
      isInside = false
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
