/** Wakes who waits; a ring that nobody waits for is kept. */
export const createBell = () => {
  let isRinging = false
  let wakeUp: (() => void) | undefined
  return {
    ring() {
      isRinging = true
      wakeUp?.()
    },
    async heard() {
      if (!isRinging)
        await new Promise<void>(resolve => {
          wakeUp = resolve
        })
      wakeUp = undefined
      isRinging = false
    },
  }
}
