/** The `atelier` command as a user types it, against the real server, and beside the AWS CLI that it is named after. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { flagsOf } from '../src/cli/arguments.ts'
import { typedOperations, typedWaiters } from '../src/cli/names.ts'
import type { Client } from '../src/contract/client.ts'
import { waiters } from '../src/contract/waiters.ts'
import { type AwsCli, type Outcome, startAwsCli } from './clients/aws.ts'
import { ownEnvironment, type RunningServer, startServer } from './server.ts'
import { until } from './until.ts'

const commandLimitMs = 60_000
const atelierScript = new URL('../bin/atelier.js', import.meta.url).pathname

let server: RunningServer
let client: Client
let studioId = ''
let launchProfileId = ''
let folder = ''
let env: Record<string, string> = {}
let awsCli: AwsCli

const run = (program: string, words: string[], variables: Record<string, string> = {}, input = ''): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const options = { env: { ...env, ...variables }, timeout: commandLimitMs, maxBuffer: 2 ** 24 }
    const child = execFile(program, words, options, (error, output, complaint) => {
      const code = error ? error.code : 0
      if (typeof code === 'number') resolve({ code, output, complaint })
      else reject(new Error(`${program} did not run`, { cause: error }))
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })

const atelier = (words: string[], input?: string) => run(process.execPath, [atelierScript, ...words], {}, input)
const aws = (words: string[]) => awsCli.run(['nimble', ...words], { ...env, ...server.exports() })

/** What it prints as JSON; anything but a success is an error. */
const answerOf = async (words: string[], input?: string) => {
  const { code, output, complaint } = await atelier(words, input)
  assert.equal(code, 0, complaint)
  return JSON.parse(output)
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-cli-'))
  server = await startServer({ driver: 'simulated' })
  env = { ...ownEnvironment(), HOME: folder, ATELIER_HOME: server.home, ATELIER_PORT: '0' }
  awsCli = startAwsCli({ ...env, ...server.exports() })
  client = server.client()
  studioId = await server.studioId()
  launchProfileId = (await client.listLaunchProfiles({ studioId })).launchProfiles?.[0]?.launchProfileId ?? ''
  for (let i = 0; i < 5; i++)
    await client.createStreamingSession({ studioId, launchProfileId, tags: { shot: `Ödland ${i}`, '10': 'a"b' } })
})
after(async () => {
  await awsCli?.close()
  await server?.removeEverything()
  rmSync(folder, { recursive: true, force: true })
})

describe('atelier beside the AWS CLI', { concurrency: 2 }, () => {
  const sessions = () => ['list-streaming-sessions', '--studio-id', studioId, '--output', 'json']
  const commands: Record<string, () => string[]> = {
    'a list': sessions,
    'a list that --max-items ends early': () => [...sessions(), '--max-items', '3'],
    'the first page alone': () => [...sessions(), '--no-paginate'],
    'an empty list': () => ['list-streaming-sessions', '--studio-id', studioId, '--owned-by', 'nobody'],
    'a structure in structures': () => [
      'get-launch-profile',
      '--studio-id',
      studioId,
      '--launch-profile-id',
      launchProfileId,
    ],
    'a skeleton': () => ['create-launch-profile', '--generate-cli-skeleton'],
  }
  before(async () => {
    for (const { sessionId = '' } of (await client.listStreamingSessions({ studioId })).sessions ?? [])
      await until('the session is ready', async () => {
        return (await client.getStreamingSession({ studioId, sessionId })).session?.state === 'READY'
      })
  })
  for (const [what, words] of Object.entries(commands))
    it(`prints ${what} byte for byte alike`, async () => {
      const [ours, theirs] = await Promise.all([atelier(words()), aws(words())])
      assert.deepEqual([ours.code, theirs.code], [0, 0], ours.complaint + theirs.complaint)
      assert.equal(ours.output, theirs.output)
    })

  it('has every command with every flag, and none that the other has not', async () => {
    const script = new URL('clients/cli_commands.py', import.meta.url).pathname
    const { code, output, complaint } = await run('/usr/bin/python3', [script], server.exports())
    assert.equal(code, 0, complaint)
    const { nimble, atelier } = JSON.parse(output) as Record<'nimble' | 'atelier', Record<string, string[]>>
    const withoutYaml = (flags: readonly string[]) => flags.filter(flag => flag !== '--cli-input-yaml').sort()
    const theirs = Object.entries({ ...nimble, ...atelier }).map(([name, flags]) => [name, withoutYaml(flags)])
    // There they are the flags of every command; and waiting with a command is ours alone.
    const everywhere = ['--endpoint-url', '--region', '--output', '--no-paginate', '--wait']
    const flags = (operation: string) =>
      Object.keys(flagsOf(operation))
        .filter(flag => !everywhere.includes(flag))
        .sort()
    const ours = [
      ...[...typedOperations].map(([name, operation]) => [name, flags(operation)]),
      ...[...typedWaiters].map(([name, waiter]) => [`wait ${name}`, flags(waiters[waiter]?.operation ?? '')]),
    ]
    assert.deepEqual(Object.fromEntries(ours), Object.fromEntries(theirs))
  })

  it('goes on where the other ended a list', async () => {
    const { NextToken } = JSON.parse((await aws([...sessions(), '--max-items', '2'])).output)
    const next = [...sessions(), '--starting-token', NextToken]
    assert.equal((await atelier(next)).output, (await aws(next)).output)
  })

  it('ends with the same code, and with the same words where the service refused', async () => {
    for (const [words, code] of [
      [['get-studio', '--studio-id', 'nowhere'], 254],
      [['get-studio'], 252],
      [['list-studios', '--bogus'], 252],
    ] as const) {
      const [ours, theirs] = await Promise.all([atelier([...words]), aws([...words])])
      assert.deepEqual([ours.code, theirs.code], [code, code])
      assert.deepEqual([ours.output, theirs.output], ['', ''])
      if (code === 254) assert.equal(ours.complaint.trim(), theirs.complaint.trim())
    }
  })
})

