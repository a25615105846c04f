/**
 * Pages of lists as they were last put together, handed out again for as long as nothing in the database has changed:
 * portals and scripts ask for the same few pages over and over. A page is never stale, not by a moment: it is kept
 * together with the database's version, which every change of any row moves, whoever made it.
 */
import { setImmediate as endOfTurn } from 'node:timers/promises'
import type { Db } from './database.ts'
import type { ViewPage } from './resources.ts'

/** Moves with every change, also of other processes. Of a database without such a thing no pages are kept. */
export type Version = () => string

interface Kept {
  version: Version
  /** The version as it will be told to all who ask for it in this turn of the event loop. */
  soon?: Promise<string> | undefined
  /** The version that all of this is of. */
  of: string
  /** Pages asked for once: a walk that comes by keeps nothing. */
  asked: Set<string>
  /** Pages asked for more often. */
  pages: Map<string, ViewPage>
}

const keptOf = new WeakMap<Db, Kept>()

/** A page of a hundred sessions is about 90 KB, so these are 6 MB. */
const mostPages = 64
const mostAsked = 1000

export const keepPages = (db: Db, version: Version): void => {
  keptOf.set(db, { version, of: '', asked: new Set(), pages: new Map() })
}

/** The page of that name, read only if anything has changed since. A transaction sees its own changes, so it reads. */
export const keptPage = async (db: Db, name: string, read: () => Promise<ViewPage>): Promise<ViewPage> => {
  const kept = keptOf.get(db)
  if (!kept) return read()
  // Asked before the page is read: what changes in between makes the page newer than its version says, never older.
  const version = await versionSoon(kept)
  const known = version === kept.of ? kept.pages.get(name) : undefined
  return known ?? keep(kept, version, name, await read())
}

/**
 * Asked of the database once for all requests that came in together, and after the last of them came: it takes several
 * system calls, and a tenth of all that a kept page takes.
 */
const versionSoon = (kept: Kept): Promise<string> => {
  kept.soon ??= endOfTurn().then(() => {
    kept.soon = undefined
    return kept.version()
  })
  return kept.soon
}

const keep = (kept: Kept, version: string, name: string, page: ViewPage): ViewPage => {
  if (version !== kept.of) {
    kept.of = version
    kept.asked.clear()
    kept.pages.clear()
  }
  if (kept.asked.has(name)) {
    if (kept.pages.size >= mostPages) kept.pages.clear()
    kept.pages.set(name, page)
  } else {
    if (kept.asked.size >= mostAsked) kept.asked.clear()
    kept.asked.add(name)
  }
  return page
}
