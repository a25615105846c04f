/**
 * Pictures of the same places, finished in any order, shown as if they had come in the right one. One that is late is
 * shown, and what is newer in the same places is shown again over it.
 */
export interface Ordered {
  ordinal: number
  show(): void
}

export const createOrder = (after: number) => {
  /** Everything up to here has been shown. */
  let complete = after
  /** Shown ahead of one that is still missing, in order. */
  const ahead: Ordered[] = []

  return {
    add(picture: Ordered) {
      picture.show()
      const at = ahead.findIndex(({ ordinal }) => ordinal > picture.ordinal)
      const newer = at < 0 ? [] : ahead.slice(at)
      for (const later of newer) later.show()
      ahead.splice(at < 0 ? ahead.length : at, 0, picture)
      while (ahead[0] && ahead[0].ordinal <= complete + 1) {
        complete = Math.max(complete, ahead[0].ordinal)
        ahead.shift()
      }
    },
    /** How many are kept because an earlier one is missing. */
    waiting: () => ahead.length,
  }
}

export type Order = ReturnType<typeof createOrder>
