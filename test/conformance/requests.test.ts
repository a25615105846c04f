/** Requests that are wrong as a whole, whatever they ask: paths, methods, sizes, and texts that are more than texts. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { operations } from '../../src/contract/model.ts'
import type { OperationName } from '../../src/contract/types.ts'
import { requestOf } from '../http-studio.ts'
import { assertRefused, isOperation, noOperation, refusingStudio } from './refusals.ts'

const { ask, rightOf, changingNothing, things, port, log } = refusingStudio()

describe('a request', () => {
  it('for what is no operation is refused', () =>
    changingNothing(async () => {
      for (const [method, rawPath] of [
        ['GET', '/2020-08-01/'],
        ['GET', '/2020-08-01/studio'],
        ['PATCH', '/2020-08-01/studios'],
        ['GET', '/2020-08-01/studios/'],
        ['GET', '/2020-08-01//studios'],
        ['GET', '/2020-08-01/../2020-08-01/studios'],
        ['GET', '/2020-08-01/./studios'],
        ['GET', '/2020-08-01/%2e%2e/studios'],
        ['GET', '/2020-08-01/%73tudios'],
        ['GET', '/2020-08-01/studios;x=1'],
      ] as const) {
        const answer = await ask({ method, rawPath, rawQuery: '', headers: {}, body: '' })
        // With one label in the path, what is no word of the contract may be an id of nothing.
        if (isOperation(method, rawPath)) assert.equal(answer.status, 404, `${method} ${rawPath} ${answer.text}`)
        else assertRefused(answer, noOperation, `${method} ${rawPath}`)
      }
    }))

  it('with a method that its path does not have is refused', () =>
    changingNothing(async () => {
      for (const operation of Object.keys(operations) as OperationName[])
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
          const right = rightOf(operation)
          if (isOperation(method, right.rawPath)) continue
          assertRefused(await ask({ ...right, method }), noOperation, `${method} ${right.rawPath}`)
        }
    }))

  it('of a page of another origin is answered, with what the contract lets it send and read, and to no cookie', async () => {
    const origin = 'https://tools.example'
    const words = (text: unknown) => String(text).split(', ')
    for (const operation of Object.keys(operations) as OperationName[]) {
      const right = rightOf(operation)
      const asking = { origin, 'access-control-request-method': right.method }
      const { status, headers, text } = await ask({ ...right, method: 'OPTIONS', headers: asking, body: '' })
      assert.deepEqual([status, text, headers['access-control-allow-origin']], [204, '', '*'])
      assert.ok(words(headers['access-control-allow-methods']).includes(right.method))
      for (const name of ['authorization', 'content-type', 'x-amz-date', 'x-amz-client-token', 'x-amz-user-agent'])
        assert.ok(words(headers['access-control-allow-headers']).includes(name), name)
      assert.equal(headers['access-control-max-age'], '600')
      assert.equal(headers['access-control-allow-credentials'], undefined)
    }
    const { studioId } = things()
    const tooMuch = 'x'.repeat(2 ** 20 + 1)
    for (const [status, request] of [
      [200, requestOf('GetStudio', { studioId })],
      [404, requestOf('GetStudio', { studioId: 'none' })],
      [413, { ...requestOf('TagResource', { resourceArn: 'none' }), body: tooMuch }],
    ] as const) {
      const without = await ask(request)
      assert.deepEqual([without.status, without.headers['access-control-allow-origin']], [status, undefined])
      const { headers } = await ask({ ...request, headers: { ...request.headers, origin } })
      assert.equal(headers['access-control-allow-origin'], '*')
      assert.equal(headers['access-control-allow-credentials'], undefined)
      for (const name of ['x-amzn-errortype', 'x-amzn-requestid'])
        assert.ok(words(headers['access-control-expose-headers']).includes(name), name)
    }
  })

  it('has an id that its answer and the log tell, whatever comes of it', async () => {
    const { studioId } = things()
    const seen = new Set<string>()
    for (const [status, request] of [
      [200, requestOf('GetStudio', { studioId })],
      [404, requestOf('GetStudio', { studioId: 'none' })],
      [404, { method: 'GET', rawPath: '/2020-08-01/', rawQuery: '', headers: {}, body: '' }],
    ] as const) {
      const answer = await ask(request)
      const requestId = String(answer.headers['x-amzn-requestid'])
      const lines = log()
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
      const told = lines.filter(line => line.requestId === requestId && line.msg === 'request')
      assert.deepEqual(
        told.map(line => [line.status, line.operation]),
        [[status, request.rawPath.endsWith('/') ? undefined : 'GetStudio']],
      )
      seen.add(requestId)
    }
    assert.equal(seen.size, 3)
  })

  it('of exactly 1 MiB is read', async () => {
    const right = requestOf('StartStreamingSession', { studioId: things().studioId, sessionId: things().sessionId })
    const body = `{"a":"${'x'.repeat(2 ** 20 - 8)}"}`
    assert.equal(body.length, 2 ** 20)
    const answer = await ask({ ...right, body })
    assert.equal(answer.body.code, 'ConflictException', answer.text)
  })

  it('of too many bytes is answered to a client that reads only when it has sent them all', async () => {
    const body = Buffer.alloc(8 * 2 ** 20, 'x')
    const size = body.length.toString(16)
    const [counted, chunked] = [
      [`content-length: ${body.length}\r\n\r\n`, body],
      [`transfer-encoding: chunked\r\n\r\n${size}\r\n`, body, '\r\n0\r\n\r\n'],
    ]
    for (const parts of [counted, chunked] as (string | Buffer)[][]) {
      const socket = connect(port(), '127.0.0.1').setEncoding('utf8')
      const bytes = Buffer.concat(
        ['POST /2020-08-01/studios HTTP/1.1\r\nhost: x\r\n', ...parts].map(part => Buffer.from(part)),
      )
      await new Promise<void>((resolve, reject) => {
        socket.on('error', reject)
        socket.setTimeout(10_000, () => socket.destroy(new Error('the server takes no more bytes')))
        socket.write(bytes, () => resolve())
      })
      const [answer] = await once(socket, 'data')
      socket.destroy()
      assert.match(String(answer), /^HTTP\/1\.1 413 /)
    }
  })

  it('keeps a name like that of a prototype as any other text', async () => {
    const { resourceArn } = things()
    const right = requestOf('TagResource', { resourceArn })
    const answer = await ask({ ...right, body: '{"tags":{"__proto__":"a","constructor":"b"},"__proto__":{"tags":1}}' })
    assert.equal(answer.status, 204, answer.text)
    const { text } = await ask(requestOf('ListTagsForResource', { resourceArn }))
    const tags = Object.entries(JSON.parse(text).tags)
    for (const tag of [
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ])
      assert.ok(
        tags.some(([key, value]) => key === tag[0] && value === tag[1]),
        text,
      )
    assert.equal(({} as { tags?: unknown }).tags, undefined)
  })
})
