/** EULAs, from the operator's folder to the session that may not start before they are accepted. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { loadEulas } from '../src/server/eulas.ts'
import { ownIdentityStore, putStudioMember } from '../src/store/members.ts'
import { createHttpStudio, type HttpStudio } from './http-studio.ts'
import type { TestPrincipal } from './principals.ts'
import { settle } from './studio.ts'

let studio: HttpStudio
let home: string
let admin: TestPrincipal

before(async () => {
  studio = await createHttpStudio()
  home = mkdtempSync(join(tmpdir(), 'atelier-eulas-'))
  admin = await studio.add('user', 'admin')
  await putStudioMember(studio.db, studio.studioId, {
    principalId: admin.principalId,
    identityStoreId: ownIdentityStore,
  })
})
after(async () => {
  rmSync(home, { recursive: true, force: true })
  await studio.close()
})

/** The operator's folder holds these files and no others, and the server starts. */
const load = async (files: Record<string, string | Uint8Array>) => {
  const folder = join(home, 'eulas')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  await loadEulas(studio.db, home, studio.clock.now())
}

interface Shown {
  eulaId: string
  name: string
  content: string
}

const list = async (input: object = {}): Promise<Shown[]> => {
  const { status, body, text } = await studio.ask('ListEulas', input, admin)
  assert.equal(status, 200, text)
  return body.eulas as Shown[]
}

const read = (path: string) => studio.send({ method: 'GET', rawPath: path, rawQuery: '', headers: {}, body: '' })

const imageAsks = JSON.stringify({ 'ami-host': ['Paint 2026'] })

describe('the operator’s folder of EULAs', () => {
  it('may be absent: then there are none', async () => {
    rmSync(join(home, 'eulas'), { recursive: true, force: true })
    await loadEulas(studio.db, home, studio.clock.now())
    assert.deepEqual(await list(), [])
  })

  it('gives each text a name, an id that stays, and an address that anybody can read it at, as text', async () => {
    await load({ 'Paint 2026.md': '<script>alert(1)</script> Paint, ü.', 'Other.txt': 'Other.', notes: 'nothing' })
    const eulas = await list()
    assert.deepEqual(eulas.map(({ name }) => name).sort(), ['Other', 'Paint 2026'])
    const paint = eulas.find(({ name }) => name === 'Paint 2026')
    const { pathname, origin } = new URL(paint?.content ?? '')
    assert.equal(origin, studio.installation.publicUrl)
    const { status, text, headers } = await read(pathname)
    assert.deepEqual([status, text], [200, '<script>alert(1)</script> Paint, ü.'])
    assert.equal(headers['content-type'], 'text/plain; charset=utf-8')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal((await read('/eulas/x')).status, 404)
    assert.equal((await read('/eulas/..%2Fmaster.key')).status, 404)
    studio.clock.pass(1000)
    await loadEulas(studio.db, home, studio.clock.now())
    assert.deepEqual(await list(), eulas)
  })

  it('is not half understood: what is wrong in it is named, and nothing changes', async () => {
    const there = await list()
    for (const [files, says] of [
      [{ 'a.md': 'A', 'a.txt': 'B' }, /two EULAs that are called a/],
      [{ [`${'a'.repeat(65)}.md`]: 'A' }, /at most 64 characters/],
      [{ 'a.md': 'x'.repeat(2 ** 20 + 1) }, /at most 1 MiB/],
      [{ 'a.md': Buffer.from([0xff]) }, /cannot be read as UTF-8/],
      [{ 'images.json': '{"ami-host": ["b"]}' }, /names "b"/],
      [{ 'images.json': '{"host": []}' }, /JSON object of lists/],
      [{ 'images.json': '[]' }, /JSON object of lists/],
      [{ 'images.json': '{' }, /JSON object of lists/],
    ] as const)
      await assert.rejects(load(files), { name: 'StartupError', message: says })
    assert.deepEqual(await list(), there)
  })

  it('that has another text under the same name has another EULA; the old one stays readable, and is not listed', async () => {
    await load({ 'Paint 2026.md': 'One.' })
    const [old] = await list()
    await load({ 'Paint 2026.md': 'Two.' })
    const [current, ...others] = await list()
    assert.notEqual(current?.eulaId, old?.eulaId)
    assert.deepEqual(others, [])
    const eulaId = old?.eulaId ?? ''
    assert.equal(((await studio.ask('GetEula', { eulaId }, admin)).body.eula as Shown).eulaId, eulaId)
    assert.equal((await list({ eulaIds: [eulaId] })).length, 1)
    assert.equal((await read(`/eulas/${eulaId}`)).text, 'One.')
  })
})

