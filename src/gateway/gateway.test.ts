/** What a browser that has opened a stream is told of the end of its session, and what no other one is. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { on, once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { after, before, it } from 'node:test'
import { WebSocket } from 'ws'
import { createHttpStudio, type HttpStudio } from '../../test/http-studio.ts'
import { minute, persistent, read, settle } from '../../test/studio.ts'
import { until } from '../../test/until.ts'
import { getStreamingSessionStatistics } from '../operations/session-statistics.ts'
import { createStreamingSession, stopStreamingSession } from '../operations/streaming-sessions.ts'
import { attachPolicy, detachPolicy } from '../store/policies.ts'
import { purgeStatistics } from '../store/session-statistics.ts'

let studio: HttpStudio
let sessionId = ''
let path = ''
let cookie = ''

const get = (headers: Record<string, string>) =>
  studio.send({ method: 'GET', rawPath: `${path}/end`, rawQuery: '', headers, body: '' })

before(async () => {
  studio = await createHttpStudio()
  const { studioId } = studio
  const launchProfileId = await studio.profile({ ...persistent, maxSessionLengthInMinutes: 60 })
  const { session } = await createStreamingSession(studio.call(), { studioId, launchProfileId })
  sessionId = read(session)?.sessionId ?? ''
  await settle(studio)
  // By somebody who is there: whether he may is asked again with each connection.
  const { body } = await studio.ask('CreateStreamingSessionStream', { studioId, sessionId })
  const address = new URL((body.stream as { url: string }).url)
  path = address.pathname.replace('view', 'streams')
  const opened = await studio.send({
    method: 'POST',
    rawPath: `${path}/open`,
    rawQuery: '',
    headers: { 'content-type': 'application/json', 'x-atelier-portal': '1' },
    body: JSON.stringify({ token: address.hash.slice(1) }),
  })
  cookie = opened.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
})
after(() => studio.close())

it('a browser with the key of a stream is told when its session ends, and what time it is', async () => {
  const { status, body } = await get({ cookie })
  assert.equal(status, 200)
  const now = studio.clock.now()
  assert.deepEqual(body, {
    sessionId,
    endsAt: new Date(now + 60 * minute).toISOString(),
    action: 'STOP',
    reason: 'MAX_SESSION_LENGTH',
    now: new Date(now).toISOString(),
  })
})

it('a browser without the key, or with another, is told nothing', async () => {
  for (const headers of [{}, { cookie: 'atelier-stream=x' }] as Record<string, string>[])
    assert.equal((await get(headers)).status, 403)
})

it('a browser with the key of a stream does not connect when whoever opened it may do so no more', async () => {
  const { db, origin, account } = studio
  const connects = async () => {
    const viewer = new WebSocket(`${origin.replace('http', 'ws')}${path}/desktop`, 'binary', {
      headers: { cookie, origin },
    })
    viewer.on('error', () => {})
    const outcome = await Promise.race([
      once(viewer, 'open').then(() => 'open'),
      once(viewer, 'unexpected-response').then(([, { statusCode }]) => statusCode),
    ])
    viewer.terminate()
    return outcome
  }
  assert.equal(await connects(), 'open')
  await detachPolicy(db, account.principalId, 'AdministratorAccess')
  assert.equal(await connects(), 403)
  await attachPolicy(db, account.principalId, 'AdministratorAccess')
  assert.equal(await connects(), 'open')
})

it('a connection that is refused is over, though whoever asked for it never ends his side', async () => {
  const { hostname, port } = new URL(studio.origin)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  socket.write(`GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
  const [answer] = await once(socket, 'data')
  assert.match(String(answer), /^HTTP\/1\.1 404 /)
  const reset = new Promise(resolve => socket.once('error', resolve))
  // To a socket that is closed, and not only at its end, nothing can be written: the second time that is known.
  const writing = setInterval(() => socket.write('x'), 10)
  await reset
  clearInterval(writing)
  socket.destroy()
})

it('what a viewer measures is kept by the minute, for a day, and echoes stay echoes', async () => {
  const { origin } = studio
  const viewer = new WebSocket(`${origin.replace('http', 'ws')}${path}/desktop`, 'binary', {
    headers: { cookie, origin },
  })
  await once(viewer, 'open')
  const told = (input: object) =>
    getStreamingSessionStatistics(studio.call(), { studioId: studio.studioId, sessionId, ...input })
  viewer.send(JSON.stringify({ roundTripInMilliseconds: 12, decoder: 'RFB', streamId: 'x' }))
  viewer.send(JSON.stringify({ roundTripInMilliseconds: 13, decoder: 'too soon' }))
  viewer.send(`{"note":"${'x'.repeat(2000)}"}`)
  viewer.send('ping')
  for await (const [data, isBinary] of on(viewer, 'message', { signal: AbortSignal.timeout(20_000) })) {
    if (isBinary) continue
    assert.equal(String(data), 'ping')
    break
  }
  viewer.terminate()
  const kept = await until('it is kept', async () => {
    const { streamingSessionStatistics } = await told({})
    return streamingSessionStatistics.length > 0 && streamingSessionStatistics
  })
  const [, streamId] = path.split('/').slice(1)
  const measuredAt = new Date(studio.clock.now())
  assert.deepEqual(kept, [{ streamId, measuredAt, roundTripInMilliseconds: 12, decoder: 'RFB' }])
  studio.clock.pass(2 * minute)
  assert.deepEqual((await told({ lastMinutes: 1 })).streamingSessionStatistics, [])
  assert.deepEqual((await told({ lastMinutes: 3 })).streamingSessionStatistics, kept)
  await purgeStatistics(studio.db, studio.clock.now() - 3 * minute)
  assert.deepEqual((await told({})).streamingSessionStatistics, kept)
  await purgeStatistics(studio.db, studio.clock.now())
  assert.deepEqual((await told({})).streamingSessionStatistics, [])
})

it('a browser whose session has ended is told why, as long as it holds the key', async () => {
  await stopStreamingSession(studio.call(), { studioId: studio.studioId, sessionId })
  const { status, body } = await get({ cookie })
  assert.deepEqual([status, body.message], [409, 'The workstation is being stopped.'])
  await settle(studio)
  assert.equal((await get({ cookie })).status, 403)
})

it('who may not connect and breaks the rules of WebSockets as well ends nobody but himself', async () => {
  const { origin } = studio
  await settle(studio)
  for (const protocol of ['binary', 'nonsense']) {
    const asked = request(`${origin}${path}/desktop`, {
      headers: {
        ...{ connection: 'Upgrade', upgrade: 'websocket', origin, 'sec-websocket-version': '13' },
        ...{ 'sec-websocket-key': randomBytes(16).toString('base64'), 'sec-websocket-protocol': protocol },
      },
    })
    asked.end()
    const [, socket] = (await once(asked, 'upgrade', { signal: AbortSignal.timeout(20_000) })) as [unknown, Socket]
    // A frame that is not masked, as a browser's has to be.
    socket.write(Buffer.from([0x82, 1, 0]))
    socket.resume()
    await once(socket, 'close', { signal: AbortSignal.timeout(20_000) })
  }
  assert.equal((await get({})).status, 403)
})
