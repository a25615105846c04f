/** Names as they are typed: `ListStreamingSessions` is `list-streaming-sessions`, `studioId` is `--studio-id`. */
import { operations } from '../contract/model.ts'
import { waiters } from '../contract/waiters.ts'

export const kebab = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()

const byTyped = (names: readonly string[]) => new Map(names.map(name => [kebab(name), name]))

/** Operations by their typed names. */
export const typedOperations: ReadonlyMap<string, string> = byTyped(Object.keys(operations))

/** Waiters by their typed names. */
export const typedWaiters: ReadonlyMap<string, string> = byTyped(Object.keys(waiters))