describe('a session of an image with a EULA', () => {
  it('is made and started only after the studio has accepted it, and the refusal says so in words', async () => {
    const { studioId, streamingImageId } = studio
    await load({ 'Paint 2026.md': 'Paint.' })
    const launchProfileId = await studio.profile()
    const create = (key = studio.account) => studio.ask('CreateStreamingSession', { studioId, launchProfileId }, key)
    const before = await create()
    assert.equal(before.status, 200, before.text)
    const { sessionId } = before.body.session as { sessionId: string }
    await settle(studio)
    await studio.ask('StopStreamingSession', { studioId, sessionId })
    await settle(studio)

    await load({ 'Paint 2026.md': 'Paint.', 'images.json': imageAsks })
    const [{ eulaId } = { eulaId: '' }] = await list()
    const image = await studio.ask('GetStreamingImage', { studioId, streamingImageId })
    assert.deepEqual((image.body.streamingImage as { eulaIds: string[] }).eulaIds, [eulaId])
    const made = await studio.ask('CreateStreamingImage', { studioId, name: 'new', ec2ImageId: 'ami-host' })
    assert.deepEqual((made.body.streamingImage as { eulaIds: string[] }).eulaIds, [eulaId])

    const start = () => studio.ask('StartStreamingSession', { studioId, sessionId })
    for (const { status, body, text } of [await create(), await create(admin), await start()]) {
      assert.deepEqual(
        [status, body.code, body.context?.reason],
        [400, 'ValidationException', 'EULA_NOT_ACCEPTED'],
        text,
      )
      assert.equal(body.context?.eulaIds, eulaId)
      assert.match(body.message ?? '', /license agreement “Paint 2026”, which this studio has not accepted/)
    }

    const accept = () => studio.ask('AcceptEulas', { studioId, eulaIds: [eulaId, eulaId] }, admin)
    const accepted = await accept()
    const [acceptance, ...others] = accepted.body.eulaAcceptances as Record<string, string>[]
    assert.deepEqual(others, [])
    assert.deepEqual(
      [acceptance?.eulaId, acceptance?.accepteeId, acceptance?.acceptedBy],
      [eulaId, studioId, admin.principalId],
    )
    studio.clock.pass(5000)
    assert.deepEqual((await accept()).body, accepted.body)
    const listed = await studio.ask('ListEulaAcceptances', { studioId, eulaIds: [eulaId] }, admin)
    assert.deepEqual(listed.body, accepted.body)

    assert.equal((await create()).status, 200)
    assert.equal((await start()).status, 200)
  })
})

describe('AcceptEulas', () => {
  it('accepts nothing that is not named or not there', async () => {
    const { studioId } = studio
    const [{ eulaId } = { eulaId: '' }] = await list()
    const unnamed = await studio.ask('AcceptEulas', { studioId }, admin)
    assert.deepEqual([unnamed.status, unnamed.body.context?.reason], [400, 'NO_EULA_NAMED'])
    const { status, body } = await studio.ask('AcceptEulas', { studioId, eulaIds: [eulaId, 'x'.repeat(22)] }, admin)
    assert.deepEqual([status, body.context?.resourceId], [404, 'x'.repeat(22)])
  })
})
