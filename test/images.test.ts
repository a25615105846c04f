/** An image from its making to an artist's desktop: the command, a server that runs meanwhile, the API, real programs. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { makeSmallSystem } from '../src/compute/local/images/small-system.ts'
import type { Client } from '../src/contract/client.ts'
import { ownEnvironment, type RunningServer, startServer } from './server.ts'
import { until } from './until.ts'

const commandLimitMs = 120_000
const atelierScript = new URL('../bin/atelier.js', import.meta.url).pathname

let server: RunningServer
let client: Client
let studioId = ''
let folder = ''
let archive = ''
let imageId = ''
let sessionId = ''

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-'))
  server = await startServer({ driver: 'local' })
  client = server.client()
  studioId = await server.studioId()
  await makeSmallSystem(join(folder, 'system'))
  archive = join(folder, 'system.tar')
  await run('tar', ['-C', join(folder, 'system'), '-cf', archive, '.'])
})
after(async () => {
  await server?.removeEverything()
  rmSync(folder, { recursive: true, force: true })
})

const run = (program: string, words: string[]): Promise<{ code: number; output: string; complaint: string }> =>
  new Promise((resolve, reject) => {
    const env = { ...ownEnvironment(), ATELIER_HOME: server.home, ATELIER_PORT: '0' }
    execFile(program, words, { env, timeout: commandLimitMs }, (error, output, complaint) => {
      const code = error ? error.code : 0
      if (typeof code === 'number') resolve({ code, output, complaint })
      else reject(new Error(`${program} did not run`, { cause: error }))
    })
  })

const image = (...words: string[]) => run(process.execPath, [atelierScript, 'image', ...words])

/** A session of a new profile with the one image; it is given when it is no longer being created. */
const launch = async (ec2ImageId: string) => {
  const made = await client.createStreamingImage({ studioId, name: ec2ImageId, ec2ImageId })
  const streamingImageId = made.streamingImage?.streamingImageId ?? ''
  await until('the image is READY', async () => {
    return (await client.getStreamingImage({ studioId, streamingImageId })).streamingImage?.state === 'READY'
  })
  const [like] = (await client.listLaunchProfiles({ studioId })).launchProfiles ?? []
  assert.ok(like?.streamConfiguration)
  const { launchProfile } = await client.createLaunchProfile({
    ...{ studioId, name: ec2ImageId, ec2SubnetIds: [], launchProfileProtocolVersions: ['2021-03-31'] },
    studioComponentIds: like.studioComponentIds ?? [],
    streamConfiguration: {
      ...{ clipboardMode: 'ENABLED', ec2InstanceTypes: like.streamConfiguration.ec2InstanceTypes ?? [] },
      streamingImageIds: [streamingImageId],
    },
  })
  const launchProfileId = launchProfile?.launchProfileId ?? ''
  await until('the profile is READY', async () => {
    return (await client.getLaunchProfile({ studioId, launchProfileId })).launchProfile?.state === 'READY'
  })
  const created = await client.createStreamingSession({ studioId, launchProfileId })
  const id = created.session?.sessionId ?? ''
  return await until('the session is there', async () => {
    const { session } = await client.getStreamingSession({ studioId, sessionId: id })
    return session?.state !== 'CREATE_IN_PROGRESS' && session
  })
}

describe('atelier image', () => {
  it('imports an archive while the server runs, and says how a studio gets it', async () => {
    const { code, output, complaint } = await image('import', archive, '--name', 'Small', '--output', 'json')
    assert.equal(code, 0, complaint)
    const made = JSON.parse(output)
    imageId = made.id
    assert.deepEqual([made.name, made.system, made.source], ['Small', 'Small System 1', 'tar system.tar'])
    assert.match(complaint, new RegExp(`atelier create-streaming-image .*--ec2-image-id ${imageId}\\n$`))
  })

  it('gives artists a desktop of the programs in the image', async () => {
    const session = await launch(imageId)
    assert.equal(session.state, 'READY', session.statusMessage ?? '')
    sessionId = session.sessionId ?? ''
    if (process.getuid?.() !== 0) return
    // The window manager that runs for the session, and the root that it sees.
    const pid = readdirSync('/proc').find(name => /^\d+$/.test(name) && isDesktopOf(name, sessionId))
    assert.ok(pid)
    assert.equal(readFileSync(`/proc/${pid}/root/opt/studio/notes`, 'utf8'), 'from the image\n')
  })

  it('lists it as used, and keeps it as long as it is', async () => {
    const { output } = await image('list', '--output', 'json')
    const listed = JSON.parse(output).map(({ id, workstations }: { id: string; workstations: number }) => [
      id,
      workstations,
    ])
    assert.deepEqual(listed, [
      ['ami-host', 0],
      [imageId, 1],
    ])
    const doctor = await run(process.execPath, [atelierScript, 'doctor'])
    assert.match(doctor.output, new RegExp(`^ok   images +ami-host, ${imageId}$`, 'm'))
    const { code, complaint } = await image('remove', imageId)
    assert.equal(code, 255)
    assert.match(complaint, /in use by 1 workstations/)
    await client.deleteStreamingSession({ studioId, sessionId })
    await until('the image is free', async () => (await image('remove', imageId)).code === 0, 60_000)
    assert.doesNotMatch((await image('list')).output, new RegExp(imageId))
  })

  it('is what a session misses whose image is gone', async () => {
    const session = await launch('ami-0123456789abcdef0')
    assert.deepEqual([session.state, session.statusCode], ['CREATE_FAILED', 'AMI_VALIDATION_ERROR'])
  })

  it('tells what is wrong with a file', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'no archive')
    const refused = await image('import', join(folder, 'notes.txt'))
    assert.deepEqual([refused.code, refused.output], [255, ''])
    assert.match(refused.complaint, /atelier image import: the archive cannot be unpacked: /)
    const missing = await image('import', join(folder, 'nothing'))
    assert.equal(missing.code, 252)
    assert.match(missing.complaint, /there is no file/)
  })

  for (const [words, message] of [
    [['build', '--name', 'two\nlines'], /a name has 1 to 64 characters/],
    [['remove'], /usage: atelier image remove IMAGE/],
    [['improt', 'x'], /did you mean import/],
  ] as const)
    it(`refuses ${words.join(' ')}`, async () => {
      const { code, complaint } = await image(...words)
      assert.notEqual(code, 0)
      assert.match(complaint, message)
    })
})

/** Process 1 of the session's sandbox. */
const isDesktopOf = (pid: string, session: string): boolean => {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return (
      words.includes('/etc/atelier/session') && words.some(word => word.startsWith(session)) && words[0] === '/bin/sh'
    )
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}
