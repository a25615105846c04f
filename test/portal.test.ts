/** Signing in to the portal, what the cookie is good for, and that no secret is written down anywhere. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { firstSignIn } from '../src/access/first-keys.ts'
import { hashPassword } from '../src/access/passwords.ts'
import { signIn } from '../src/access/sign-in.ts'
import { newId } from '../src/contract/ids.ts'
import { insertPrincipal } from '../src/store/principals.ts'
import { type Answer, createHttpStudio, type HttpStudio, requestOf } from './http-studio.ts'
import { startServer } from './server.ts'
import { day, hour } from './studio.ts'
import { until } from './until.ts'

const password = 'correct horse battery'

let studio: HttpStudio
before(async () => {
  studio = await createHttpStudio({ failuresPerName: 3 })
})
after(() => studio.close())

/** What a page of the portal adds to its requests. */
const mark = { 'x-atelier-portal': '1' }

const post = (path: string, body: object, headers: Record<string, string> = mark, on = studio): Promise<Answer> =>
  on.send({
    method: 'POST',
    rawPath: path,
    rawQuery: '',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

const addUser = async (userName: string, hash: string | null = null): Promise<string> => {
  const id = newId(studio.clock.now())
  const createdAt = studio.clock.now()
  await insertPrincipal(studio.db, { id, kind: 'user', userName, displayName: userName, passwordHash: hash, createdAt })
  return id
}

const cookiesOf = ({ headers }: Answer): string[] => headers['set-cookie'] ?? []
/** As the browser sends it back. */
const cookieIn = (answer: Answer) => cookiesOf(answer)[0]?.split(';')[0] ?? ''

const listStudios = (headers: Record<string, string>) => {
  const request = requestOf('ListStudios', {})
  return studio.send({ ...request, headers: { ...request.headers, ...headers } })
}
const refused = ({ status, body }: Answer) => [status, body.code, body.context?.reason]

describe('the first sign-in', () => {
  const own = async (t: { after(end: () => Promise<void>): void }) => {
    const fresh = await createHttpStudio()
    t.after(fresh.close)
    return { fresh, code: (await firstSignIn(fresh.db, fresh.clock.now())) ?? '' }
  }
  const welcome = (fresh: HttpStudio, code: string, userName: string) =>
    post('/portal/welcome', { code, userName, password }, mark, fresh)

  it('works once, whoever else tries at the same moment', async t => {
    const { fresh, code } = await own(t)
    const answers = await Promise.all(['ada', 'eve', 'mallory'].map(name => welcome(fresh, code, name)))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409])
    assert.equal((await welcome(fresh, code, 'late')).status, 409)
    const { count } = await fresh.db
      .selectFrom('principal')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('kind', '=', 'user')
      .executeTakeFirstOrThrow()
    assert.equal(Number(count), 1)
    assert.equal(await firstSignIn(fresh.db, fresh.clock.now()), undefined)
  })

  it('makes an administrator of the studio, who is signed in', async t => {
    const { fresh, code } = await own(t)
    const answer = await welcome(fresh, code, 'ada')
    assert.equal(answer.body.tier, 'admin')
    const request = requestOf('ListStreamingSessions', { studioId: fresh.studioId })
    const headers = { ...request.headers, ...mark, cookie: cookieIn(answer) }
    assert.equal((await fresh.send({ ...request, headers })).status, 200)
  })

  it('takes no other code, no code of an earlier start, and none after a day', async t => {
    const { fresh, code } = await own(t)
    assert.equal((await welcome(fresh, `${code}x`, 'eve')).status, 403)
    const newer = (await firstSignIn(fresh.db, fresh.clock.now())) ?? ''
    assert.equal((await welcome(fresh, code, 'eve')).status, 403)
    fresh.clock.pass(day)
    assert.equal((await welcome(fresh, newer, 'eve')).status, 403)
  })
})

