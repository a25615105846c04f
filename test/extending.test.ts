/** Session policies and extensions with the clients that people have: boto3, the AWS CLI, and our own command. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, it } from 'node:test'
import { environmentOf, runProgram } from './clients/environment.ts'
import { type RunningServer, startServer } from './server.ts'

let server: RunningServer
let env: Record<string, string>
let studioId: string
let launchProfileId: string
before(async () => {
  server = await startServer({ driver: 'simulated' })
  env = environmentOf(server)
  studioId = await server.studioId()
  const { launchProfiles = [] } = await server.client().listLaunchProfiles({ studioId })
  launchProfileId = launchProfiles[0]?.launchProfileId ?? ''
})
after(() => server?.removeEverything())

interface Said {
  policy: object
  sessionId: string
  minutes: number[]
  left: number
  reason: string
  refusal: unknown
}

const limitMs = 60_000

it('boto3 puts a policy, extends a session once for one client token, and is refused what is too long', async () => {
  const said = await runProgram<Said>(env, 'extending.py', { studioId, launchProfileId })
  const { sessionId, ...rest } = said
  assert.deepEqual(rest, {
    policy: {
      launchProfileId,
      maxExtensionInMinutes: 90,
      idleStopInMinutes: 30,
      idleCpuThresholdInPercent: 10,
    },
    minutes: [60, 60],
    left: 90,
    reason: 'MAX_SESSION_LENGTH',
    refusal: ['ValidationException', true, 'EXTENSION_TOO_LONG'],
  })

  const session = ['--studio-id', studioId, '--session-id', sessionId]
  const cli = (program: string, words: string[]) =>
    JSON.parse(execFileSync(program, words, { env, encoding: 'utf8', timeout: limitMs })).streamingSessionEnd
  const aws = cli('/usr/bin/aws', ['atelier', 'extend-streaming-session', ...session, '--extend-by-in-minutes', '10'])
  const command = new URL('../bin/atelier.js', import.meta.url).pathname
  const own = cli(process.execPath, [command, 'extend-streaming-session', ...session])
  const read = cli(process.execPath, [command, 'get-streaming-session-end', ...session])
  assert.equal(Date.parse(own.endsAt) - Date.parse(aws.endsAt), 20 * 60_000, 'an hour, or what is left')
  assert.equal(own.endsAt, own.extendableTo)
  assert.deepEqual(read, own)
})
