/**
 * `kill -9` of the real server in the middle of real work on this host. Whatever it cuts off, the server that is started
 * again brings to an end: a final state, the artist's file where it was, nothing left over.
 */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StreamingSession } from '../src/contract/types.ts'
import { fileOf, hostInventory } from './host-inventory.ts'
import { type RunningServer, startServer } from './server.ts'
import { until } from './until.ts'

/** From the restart to a final state. */
const patienceMs = 60_000
const written = 'a day of work'

export const backupIntervalMs = 4000

export type Work = 'create' | 'stop' | 'start' | 'restore' | 'backup' | 'delete'
export const works: readonly Work[] = ['create', 'stop', 'start', 'restore', 'backup', 'delete']

/** The states that each kind of work may end in when nothing but the server fails. */
const ends: Record<Work, StreamingSession['state']> = {
  create: 'READY',
  stop: 'STOPPED',
  start: 'READY',
  restore: 'READY',
  backup: 'READY',
  delete: 'DELETED',
}

export interface Studio {
  server: RunningServer
  /** How long the work takes when nobody disturbs it, ms. */
  lasts(work: Work): Promise<number>
  /** Kills the server so long after the work was asked for, and starts it again; all that was promised is asserted. */
  kill(work: Work, afterMs: number): Promise<void>
  close(): Promise<void>
}

export const openStudio = async (): Promise<Studio> => {
  const server = await startServer({
    driver: 'local',
    env: { ATELIER_CPU_OVERCOMMIT: '100', ATELIER_BACKUP_INTERVAL: `${backupIntervalMs / 1000}s` },
  })
  try {
    return await studioOf(server)
  } catch (error) {
    await server.removeEverything()
    throw error
  }
}

const studioOf = async (server: RunningServer): Promise<Studio> => {
  const studioId = await server.studioId()
  const { launchProfiles = [] } = await server.client().listLaunchProfiles({ studioId })
  const launchProfileId = launchProfiles[0]?.launchProfileId ?? ''
  const untouched = await hostInventory(server.home)

  const settled = (sessionId: string): Promise<StreamingSession> =>
    until(
      'the session has settled',
      async () => {
        const { session } = await server.client().getStreamingSession({ studioId, sessionId })
        return session?.state?.endsWith('_IN_PROGRESS') ? undefined : session
      },
      patienceMs,
    )
  const assertState = async (sessionId: string, state: StreamingSession['state']) => {
    const session = await settled(sessionId)
    assert.equal(session.state, state, session.statusMessage ?? 'no message')
  }
  const backupsOf = async (sessionId: string) => {
    const { streamingSessionBackups = [] } = await server.client().listStreamingSessionBackups({ studioId })
    return streamingSessionBackups.filter(backup => backup.sessionId === sessionId)
  }

  const isBackedUp = async (sessionId: string) => (await backupsOf(sessionId)).some(({ state }) => state === 'READY')

  const create = async () => {
    const asked = { studioId, launchProfileId, ec2InstanceType: 'local.small' as never }
    const { session } = await server.client().createStreamingSession(asked)
    return session?.sessionId ?? assert.fail('no session')
  }
  const scene = (sessionId: string) =>
    until('the session has one volume', () => fileOf(server.home, sessionId, 'scene'))
  const ready = async () => {
    const sessionId = await create()
    await assertState(sessionId, 'READY')
    await writeFile(await scene(sessionId), written)
    return sessionId
  }
  const stopped = async () => {
    const sessionId = await ready()
    await server.client().stopStreamingSession({ studioId, sessionId })
    await assertState(sessionId, 'STOPPED')
    return sessionId
  }

  const named = (sessionId: string) => ({ studioId, sessionId })
  const asking = (ask: (ids: { studioId: string; sessionId: string }) => Promise<unknown>) => async (id: string) => {
    await ask(named(id))
    return id
  }

  /** What has to be there first, and what is then asked of it. */
  const begin: Record<Work, { before: () => Promise<string>; ask: (sessionId: string) => Promise<string> }> = {
    create: { before: async () => '', ask: create },
    stop: { before: ready, ask: asking(ids => server.client().stopStreamingSession(ids)) },
    start: { before: stopped, ask: asking(ids => server.client().startStreamingSession(ids)) },
    restore: {
      before: stopped,
      ask: asking(async ids => {
        // On a busy machine time has made another one, before anything was written.
        const backup = (await backupsOf(ids.sessionId)).findLast(({ state }) => state === 'READY')
        await server.client().startStreamingSession({ ...ids, backupId: backup?.backupId })
      }),
    },
    // Nobody asks for it but time.
    backup: {
      async before() {
        const id = await ready()
        await sleep(backupIntervalMs - 300)
        return id
      },
      ask: async id => id,
    },
    delete: { before: ready, ask: asking(ids => server.client().deleteStreamingSession(ids)) },
  }
  const remove = async (sessionId: string) => {
    const { session } = await server.client().getStreamingSession(named(sessionId))
    if (session?.state !== 'DELETED') await server.client().deleteStreamingSession(named(sessionId))
    await assertState(sessionId, 'DELETED')
  }

  return {
    server,

    async lasts(work) {
      const { before, ask } = begin[work]
      const prepared = await before()
      const began = performance.now()
      const sessionId = await ask(prepared)
      if (work === 'backup') await until('the backup is made', () => isBackedUp(sessionId))
      else await settled(sessionId)
      const took = performance.now() - began
      await remove(sessionId)
      return took
    },

    async kill(work, afterMs) {
      const { before, ask } = begin[work]
      const sessionId = await ask(await before())
      await sleep(afterMs)
      await server.kill9()
      await server.restart()
      await assertState(sessionId, ends[work])
      if (work !== 'create' && work !== 'delete') assert.equal(await readFile(await scene(sessionId), 'utf8'), written)
      await until('no backup is half made', async () =>
        (await backupsOf(sessionId)).every(({ state }) => !state?.endsWith('_IN_PROGRESS')),
      )
      if (work === 'stop') assert.ok(await isBackedUp(sessionId))
      await remove(sessionId)
      await until('nothing is left of it but its backups', async () => {
        const left = (await hostInventory(server.home)).filter(line => !line.startsWith('backup '))
        return left.join() === untouched.filter(line => !line.startsWith('backup ')).join()
      })
    },

    close: () => server.removeEverything(),
  }
}
