/** What is being done now, by the name of the thing it is done to. */
const turns = new Map<string, Promise<unknown>>()

/**
 * Does `work` when all that was asked for `name` before it has ended. Two calls for one thing would see each other's
 * half made states; the second one finds the first one's result instead.
 */
export const exclusive = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  const before = turns.get(name)
  const mine = (async () => {
    await before?.catch(() => {
      // Its own caller has been told.
    })
    return await work()
  })()
  turns.set(name, mine)
  try {
    return await mine
  } finally {
    if (turns.get(name) === mine) turns.delete(name)
  }
}