describe('atelier', { concurrency: 2 }, () => {
  it('takes structures in the short form, as JSON, and from a file', async () => {
    const { studioComponents } = await client.listStudioComponents({ studioId })
    const { streamingImages } = await client.listStreamingImages({ studioId })
    const image = streamingImages?.[0]?.streamingImageId ?? ''
    const file = join(folder, 'configuration.json')
    const configuration = { clipboardMode: 'DISABLED', ec2InstanceTypes: ['local.small'], streamingImageIds: [image] }
    writeFileSync(file, JSON.stringify(configuration))
    const forms = [
      `clipboardMode=DISABLED,ec2InstanceTypes=local.small,streamingImageIds=${image}`,
      JSON.stringify(configuration),
      `file://${file}`,
    ]
    for (const [i, form] of forms.entries()) {
      const { launchProfile } = await answerOf([
        ...['create-launch-profile', '--studio-id', studioId, '--name', `form ${i}`],
        ...['--ec2-subnet-ids', 'subnet-1', 'subnet-2', '--tags', 'a=b,c=d e'],
        ...['--launch-profile-protocol-versions', '2021-03-31', '--stream-configuration', form],
        ...['--studio-component-ids', studioComponents?.[0]?.studioComponentId ?? ''],
      ])
      assert.deepEqual(launchProfile.streamConfiguration.ec2InstanceTypes, ['local.small'])
      assert.deepEqual(launchProfile.tags, { a: 'b', c: 'd e' })
      assert.deepEqual(launchProfile.ec2SubnetIds, ['subnet-1', 'subnet-2'])
    }
  })

  it('waits for what it began', async () => {
    const words = ['create-studio-component', '--studio-id', studioId, '--name', 'c', '--type', 'CUSTOM', '--wait']
    const { studioComponent } = await answerOf(words)
    assert.equal(studioComponent.state, 'READY')
    const at = ['--studio-id', studioId, '--studio-component-id', studioComponent.studioComponentId]
    assert.deepEqual(await atelier(['wait', 'studio-component-ready', ...at]), { code: 0, output: '', complaint: '' })
  })

  it('says why a wait cannot be, with 255', async () => {
    const { code, complaint } = await atelier(['wait', 'studio-ready', '--studio-id', 'nowhere'])
    assert.equal(code, 255)
    assert.match(complaint, /^Waiter StudioReady failed: .*ResourceNotFoundException.*GetStudio/)
  })

  it('says with 255 that nobody answers, and with 253 that it does not know whom to ask', async () => {
    const nobody = await atelier(['list-studios', '--endpoint-url', 'http://127.0.0.1:2'])
    assert.equal(nobody.code, 255)
    assert.match(nobody.complaint, /Could not connect to the endpoint URL: "http:\/\/127\.0\.0\.1:2"/)
    const words = [atelierScript, 'list-studios']
    assert.equal((await run(process.execPath, words, { ATELIER_HOME: join(folder, 'none') })).code, 253)
  })
})

