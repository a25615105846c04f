/** Wakes the one who waits; a ring that nobody waits for is kept. */
export const createBell = () => {
  let isRinging = false
  let wakeUp: (() => void) | undefined
  return {
    ring() {
      isRinging = true
      wakeUp?.()
    },
    /** Or so long has passed, ms. */
    async heard(withinMs?: number) {
      let limit: NodeJS.Timeout | undefined
      if (!isRinging)
        await new Promise<void>(resolve => {
          wakeUp = resolve
          if (withinMs !== undefined) limit = setTimeout(resolve, withinMs)
        })
      clearTimeout(limit)
      wakeUp = undefined
      isRinging = false
    },
  }
}