describe('signing in', () => {
  let hash: string
  before(async () => {
    hash = await hashPassword(password)
  })

  it('gives a cookie that no script can read and no other site makes the browser send', async () => {
    await addUser('bo', hash)
    const answer = await post('/portal/sign-in', { userName: 'bo', password })
    assert.equal(answer.status, 200, answer.text)
    const [cookie = '', ...others] = cookiesOf(answer)
    assert.deepEqual(others, [])
    assert.match(cookie, /^atelier=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/)
    assert.ok(!answer.text.includes(hash) && !answer.text.includes(password))
  })

  it('is refused in the same words for a wrong password, an unknown user and one who has none', async () => {
    await addUser('cy', hash)
    await addUser('without')
    const answers = []
    for (const userName of ['cy', 'nobody', 'without'])
      answers.push(await post('/portal/sign-in', { userName, password: 'wrong' }))
    assert.equal(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1)
    assert.equal(answers[0]?.status, 401)
    assert.deepEqual(answers.flatMap(cookiesOf), [])
  })

  it('is refused to a user who was disabled', async () => {
    const id = await addUser('di', hash)
    await studio.db.updateTable('principal').set({ disabled: 1 }).where('id', '=', id).execute()
    assert.equal((await post('/portal/sign-in', { userName: 'di', password })).status, 401)
  })

  it('counts guesses by who a trusted proxy says makes them, and by nothing that others say', async t => {
    for (const [trustedProxies, another] of [
      [['127.0.0.1'], 401],
      [[], 429],
    ] as const) {
      const fresh = await createHttpStudio({ failuresPerAddress: 2, trustedProxies })
      t.after(fresh.close)
      let guesses = 0
      const guess = async (from: string) =>
        (
          await post(
            '/portal/sign-in',
            { userName: `nobody-${guesses++}`, password },
            { ...mark, 'x-forwarded-for': from },
            fresh,
          )
        ).status
      assert.deepEqual([await guess('10.0.0.1'), await guess('10.0.0.1'), await guess('10.0.0.1')], [401, 401, 429])
      assert.equal(await guess('10.0.0.2'), another)
    }
  })

  it('is closed for a while to whoever guesses, also to the right password', async () => {
    await addUser('ed', hash)
    const guess = (guessed: string) => post('/portal/sign-in', { userName: 'ed', password: guessed })
    const statuses = (await Promise.all(['a', 'b', 'c', 'd', 'e'].map(guess))).map(({ status }) => status)
    assert.deepEqual(statuses.sort(), [401, 401, 401, 429, 429])
    const closed = await guess(password)
    assert.equal(closed.status, 429)
    assert.ok(Number(closed.headers['retry-after']) > 60)
    studio.clock.pass(Number(closed.headers['retry-after']) * 1000)
    assert.equal((await guess(password)).status, 200)
  })

  it('takes nothing but what it asks for', async () => {
    const wrong = [
      {},
      { userName: 'bo' },
      { userName: 'bo', password: 'x'.repeat(1025) },
      { userName: { $ne: '' }, password },
      { userName: 'bo', password: [password] },
      { userName: 'bo', password: 7 },
      { userName: 'bo', password, tier: 'admin' },
      { userName: ' bo', password },
    ]
    for (const body of wrong) assert.equal((await post('/portal/sign-in', body)).status, 400, JSON.stringify(body))
  })
})

describe('a browser that is signed in', () => {
  let cookie: string
  let principalId: string
  before(async () => {
    principalId = await addUser('fay')
    cookie = `atelier=${await signIn(studio.db, principalId, studio.clock.now())}`
  })

  it('calls the API from pages of the portal, and only from there', async () => {
    // Who is no administrator gets an answer to what he asked, and not to who he is.
    const known = [403, 'AccessDeniedException', 'NOT_ALLOWED']
    const foreign = [403, 'AccessDeniedException', 'FOREIGN_ORIGIN']
    const asked = (headers: Record<string, string>) => listStudios({ cookie, ...headers }).then(refused)
    assert.deepEqual(await asked(mark), known)
    assert.deepEqual(await asked({ ...mark, origin: studio.origin }), known)
    assert.deepEqual(await asked({}), foreign)
    assert.deepEqual(await asked({ origin: studio.origin }), foreign)
    for (const origin of [
      'http://evil.test',
      'null',
      `${studio.origin}.evil.test`,
      studio.origin.replace('http', 'https'),
    ])
      assert.deepEqual(await asked({ ...mark, origin }), foreign, origin)
  })

  it('is nobody by a cookie that is made up, given twice, or beside a signature that is wrong', async () => {
    const made = await listStudios({ ...mark, cookie: `atelier=${'A'.repeat(43)}` })
    assert.deepEqual(refused(made), [403, 'UnrecognizedClientException', 'NOT_SIGNED_IN'])
    const twice = await listStudios({ ...mark, cookie: `${cookie}; ${cookie}` })
    assert.deepEqual(refused(twice), [403, 'MissingAuthenticationTokenException', 'NOT_SIGNED'])
    const signed = await listStudios({ ...mark, cookie, authorization: 'AWS4-HMAC-SHA256 x' })
    assert.deepEqual(refused(signed), [400, 'IncompleteSignatureException', 'INCOMPLETE_SIGNATURE'])
  })

  it('changes nothing of the portal from a page of another origin', async () => {
    const others = [{}, { ...mark, origin: 'http://evil.test' }, { ...mark, origin: 'null' }]
    for (const path of ['/portal/sign-in', '/portal/welcome', '/portal/sign-out', `/streams/${'x'.repeat(22)}/open`])
      for (const headers of others) {
        const answer = await post(path, { userName: 'fay', password, code: 'x' }, { cookie, ...headers })
        assert.equal(answer.status, 403, `${path} ${answer.text}`)
        assert.deepEqual(cookiesOf(answer), [])
      }
    assert.equal((await listStudios({ ...mark, cookie })).body.context?.reason, 'NOT_ALLOWED')
  })

  it('is nobody after signing out, on every request that still has the cookie', async () => {
    const answer = await post('/portal/sign-out', {}, { ...mark, cookie })
    assert.equal(answer.status, 204)
    assert.match(cookiesOf(answer)[0] ?? '', /^atelier=; Path=\/; HttpOnly; SameSite=Strict; Max-Age=0$/)
    const gone = [403, 'UnrecognizedClientException', 'NOT_SIGNED_IN']
    assert.deepEqual(refused(await listStudios({ ...mark, cookie })), gone)
  })

  it('is nobody after twelve hours, or when the user was disabled', async () => {
    const { db, clock } = studio
    const cookies = [await signIn(db, principalId, clock.now()), await signIn(db, principalId, clock.now() + hour)]
    const reason = async (token = '') =>
      (await listStudios({ ...mark, cookie: `atelier=${token}` })).body.context?.reason
    clock.pass(12 * hour)
    assert.deepEqual([await reason(cookies[0]), await reason(cookies[1])], ['NOT_SIGNED_IN', 'NOT_ALLOWED'])
    await db.updateTable('principal').set({ disabled: 1 }).where('id', '=', principalId).execute()
    assert.equal(await reason(cookies[1]), 'NOT_SIGNED_IN')
  })
})