describe('users, keys and policies', () => {
  it('are made, used and taken away by name, and a password is told once or never', async () => {
    const made = await answerOf(['user', 'create', 'ann', '--output', 'json'])
    assert.match(made.password, /^\w{24}$/)
    const given = await answerOf(['user', 'create', 'ben', '--password-stdin', '--output', 'json'], 'a good password\n')
    assert.equal('password' in given, false)
    assert.match((await atelier(['user', 'list'])).output, /^arn .*userName\n-[\s\S]* ann\n/)

    await answerOf(['user', 'create', 'render-bot', '--kind', 'account', '--output', 'json'])
    const { accessKeyId, secretAccessKey } = await answerOf(['key', 'create', 'render-bot', '--output', 'json'])
    const asBot = async () => {
      const key = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
      return (await run(process.execPath, [atelierScript, 'list-studios'], key)).code
    }
    const Statement = [{ Effect: 'Allow', Action: 'nimble:ListStudios', Resource: '*' }]
    const file = join(folder, 'lists.json')
    writeFileSync(file, JSON.stringify({ Version: '2012-10-17', Statement }))
    assert.equal(await asBot(), 254)
    assert.equal((await atelier(['policy', 'put', 'lists', file])).code, 0)
    assert.equal((await atelier(['policy', 'attach', 'lists', 'render-bot'])).code, 0)
    assert.equal(await asBot(), 0)
    assert.equal((await atelier(['key', 'disable', 'render-bot', accessKeyId])).code, 0)
    assert.equal(await asBot(), 254)
    const missing = await atelier(['user', 'delete', 'nobody'])
    assert.deepEqual([missing.code, missing.complaint], [254, 'There is no user "nobody".\n'])
  })
})

describe('atelier sdk install', () => {
  const awsFolder = () => join(folder, 'aws')
  const model = () => join(awsFolder(), 'models/nimble/2020-08-01/service-2.json')
  const install = (...words: string[]) => atelier(['sdk', 'install', '--aws-folder', awsFolder(), ...words])

  it('makes the AWS CLI know the API, from the server on this machine or over the network alike', async () => {
    const first = await install()
    assert.equal(first.code, 0, first.complaint)
    assert.match(first.output, /^installed .*service-2\.json\n/)
    const again = await install('--from', server.url)
    assert.equal(again.code, 0, again.complaint)
    assert.doesNotMatch(again.output, /^installed/m)
    const variables = { ...server.exports(), AWS_DATA_PATH: join(awsFolder(), 'models') }
    const { code, output, complaint } = await run('/usr/bin/aws', ['nimble', 'list-studios'], variables)
    assert.equal(code, 0, complaint)
    assert.equal(JSON.parse(output).studios[0].studioId, studioId)
  })

  it('mends what is its own, and leaves alone what is not', async () => {
    rmSync(model())
    assert.equal((await install()).code, 0)
    assert.ok(existsSync(model()))
    writeFileSync(model(), '{"somebody": "else"}')
    const { code, complaint } = await install()
    assert.equal(code, 255)
    assert.match(complaint, /left alone.*\n.*service-2\.json/)
    assert.equal(readFileSync(model(), 'utf8'), '{"somebody": "else"}')
  })

  it('is served to everybody, and nothing beside it', async () => {
    const { files } = (await (await fetch(`${server.url}/model/`)).json()) as { files: string[] }
    assert.ok(files.includes('nimble/2020-08-01/waiters-2.json') && files.includes('atelier/2026-11-24/service-2.json'))
    const [path = ''] = files
    const found = await fetch(`${server.url}/model/${path}`)
    assert.equal(found.headers.get('cache-control'), 'public, max-age=300')
    const tag = found.headers.get('etag') ?? ''
    assert.equal((await fetch(`${server.url}/model/${path}`, { headers: { 'if-none-match': tag } })).status, 304)
    for (const trick of ['..%2fquickstart.env', '%2e%2e/quickstart.env', 'nimble', 'index.json', '%00', '__proto__'])
      assert.equal((await fetch(`${server.url}/model/${trick}`)).status, 404, trick)
  })
})

