/** What `xev` has written of the keys that reached it: the keyboard as programs of the desktop see it. */

export interface KeyEvent {
  isDown: boolean
  keycode: number
  /** As X names it: `Control_L`, `eacute`, `KP_Enter`. */
  name: string
  /** What it types, where it types something. */
  text: string
}

export const keyEventsIn = (log: string): KeyEvent[] =>
  log.split(/^(?=\w+ event,)/m).flatMap(event => {
    const [, way, keycode, name] =
      /^Key(Press|Release) event,[\s\S]*?keycode (\d+) \(keysym \w+, (\w+)\)/.exec(event) ?? []
    // An event that is only half written is not there yet.
    if (way === undefined || !event.includes('XFilterEvent returns')) return []
    const [, hex = ''] = /XmbLookupString gives \d+ bytes: \(([0-9a-f ]*)\)/.exec(event) ?? []
    const text = Buffer.from(hex.replaceAll(' ', ''), 'hex').toString()
    return [{ isDown: way === 'Press', keycode: Number(keycode), name: name ?? '', text }]
  })

/** The names of the keys that are down after all of this. */
export const heldAfter = (events: readonly KeyEvent[]): string[] => {
  const held = new Map<number, string>()
  for (const { isDown, keycode, name } of events)
    if (isDown) held.set(keycode, name)
    else held.delete(keycode)
  return [...held.values()]
}
