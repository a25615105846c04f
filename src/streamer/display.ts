/** The connection to the X server, with promises in place of callbacks. */
import x11, { type Connected, type Extensions, type XClient, type XEvent } from 'x11'
import { mappedMemory } from './shared-memory.ts'

export interface Display extends Extensions {
  X: XClient
  root: number
  width: number
  height: number
  atom(name: string): Promise<number>
  /** Calls for every event of this name. */
  on(name: string, listener: (event: XEvent) => void): void
  close(): void
}

/** The answer to a request that takes a callback as its last argument. */
export const answer = <Value>(ask: (callback: (error: Error | null, value: Value) => void) => void): Promise<Value> =>
  new Promise((resolve, reject) => ask((error, value) => (error ? reject(error) : resolve(value))))

export const openDisplay = async (name: string, ended: (error?: Error) => void): Promise<Display> => {
  const { client: X, screen: screens } = await answer<Connected>(callback =>
    x11.createClient({ display: name, shm: mappedMemory }, callback),
  )
  const [screen] = screens
  if (screen?.root_depth !== 24) throw new Error('the X server has no screen of 24 bits')
  const { root } = screen
  const listeners = new Map<string, ((event: XEvent) => void)[]>()
  X.on('event', event => {
    for (const listener of listeners.get(event.name ?? '') ?? []) listener(event)
  })
  // A window that is gone before a request about it arrives is an everyday error; what must succeed has a callback.
  X.on('error', () => {})
  X.on('end', () => ended())
  const require = <Key extends keyof Extensions>(key: Key) =>
    answer<Extensions[Key]>(callback => X.require(key, callback))
  const display: Display = {
    X,
    root,
    width: screen.pixel_width,
    height: screen.pixel_height,
    shm: await require('shm'),
    damage: await require('damage'),
    fixes: await require('fixes'),
    xtest: await require('xtest'),
    randr: await require('randr'),
    atom: name => answer(callback => X.InternAtom(false, name, callback)),
    on(name, listener) {
      listeners.set(name, [...(listeners.get(name) ?? []), listener])
    },
    close: () => X.terminate(),
  }
  X.ChangeWindowAttributes(root, { eventMask: x11.eventMask.StructureNotify })
  display.on('ConfigureNotify', event => {
    if (event.wid !== root && event.window !== root && event.wid1 !== root) return
    display.width = Number(event.width)
    display.height = Number(event.height)
  })
  return display
}
