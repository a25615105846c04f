/** Desktops that end by themselves, however that happens: the session says so within seconds, and nothing is lost. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { whereabouts } from '../src/compute/local/place.ts'
import { findProcesses } from '../src/compute/local/processes.ts'
import type { StreamingSession } from '../src/contract/types.ts'
import { type RunningServer, startServer } from './server.ts'
import { slowdown } from './slowdown.ts'
import { until } from './until.ts'

const isRoot = process.getuid?.() === 0

/** From the death of the desktop to a session that tells of it, on a machine that keeps up with its work. */
const noticeMs = 5000

let server: RunningServer
let place: { name: string; folder: string }
let studioId: string
let launchProfileId: string

before(async () => {
  const home = mkdtempSync(join(tmpdir(), 'a-'))
  // Little memory, which is soon used up.
  writeFileSync(join(home, 'instance-types.json'), '{"local.small": {"vcpus": 1, "memoryMiB": 256}}')
  server = await startServer({ driver: 'local', home, env: { ATELIER_CPU_OVERCOMMIT: '100' } })
  place = whereabouts(join(realpathSync(server.home), 'local'), isRoot)
  studioId = await server.studioId()
  launchProfileId = (await server.client().listLaunchProfiles({ studioId })).launchProfiles?.[0]?.launchProfileId ?? ''
})
after(() => server?.removeEverything())

const session = async (sessionId: string): Promise<StreamingSession> =>
  (await server.client().getStreamingSession({ studioId, sessionId })).session ?? assert.fail('no session')

const inState = (sessionId: string, state: string, limitMs?: number) =>
  until(
    `the session is ${state}`,
    async () => {
      const found = await session(sessionId)
      return found.state === state && found
    },
    limitMs,
  )

const launch = async (): Promise<string> => {
  const asked = { studioId, launchProfileId, ec2InstanceType: 'local.small' as never }
  const sessionId = (await server.client().createStreamingSession(asked)).session?.sessionId ?? ''
  await inState(sessionId, 'READY')
  return sessionId
}

const file = (sessionId: string) =>
  join(isRoot ? join(place.folder, 'pool') : place.folder, 'volumes', `${sessionId}-0`, 'tree/home/work')

const innerOf = async (sessionId: string): Promise<number> =>
  (await findProcesses(place.name, sessionId)).find(({ isInner }) => isInner)?.pid ?? assert.fail('no session process')

const outerOf = async (sessionId: string): Promise<number> =>
  (await findProcesses(place.name, sessionId)).find(({ isInner }) => !isInner)?.pid ?? assert.fail('no sandbox')

const xServerOf = async (sessionId: string): Promise<number> => {
  const inner = await innerOf(sessionId)
  const children = readFileSync(`/proc/${inner}/task/${inner}/children`, 'utf8').trim().split(' ').map(Number)
  const isX = (pid: number) => existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'Xorg\n'
  return children.find(isX) ?? assert.fail('no X server')
}

/** The kernel ends the X server, because a program of the machine wants more than the memory that there is. */
const runOutOfMemory = async (sessionId: string) => {
  writeFileSync(`/proc/${await xServerOf(sessionId)}/oom_score_adj`, '1000')
  const groups = readdirSync('/sys/fs/cgroup')
    .map(name => join('/sys/fs/cgroup', name, place.name, sessionId, 'cgroup.procs'))
    .concat(join('/sys/fs/cgroup', place.name, sessionId, 'cgroup.procs'))
    .filter(existsSync)
  const joins = groups.map(group => `echo $$ >${group}`).join('; ')
  const eater = spawn('sh', ['-c', `${joins}; exec dd if=/dev/zero of=/dev/null bs=300M count=1`], { stdio: 'ignore' })
  await once(eater, 'exit')
}

const ends = {
  'its X server is killed': {
    by: 'system:machineLost',
    end: async (id: string) => process.kill(await xServerOf(id), 'SIGKILL'),
  },
  'the first process in its sandbox is killed': {
    by: 'system:machineLost',
    end: async (id: string) => process.kill(await innerOf(id), 'SIGKILL'),
  },
  'its memory runs out': { by: 'system:outOfMemory', end: runOutOfMemory },
}

describe('a session tells within five seconds, and goes on with what it had, when', () => {
  for (const [what, { by, end }] of Object.entries(ends)) {
    const skip = by === 'system:outOfMemory' && !isRoot ? 'only root can limit memory' : false
    it(what, { skip }, async t => {
      const sessionId = await launch()
      writeFileSync(file(sessionId), 'of a day')
      await end(sessionId)
      const began = performance.now()
      await until('it is no longer READY', async () => (await session(sessionId)).state !== 'READY')
      const tookMs = Math.round(performance.now() - began)
      t.diagnostic(`told after ${tookMs} ms`)
      assert.ok(tookMs < noticeMs * slowdown(), `told after ${tookMs} ms`)
      const stopped = await inState(sessionId, 'STOPPED')
      assert.equal(stopped.stoppedBy, by)
      assert.match(stopped.statusMessage ?? '', by === 'system:outOfMemory' ? /memory .* run out/ : /unexpectedly/)
      await server.client().startStreamingSession({ studioId, sessionId })
      await inState(sessionId, 'READY')
      assert.equal(readFileSync(file(sessionId), 'utf8'), 'of a day')
      await server.client().deleteStreamingSession({ studioId, sessionId })
      await inState(sessionId, 'DELETED')
    })
  }
})

it('a desktop lives on without the process that made its sandbox', async () => {
  const sessionId = await launch()
  process.kill(await outerOf(sessionId), 'SIGKILL')
  // Two rounds of the sweep.
  await sleep(noticeMs)
  assert.equal((await session(sessionId)).state, 'READY')
  await server.client().deleteStreamingSession({ studioId, sessionId })
  await inState(sessionId, 'DELETED')
  assert.deepEqual(await findProcesses(place.name, sessionId), [])
})

it('a desktop that does not answer for some seconds, as on a host that is busy, is not taken for lost', async () => {
  const sessionId = await launch()
  process.kill(await xServerOf(sessionId), 'SIGSTOP')
  // Two rounds of the sweep.
  await sleep(noticeMs)
  process.kill(await xServerOf(sessionId), 'SIGCONT')
  await sleep(noticeMs / 2)
  assert.equal((await session(sessionId)).state, 'READY')
  await server.client().deleteStreamingSession({ studioId, sessionId })
  await inState(sessionId, 'DELETED')
})
