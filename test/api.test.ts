/** What the API refuses, asked over real HTTP: bad input to every operation, generated from the contract. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { operationOf, operations, structureOf } from '../src/contract/model.ts'
import { sampleOf } from '../src/contract/samples.ts'
import type { OperationName } from '../src/contract/types.ts'
import { handlers, notImplemented } from '../src/operations/handlers.ts'
import { calls, type Implemented, makeThings, type Things } from './calls.ts'
import { brokenConstraints, canary, everythingBroken, wrongTypes } from './faults.ts'
import { type Answer, contentsOf, createHttpStudio, type HttpStudio, type Raw, requestOf } from './http-studio.ts'
import { accountCaller } from './studio.ts'

let studio: HttpStudio
let things: Things

before(async () => {
  studio = await createHttpStudio()
  things = await makeThings(studio, accountCaller, await studio.profile())
})
after(() => studio.close())

const implemented = Object.keys(handlers) as Implemented[]
const inputOf = (operation: Implemented) => calls[operation](things) as Record<string, unknown>

const membersIn = (operation: string, location: string | undefined) =>
  Object.entries(structureOf(operationOf(operation).input.shape).members).filter(
    ([, member]) => member.location === location,
  )

/** Checks what every refusal is, and that it repeats nothing of what was wrong. */
const assertRefused = (answer: Answer, name: string, status: number, reason: string, what: string) => {
  const { code, context } = answer.body
  assert.deepEqual(
    { name: answer.headers['x-amzn-errortype'], code, status: answer.status, reason: context?.reason },
    { name, code: name, status, reason },
    `${what}: ${answer.text}`,
  )
  assert.match(String(answer.headers['x-amzn-requestid']), /^[\w-]{20,}$/, what)
  assert.ok(!answer.text.includes(canary), `${what} is repeated: ${answer.text}`)
}

const changingNothing = async (act: () => Promise<void>) => {
  const before = await contentsOf(studio.db)
  await act()
  assert.ok((await contentsOf(studio.db)) === before, 'a refused request has changed something')
}

for (const operation of implemented)
  describe(`${operation} with bad input`, () => {
    if (membersIn(operation, undefined).length > 0)
      it('refuses members of a wrong JSON type, naming them', () =>
        changingNothing(async () => {
          for (const { path, says, input } of wrongTypes(operation, inputOf(operation))) {
            const answer = await studio.ask(operation, input)
            assertRefused(answer, 'SerializationException', 400, 'MALFORMED_REQUEST', path)
            assert.ok(answer.body.message?.startsWith(`The value at '${path}' ${says} `), answer.text)
          }
        }))

    if (brokenConstraints(operation, {}).length > 0)
      it('refuses what breaks a constraint, naming the member and the constraint', () =>
        changingNothing(async () => {
          for (const { path, says, input } of brokenConstraints(operation, inputOf(operation))) {
            const answer = await studio.ask(operation, input)
            assertRefused(answer, 'ValidationException', 400, 'INVALID_MEMBER', `${path}: ${says}`)
            const message = `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${says}`
            assert.ok(answer.body.message?.startsWith(message), `${answer.body.message}\n${message}`)
          }
        }))

    if (everythingBroken(operation, {}).paths.length > 1)
      it('names all members that are wrong at once', () =>
        changingNothing(async () => {
          const { input, paths } = everythingBroken(operation, inputOf(operation))
          const answer = await studio.ask(operation, input)
          assertRefused(answer, 'ValidationException', 400, 'INVALID_MEMBER', paths.join())
          const found = [...(answer.body.message ?? '').matchAll(/Value at '([^']+)'/g)].map(([, path]) => path)
          assert.deepEqual(found.sort(), [...paths].sort())
        }))

    if (membersIn(operation, 'uri').length > 0)
      it('refuses ids of nothing', () =>
        changingNothing(async () => {
          const labels = membersIn(operation, 'uri').map(([name]) => name)
          const input = inputOf(operation)
          for (const name of labels) {
            const id = absent(name, String(input[name]))
            const answer = await studio.ask(operation, { ...input, [name]: id })
            assertRefused(answer, 'ResourceNotFoundException', 404, 'NOT_FOUND', name)
            assert.ok(Object.values({ ...input, [name]: id }).includes(answer.body.context?.resourceId ?? ''))
          }
        }))

    it('refuses a path or a query that is not UTF-8 in percent-encoding', () =>
      changingNothing(async () => {
        const right = requestOf(operation, inputOf(operation))
        for (const bad of ['%', '%zz', '%ff', '%c0%af', '%ed%a0%80']) {
          const inQuery = await ask({ ...right, rawQuery: `nextToken=${bad}` })
          assertRefused(inQuery, 'SerializationException', 400, 'MALFORMED_REQUEST', bad)
          if (membersIn(operation, 'uri').length === 0) continue
          const inPath = await ask({ ...right, rawPath: right.rawPath.replace(/[^/]*%[^/]*|(?<=tags\/).*/, bad) })
          assertRefused(inPath, 'SerializationException', 400, 'MALFORMED_REQUEST', bad)
        }
      }))

    for (const [name, { locationName = name }] of membersIn(operation, 'querystring'))
      if (!['sessionIds', 'states', 'tagKeys'].includes(name))
        it(`refuses ${name} given twice`, () =>
          changingNothing(async () => {
            const right = requestOf(operation, inputOf(operation))
            const answer = await ask({ ...right, rawQuery: `${locationName}=1&${locationName}=2` })
            assertRefused(answer, 'ValidationException', 400, 'REPEATED_PARAMETER', name)
          }))

    if (membersIn(operation, undefined).length > 0)
      it('refuses a body that is not JSON in UTF-8, or no object', () =>
        changingNothing(async () => {
          const right = requestOf(operation, inputOf(operation))
          const bodies = ['{', '[]', '7', 'null', '"x"', '{"a":1,}', "{'a':1}", '{}{}', 'NaN']
          for (const body of [...bodies, Buffer.from([0x22, 0xff, 0x22]), Buffer.from('{"a":"\xff"}', 'latin1')])
            assertRefused(await ask({ ...right, body }), 'SerializationException', 400, 'MALFORMED_REQUEST', `${body}`)
        }))

    if (membersIn(operation, undefined).length > 0)
      it('refuses a body of another type', () =>
        changingNothing(async () => {
          const right = requestOf(operation, inputOf(operation))
          for (const type of ['text/plain', 'application/jsonp', 'application/x-www-form-urlencoded', '', 'json']) {
            const answer = await ask({ ...right, headers: { ...right.headers, 'content-type': type }, body: '{}' })
            assertRefused(answer, 'UnsupportedMediaTypeException', 415, 'WRONG_CONTENT_TYPE', type)
          }
        }))

    it('refuses a body of more than 1 MiB', () =>
      changingNothing(async () => {
        const right = requestOf(operation, inputOf(operation))
        const answer = await ask({ ...right, body: JSON.stringify({ name: 'x'.repeat(2 ** 20 - 10) }) })
        assertRefused(answer, 'RequestEntityTooLargeException', 413, 'BODY_TOO_LARGE', 'one byte too many')
      }))
  })