describe('a secret', () => {
  it('is in no file of the server but the one that is for its owner, whatever is logged', async t => {
    const server = await startServer({ driver: 'simulated', env: { ATELIER_LOG_LEVEL: 'trace' } })
    t.after(server.removeEverything)
    const send = (path: string, body: object, headers: Record<string, string> = {}) =>
      fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...mark, ...headers },
        body: JSON.stringify(body),
      })
    const cookieValue = (response: Response) =>
      /^[\w-]+=([^;]+)/.exec(response.headers.getSetCookie()[0] ?? '')?.[1] ?? ''

    const code = new URL(server.welcomeUrl()).hash.slice(1)
    const welcomed = await send('/portal/welcome', { code, userName: 'ada', password })
    const wrong = 'wrong password of ada'
    await send('/portal/sign-in', { userName: 'ada', password: wrong })
    await send('/portal/sign-in', { userName: 'ada', password: 7 })

    const client = server.client()
    const studioId = await server.studioId()
    const { launchProfiles = [] } = await client.listLaunchProfiles({ studioId })
    const { launchProfileId = '' } = launchProfiles[0] ?? {}
    const { session } = await client.createStreamingSession({ studioId, launchProfileId })
    const one = { studioId, sessionId: session?.sessionId ?? '' }
    await until('the session is READY', async () => (await client.getStreamingSession(one)).session?.state === 'READY')
    const { stream } = await client.createStreamingSessionStream(one)
    const url = new URL(stream?.url ?? '')
    const token = url.hash.slice(1)
    const opened = await send(url.pathname.replace('view', 'streams').concat('/open'), { token })
    await send(url.pathname.replace('view', 'streams').concat('/open'), { token }, { cookie: 'atelier-stream=x' })
    await fetch(`${server.url}/2020-08-01/studios`, {
      headers: { ...mark, cookie: `atelier=${cookieValue(welcomed)}` },
    })
    await server.stop()

    const secrets: Record<string, string> = {
      'the code of the first sign-in': code,
      'the password': password,
      'a wrong password': wrong,
      'the cookie': cookieValue(welcomed),
      'the secret of a stream': token,
      'the key of a stream': cookieValue(opened),
      'the secret access key': server.exports().AWS_SECRET_ACCESS_KEY ?? '',
    }
    for (const [what, secret] of Object.entries(secrets)) assert.ok(secret.length > 15, `${what} is ${secret}`)

    const files = readdirSync(server.home, { recursive: true, encoding: 'utf8' })
      .map(name => join(server.home, name))
      .filter(path => statSync(path).isFile())
    const log = readFileSync(join(server.home, 'server.log'), 'utf8')
    assert.ok(
      log.includes('CreateStreamingSessionStream') && log.includes('"level":20'),
      'the log has too little in it',
    )
    const found = files.flatMap(path => {
      const content = readFileSync(path)
      return Object.entries(secrets).flatMap(([what, secret]) =>
        content.includes(secret) ? [`${what} in ${path.slice(server.home.length + 1)}`] : [],
      )
    })
    assert.deepEqual(found, ['the secret access key in quickstart.env'])
    assert.equal(statSync(join(server.home, 'quickstart.env')).mode & 0o777, 0o600)
  })
})
