/** How much of something there was in the last second. */
const withinMs = 1000

export const createRate = (now: () => number = () => performance.now()) => {
  const counted: { at: number; amount: number }[] = []
  const forget = () => {
    while (counted[0] && counted[0].at < now() - withinMs) counted.shift()
  }
  return {
    count(amount: number) {
      counted.push({ at: now(), amount })
      forget()
    },
    perSecond(): number {
      forget()
      return counted.reduce((sum, { amount }) => sum + amount, 0)
    },
  }
}