/** Sent as it is, with a right signature. */
const ask = (request: Raw) => studio.send(studio.signed(studio.account, request))

/** An id of the same form that nothing has. */
const absent = (name: string, id: string) =>
  name === 'studioId' || name === 'resourceArn' ? id.replace(/.$/, '_') : 'x'.repeat(22)

describe('a request', () => {
  it('for what is no operation is refused', async () => {
    for (const [method, rawPath] of [
      ['GET', '/2020-08-01/'],
      ['GET', '/2020-08-01/studio'],
      ['PATCH', '/2020-08-01/studios'],
      ['GET', '/2020-08-01/studios/'],
      ['GET', '/2020-08-01//studios'],
      ['GET', '/2020-08-01/../2020-08-01/studios'],
      ['GET', '/2020-08-01/%73tudios'],
    ] as const) {
      const answer = await ask({ method, rawPath, rawQuery: '', headers: {}, body: '' })
      assertRefused(answer, 'UnknownOperationException', 404, 'UNKNOWN_OPERATION', `${method} ${rawPath}`)
    }
  })

  it('of too many bytes is answered to a client that reads only when it has sent them all', async () => {
    const body = Buffer.alloc(8 * 2 ** 20, 'x')
    const size = body.length.toString(16)
    const [counted, chunked] = [
      [`content-length: ${body.length}\r\n\r\n`, body],
      [`transfer-encoding: chunked\r\n\r\n${size}\r\n`, body, '\r\n0\r\n\r\n'],
    ]
    for (const parts of [counted, chunked] as (string | Buffer)[][]) {
      const socket = connect(Number(new URL(studio.origin).port), '127.0.0.1').setEncoding('utf8')
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

  it('changes nothing by members that the operation does not have', async () => {
    const { studioId, launchProfileId, sessionId } = things
    const foreign = { sessionId: 'mine', state: 'READY', arn: 'arn:x', createdBy: 'x', stopAt: 1, __proto__: { a: 1 } }
    const body = `{"__proto__":{"ownedBy":"x"},"constructor":7,${JSON.stringify({ launchProfileId, ...foreign }).slice(1)}`
    const { status, text } = await ask({ ...requestOf('CreateStreamingSession', { studioId }), body })
    assert.equal(status, 200, text)
    const made = JSON.parse(text).session
    assert.notEqual(made.sessionId, 'mine')
    assert.equal(made.state, 'CREATE_IN_PROGRESS')
    assert.equal(made.createdBy, studio.account.principalId)
    assert.equal(made.ownedBy, studio.account.principalId)
    assert.equal(made.stopAt, undefined)
    const stopped = await studio.ask('StopStreamingSession', { studioId, sessionId, ownedBy: 'x', state: 'DELETED' })
    assert.equal(JSON.parse(stopped.text).session.ownedBy, things.ownedBy)
  })
})

describe('an operation that is not there yet', () => {
  it('is one of those listed, and no other', () =>
    assert.deepEqual([...notImplemented, ...implemented].sort(), Object.keys(operations).sort()))

  for (const operation of notImplemented as readonly OperationName[])
    it(`says so: ${operation}`, () =>
      changingNothing(async () => {
        const [sample = {}] = fc.sample(sampleOf(operationOf(operation).input.shape), {
          seed: 1,
          numRuns: 1,
        }) as object[]
        const answer = await studio.ask(operation, { ...sample, clientToken: 'one' })
        assertRefused(answer, 'InternalServerErrorException', 500, 'NOT_IMPLEMENTED', operation)
      }))
})
