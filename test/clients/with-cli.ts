/** A client's day (day.ts) with the AWS CLI: every call is a command, as a shell script makes it. */
import type { AccessKey } from '../../src/access/first-keys.ts'
import type { Client } from '../../src/contract/client.ts'
import { until } from '../until.ts'
import { type AwsCli, startAwsCli } from './aws.ts'
import type { Day, Morning, Refusal } from './day.ts'

const commandLimitMs = 60_000

type Options = Readonly<Record<string, string | number | string[] | object>>

/** `studioId: 'x'` as `--studio-id x`; a list as several words, an object as JSON. */
const optionsOf = (options: Options): string[] =>
  Object.entries(options).flatMap(([name, value]) => [
    `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`,
    ...(Array.isArray(value) ? value : [typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  ])

/**
 * `client` looks for states in between: the CLI's own waiters look each 10 s, so they are asked when there is nothing
 * left to wait for.
 */
export const dayWithCli = async (env: Record<string, string>, client: Client, morning: Morning): Promise<Day> => {
  const cli = startAwsCli(env)
  try {
    return await spendDay(cli, env, client, morning)
  } finally {
    await cli.close()
  }
}

const spendDay = async (cli: AwsCli, env: Record<string, string>, client: Client, morning: Morning): Promise<Day> => {
  const { studioId, launchProfileId, stranger, tags } = morning
  const run = (environment: Record<string, string>, command: string, options: string[]) =>
    cli.run(['nimble', ...command.split(' '), ...options], environment)

  const aws = async <Answer>(command: string, options: Options = {}): Promise<Answer> => {
    const { code, output, complaint } = await run(env, command, optionsOf(options))
    if (code !== 0) throw new Error(`aws nimble ${command} ended with ${code}: ${complaint}`)
    return JSON.parse(output === '' ? '{}' : output) as Answer
  }
  const refusal = async (command: string, options: Options, key?: AccessKey): Promise<Refusal> => {
    const withKey = key
      ? { ...env, AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey }
      : env
    const { code, complaint } = await run(withKey, command, optionsOf(options))
    const [, name = ''] = /An error occurred \((\w+)\) when calling the \w+ operation/.exec(complaint) ?? []
    // The CLI's exit code for what the service has refused, and not for what failed otherwise.
    return { name, typed: code === 254 }
  }

  const asked = {
    studioId,
    launchProfileId,
    ec2InstanceType: 'local.small',
    tags: { made: 'by the CLI' },
    clientToken: 'cli-1',
  }
  const { session: created } = await aws<Shown>('create-streaming-session', asked)
  const { sessionId, arn: resourceArn } = created
  const one = { studioId, sessionId }
  const ask = async (verb: string) => (await aws<Shown>(`${verb}-streaming-session`, one)).session.state
  const reach = async (state: string, waiter?: string) => {
    const isReached = async () => (await client.getStreamingSession(one)).session?.state === state
    await until(`the session of the CLI is ${state}`, isReached, commandLimitMs)
    if (waiter) await aws(`wait ${waiter}`, one)
    return state
  }
  const sessionIds = async (filters: Options): Promise<string[]> => {
    const { sessions } = await aws<{ sessions: { sessionId: string }[] }>('list-streaming-sessions', {
      studioId,
      ...filters,
    })
    return sessions.map(({ sessionId }) => sessionId)
  }
  const tagsNow = async () =>
    (await aws<{ tags: Record<string, string> }>('list-tags-for-resource', { resourceArn })).tags

  const [{ studios }, again, tokenReused, ready] = await Promise.all([
    aws<{ studios: { studioId: string }[] }>('list-studios'),
    aws<Shown>('create-streaming-session', asked),
    refusal('create-streaming-session', { ...asked, tags: { made: 'otherwise' } }),
    reach('READY', 'streaming-session-ready'),
  ])
  const [startOfReady, { stream }] = await Promise.all([
    refusal('start-streaming-session', one),
    aws<{ stream: { url: string; createdAt: string; expiresAt: string } }>('create-streaming-session-stream', {
      ...one,
      expirationInSeconds: 90,
    }),
  ])
  const stopping = await ask('stop')

  const refusals = {
    tokenReused,
    startOfReady,
    unknownStudio: await refusal('get-studio', { studioId: 'us-west-2:stid-aaaaaaaaaaaaaaaa' }),
    stranger: await refusal('list-studios', {}, stranger),
  }
  const listed = {
    ownedBy: await sessionIds({ ownedBy: morning.artist }),
    createdBy: await sessionIds({ createdBy: morning.creator }),
    sessionIds: await sessionIds({ sessionIds: `${sessionId},${morning.itsSession}` }),
    everything: await sessionIds({}),
  }

  const stopped = await reach('STOPPED')
  const { streamingSessionBackups: backups } = await aws<{ streamingSessionBackups: Day['backups'] }>(
    'list-streaming-session-backups',
    { studioId, ownedBy: morning.creator },
  )
  const starting = await ask('start')
  await aws('tag-resource', { resourceArn, tags })
  const tagged = await tagsNow()
  await aws('untag-resource', { resourceArn, tagKeys: Object.keys(tags) })
  const untagged = await tagsNow()
  const restarted = await reach('READY')
  const deleting = await ask('delete')
  const deleted = await reach('DELETED', 'streaming-session-deleted')

  return {
    studioIds: studios.map(({ studioId }) => studioId),
    states: { created: created.state, ready, stopping, stopped, starting, restarted, deleting, deleted },
    sessionId,
    sameToken: again.session.sessionId,
    listed,
    stream: { url: stream.url, secondsToUse: (Date.parse(stream.expiresAt) - Date.parse(stream.createdAt)) / 1000 },
    backups,
    tags: { created: created.tags, tagged, untagged },
    refusals,
  }
}

interface Shown {
  session: { sessionId: string; state: string; arn: string; tags: Record<string, string> }
}