describe('atelier doctor', () => {
  it('tells of the server that runs, and changes nothing', async () => {
    const before = statSync(server.home).mtimeMs
    const { findings } = await answerOf(['doctor', '--output', 'json'])
    const found = Object.fromEntries(findings.map(({ what, state }: { what: string; state: string }) => [what, state]))
    assert.deepEqual([found.server, found['data folder'], found.programs], ['ok', 'ok', 'ok'])
    const streaming = findings.find(({ what }: { what: string }) => what === 'streaming')
    assert.match(`${streaming.state} ${streaming.found}`, /^ok H\.264 by (libx264|h264_nvenc|h264_vaapi) /)
    assert.ok(['ok', 'warn'].includes(found.volumeSize))
    assert.ok(['ok', 'warn'].includes(found.pool) && ['ok', 'warn'].includes(found.swap))
    assert.equal(statSync(server.home).mtimeMs, before)
  })

  it('ends with 1 where something fails, and says what to do', async () => {
    const open = join(folder, 'open')
    mkdirSync(open, { mode: 0o755 })
    writeFileSync(join(open, 'instance-types.json'), '{"studio.large": {"vcpus": 0, "memoryMiB": 1024}}')
    const shared = join(folder, 'shared')
    mkdirSync(shared, { mode: 0o755 })
    const { code, output } = await run(process.execPath, [atelierScript, 'doctor'], {
      ATELIER_HOME: open,
      ATELIER_SHARES: `shows=/usr/share,plates=${shared}:ro,gone=${folder}/gone`,
    })
    assert.equal(code, 1)
    assert.match(
      output,
      /(ok|warn) +share +shows: \/usr\/share can be (written|read, but not written by workstations)\n/,
    )
    assert.match(output, /share +plates: /)
    assert.match(output, /fail +share +gone: .* is not there, or closed to workstations\n +→ mount it/)
    assert.match(output, /fail instance types .* vcpus of studio.large must be a whole number .*\n +→ mend /)
    assert.match(output, /fail data folder .*\n +→ chmod go= /)
  })
})

/** Programs that read a completion script and print what their shell would offer for the last of the words. */
const shells = {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's own
  bash: 'eval "$(cat)"; COMP_WORDS=(atelier "$@"); COMP_CWORD=$#; _atelier; printf "%s\\n" "${COMPREPLY[@]}"',
  // What offers words to the line editor prints them here. Which of them fit is zsh's own to find.
  zsh: [
    'compdef() {}; eval "$(cat)"',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: zsh's own
    'compadd() { while [[ $1 != - && $1 != -- ]]; do shift; done; shift; print -rl -- ${(M)@:#${words[-1]}*} }',
    'words=(atelier "$@"); CURRENT=$#words; _bash_complete -o default -F _atelier',
  ].join('\n'),
  fish: 'cat | source; complete -C "atelier $argv"',
}
const begins = { bash: ['--norc', '-c'], zsh: ['-f', '-c'], fish: ['--no-config', '-c'] }

for (const [name, script] of Object.entries(shells))
  describe(`completion in ${name}`, () => {
    const complete = async (...words: string[]): Promise<string[]> => {
      // The first word after the script is the name of the script to all but fish.
      const args = [...begins[name as 'bash'], script, ...(name === 'fish' ? ['--'] : [name]), ...words]
      const shell = spawn(name, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, HOME: folder } })
      shell.stdin.end((await atelier(['completion', name])).output)
      return (await shell.stdout.setEncoding('utf8').toArray()).join('').trim().split('\n').sort()
    }

    it('knows operations, flags and values', async () => {
      assert.deepEqual(await complete('list-streaming-i'), ['list-streaming-images'])
      assert.deepEqual(await complete('get-eula', '--eu'), ['--eula-id'])
      assert.deepEqual(await complete('stop-streaming-session', '--volume-retention-mode', ''), ['DELETE', 'RETAIN'])
      assert.deepEqual(await complete('wait', 'studio-r'), ['studio-ready'])
      assert.deepEqual(await complete('user', 'create', '--kind', 'a'), ['account'])
    })
  })
