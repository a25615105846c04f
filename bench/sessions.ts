/** What the benchmarks that run workstations have in common: the first launch profile, and the end of every session. */
import { setTimeout as pause } from 'node:timers/promises'
import type { RunningServer } from './server.ts'

export interface Studio {
  studioId: string
  launchProfileId: string
}

const askEveryMs = 5
const patienceMs = 20_000
/** Many take turns, on a host where all of them are still running. */
const removalMs = 300_000

/** What the quick start has made. */
export const firstStudio = async ({ client }: RunningServer, interrupted: AbortSignal): Promise<Studio> => {
  const [studio] = (await client.listStudios({})).studios
  const studioId = studio?.studioId ?? ''
  const launchProfileId = await until('the quick start has a launch profile', interrupted, async () => {
    const { launchProfiles = [] } = await client.listLaunchProfiles({ studioId })
    return launchProfiles.find(({ state }) => state === 'READY')?.launchProfileId
  })
  return { studioId, launchProfileId }
}

/** Desktops outlive their server: none may be left behind, however the benchmark ends. */
export const removeSessions = async ({ client }: RunningServer, studioId: string): Promise<void> => {
  const removeLiving = async (): Promise<true | undefined> => {
    let left = 0
    for (let nextToken: string | undefined, isFirst = true; isFirst || nextToken; isFirst = false) {
      const page = await client.listStreamingSessions({ studioId, ...(nextToken ? { nextToken } : {}) })
      for (const { sessionId = '', state } of page.sessions ?? []) {
        if (state === 'DELETED') continue
        left += 1
        if (state !== 'DELETE_IN_PROGRESS') await client.deleteStreamingSession({ studioId, sessionId })
      }
      nextToken = page.nextToken
    }
    return left === 0 || undefined
  }
  await until('all sessions are deleted', undefined, removeLiving, removalMs)
}

export const until = async <Found>(
  what: string,
  interrupted: AbortSignal | undefined,
  look: () => Promise<Found | undefined>,
  limitMs = patienceMs,
): Promise<Found> => {
  const end = performance.now() + limitMs
  for (;;) {
    interrupted?.throwIfAborted()
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`)
    await pause(askEveryMs)
  }
}
