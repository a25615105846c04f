import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createClient } from './client.ts'
import { decode, fromJson, repeatsKey } from './decode.ts'
import { encode, encodeError, rendered, toJson } from './encode.ts'
import { ApiError, conflict, notFound } from './errors.ts'
import { type Incoming, textOf } from './http.ts'
import { operations } from './model.ts'
import { route } from './routes.ts'
import { sampleOf } from './samples.ts'
import type { OperationName } from './types.ts'
import { validate } from './validate.ts'

const request = (method: string, url: string, body: unknown = undefined, headers: string[] = []): Incoming => {
  const [rawPath = '', rawQuery = ''] = url.split('?')
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)
  return {
    method,
    rawPath,
    rawQuery,
    rawHeaders: [...(text ? ['Content-Type', 'application/json'] : []), ...headers],
    body: Buffer.from(text),
  }
}

const decoded = (incoming: Incoming) => {
  const found = route(incoming.method, incoming.rawPath)
  assert.ok(found, `${incoming.method} ${incoming.rawPath} has no route`)
  return decode(incoming, found)
}

const refusalOf = (act: () => unknown): ApiError => {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error))
    return error
  }
  throw new assert.AssertionError({ message: 'nothing was refused' })
}

/** What reaches the wire when our own client makes a call. */
const sent = async (operation: OperationName, input: object): Promise<Incoming> => {
  let incoming: Incoming | undefined
  const client = createClient({
    endpoint: 'http://atelier.test',
    authorize: () => ({}),
    fetch: async (url, init) => {
      const { pathname, search } = new URL(String(url))
      incoming = request(init?.method ?? '', `${pathname}${search}`, (init?.body as string) ?? undefined, [])
      incoming = { ...incoming, rawHeaders: Object.entries(init?.headers as Record<string, string>).flat() }
      return new Response('{}')
    },
  }) as unknown as Record<string, (input: object) => Promise<unknown>>
  await client[operation.charAt(0).toLowerCase() + operation.slice(1)]?.(input)
  assert.ok(incoming)
  return incoming
}

describe('the contract', () => {
  it('has 49 operations of the contract and 25 of our own, each with a route of its own', () => {
    assert.equal(Object.keys(operations).length, 49 + 25)
    for (const { name, http } of Object.values(operations)) {
      const path = http.requestUri.replace(/\{\w+\}/g, 'x')
      assert.equal(route(http.method, path)?.operation, name)
    }
  })

  it('shares with our own model only shapes that are the same in both', () => {
    const read = (path: string) =>
      JSON.parse(readFileSync(new URL(`../../contract/${path}/service-2.json`, import.meta.url), 'utf8'))
    const [nimble, atelier] = [read('nimble/2020-08-01'), read('atelier/2026-11-24')]
    for (const name of Object.keys(atelier.shapes).filter(name => nimble.shapes[name]))
      assert.deepEqual(atelier.shapes[name], nimble.shapes[name], name)
    for (const name of Object.keys(atelier.operations)) assert.ok(!nimble.operations[name], name)
  })

  for (const { name, input, output } of Object.values(operations)) {
    it(`${name}: any valid input arrives as the client was given it`, async () => {
      await fc.assert(
        fc.asyncProperty(sampleOf(input.shape), async value => {
          // Only the client token travels in a header, which not every text fits in.
          const given = value as Record<string, unknown>
          if (given.clientToken !== undefined) given.clientToken = 'token-1'
          if (given.sessionIds !== undefined) given.sessionIds = 'a,b'
          const incoming = await sent(name as OperationName, given)
          const found = decoded(incoming)
          assert.deepEqual(found, given)
          validate(name as OperationName, found)
        }),
        { numRuns: 25 },
      )
    })

    it(`${name}: any output reads back as it was written`, () => {
      fc.assert(
        fc.property(sampleOf(output.shape), value => {
          const json = toJson(value, output.shape)
          assert.deepEqual(fromJson(JSON.parse(json), output.shape, ''), value)
        }),
        { numRuns: 25 },
      )
    })
  }
})

describe('a path', () => {
  it('keeps an encoded slash or colon inside its label', () => {
    const found = route('GET', '/2020-08-01/tags/arn%3Aaws%3Animble%3A%3A1%3Astudio%2Fx')
    assert.deepEqual(found?.labels, { resourceArn: 'arn:aws:nimble::1:studio/x' })
  })

  it('is not normalised', () => {
    assert.equal(route('GET', '/2020-08-01//studios'), undefined)
    assert.equal(route('GET', '/2020-08-01/studios/'), undefined)
    assert.equal(route('GET', '/2020-08-01/studios/../studios'), undefined)
    assert.deepEqual(route('GET', '/2020-08-01/studios/%2e%2e')?.labels, { studioId: '..' })
  })

  it('with broken percent-encoding is refused', () => {
    assert.equal(refusalOf(() => route('GET', '/2020-08-01/studios/%E0%A4')).name, 'SerializationException')
  })
})

describe('a body', () => {
  const create = (body: unknown, headers: string[] = []) =>
    decoded(request('POST', '/2020-08-01/studios/s/streaming-sessions', body, headers))

  it('takes only what the model knows', () => {
    assert.deepEqual(create({ launchProfileId: 'p', ownedBy: 'me', state: 'READY', arn: 'x' }), {
      studioId: 's',
      launchProfileId: 'p',
      ownedBy: 'me',
    })
  })

  it('cannot reach a prototype', () => {
    const input = create('{"__proto__":{"polluted":1},"launchProfileId":"p","tags":{"__proto__":"x"}}')
    assert.equal(({} as { polluted?: number }).polluted, undefined)
    assert.equal(Object.getPrototypeOf(input), Object.prototype)
  })

  it('of a wrong type is refused, saying where', () => {
    assert.match(refusalOf(() => create({ launchProfileId: 1 })).message, /'\/launchProfileId' must be a string/)
    assert.match(refusalOf(() => create({ tags: ['a'] })).message, /'\/tags' must be an object/)
    assert.match(refusalOf(() => create({ tags: { a: null } })).message, /must not be null/)
    assert.equal(refusalOf(() => create('[]')).name, 'SerializationException')
    assert.equal(refusalOf(() => create('{"a":')).name, 'SerializationException')
  })

  it('with a key twice is found out, whatever else is in it', () => {
    /** JSON with keys that are written in other ways, and texts that look like JSON; and whether a key is there twice. */
    const written = fc.letrec<{ any: { text: string; repeats: boolean }; object: { text: string; repeats: boolean } }>(
      tie => ({
        any: fc.oneof(
          { maxDepth: 5 },
          fc
            .oneof(
              fc.constantFrom('"', '{"a":1,"a":2}', '\\', ':', '\\"'),
              fc.string(),
              fc.integer(),
              fc.constant(null),
            )
            .map(value => ({ text: JSON.stringify(value), repeats: false })),
          tie('object'),
          fc.array(tie('any'), { maxLength: 4 }).map(items => ({
            text: `[${items.map(item => item.text).join(' , ')}]`,
            repeats: items.some(item => item.repeats),
          })),
        ),
        object: fc
          .array(fc.tuple(fc.constantFrom('a', '\\u0061', 'b', '\\"', '\\u0022', '{', ''), tie('any')), {
            maxLength: 4,
          })
          .map(members => ({
            text: `{${members.map(([key, { text }]) => `"${key}" : ${text}`).join(',')}}`,
            repeats:
              new Set(members.map(([key]) => JSON.parse(`"${key}"`))).size < members.length ||
              members.some(([, { repeats }]) => repeats),
          })),
      }),
    )
    fc.assert(fc.property(written.object, ({ text, repeats }) => assert.equal(repeatsKey(text), repeats, text)))
  })

  it('that is not UTF-8 is refused', () => {
    const incoming = { ...request('POST', '/2020-08-01/studios', '{}'), body: Buffer.from([0x7b, 0xff, 0x7d]) }
    assert.equal(refusalOf(() => decoded(incoming)).name, 'SerializationException')
  })

  it('needs its content type', () => {
    const incoming = { ...request('POST', '/2020-08-01/studios', '{}'), rawHeaders: ['Content-Type', 'text/plain'] }
    assert.equal(refusalOf(() => decoded(incoming)).status, 415)
  })

  it('may be absent where all its members are', () => {
    assert.deepEqual(decoded(request('PUT', '/2020-08-01/studios/s/sso-configuration')), { studioId: 's' })
    const stop = '/2020-08-01/studios/s/streaming-sessions/x/stop'
    assert.deepEqual(decoded(request('POST', stop)), { studioId: 's', sessionId: 'x' })
  })

  it('holds one member of a union', () => {
    const component = (configuration: unknown) =>
      decoded(request('POST', '/2020-08-01/studios/s/studio-components', { name: 'c', configuration }))
    const two = { computeFarmConfiguration: {}, licenseServiceConfiguration: {} }
    assert.equal(refusalOf(() => component(two)).name, 'SerializationException')
    assert.equal((component({}) as { configuration?: object }).configuration, undefined)
  })
})

describe('a query', () => {
  it('takes repeated keys for lists, and one for everything else', () => {
    const profiles = '/2020-08-01/studios/s/launch-profiles'
    assert.deepEqual(decoded(request('GET', `${profiles}?states=READY&states=DELETED&maxResults=5`)), {
      studioId: 's',
      states: ['READY', 'DELETED'],
      maxResults: 5,
    })
    const twice = refusalOf(() => decoded(request('GET', `${profiles}?maxResults=5&maxResults=6`)))
    assert.equal(twice.context.reason, 'REPEATED_PARAMETER')
    assert.equal(refusalOf(() => decoded(request('GET', `${profiles}?maxResults=5e1`))).name, 'SerializationException')
  })

  it('takes session ids with commas and as repeated keys', () => {
    const sessions = '/2020-08-01/studios/s/streaming-sessions?sessionIds=a,b&sessionIds=c'
    assert.deepEqual(decoded(request('GET', sessions)), { studioId: 's', sessionIds: 'a,b,c' })
  })
})

describe('validation', () => {
  it('names every failing member at once and echoes no value', () => {
    const refused = refusalOf(() =>
      validate('CreateStudio', { studioName: 'No Way', displayName: 'x'.repeat(65), adminRoleArn: 'a' } as never),
    )
    assert.equal(refused.name, 'ValidationException')
    assert.match(refused.message, /^3 validation errors detected: /)
    for (const member of ['/studioName', '/displayName', '/userRoleArn'])
      assert.ok(refused.message.includes(`'${member}'`), refused.message)
    assert.ok(!refused.message.includes('No Way'))
  })

  it('counts code points', () => {
    validate('CreateStudio', { ...studio, displayName: '🎨'.repeat(64) })
    refusalOf(() => validate('CreateStudio', { ...studio, displayName: '🎨'.repeat(65) }))
  })

  it('looks for no pattern in what is too long', () => {
    const refused = refusalOf(() => validate('CreateStudio', { ...studio, studioName: '!'.repeat(1_000_000) }))
    assert.match(refused.message, /^1 validation error detected: .*length/)
  })

  it('takes instance types of this installation beside the contract’s', () => {
    const session = { studioId: 's', launchProfileId: 'p', ec2InstanceType: 'local.small' as never }
    refusalOf(() => validate('CreateStreamingSession', session))
    validate('CreateStreamingSession', session, { StreamingInstanceType: new Set(['local.small']) })
  })

  const studio = {
    studioName: 'abc',
    displayName: 'x',
    adminRoleArn: 'arn:aws:iam::1:role/a',
    userRoleArn: 'arn:aws:iam::1:role/b',
  }

  it('names some of what is wrong, however much there is', () => {
    const studioComponentIds = Array.from({ length: 300_000 }, () => '')
    const ec2InstanceTypes = Array.from({ length: 300_000 }, () => '')
    for (const input of [{ studioComponentIds }, { streamConfiguration: { ec2InstanceTypes } }])
      assert.throws(
        () => validate('CreateLaunchProfile', input as never),
        error => error instanceof ApiError && error.message.length < 50_000,
      )
  })
})

describe('an answer', () => {
  it('embeds views that are rendered already', () => {
    const answer = encode('ListStreamingSessions', { sessions: [rendered('{"a":1}'), rendered('{"b":2}')] })
    assert.equal(textOf(answer), '{"sessions":[{"a":1},{"b":2}]}')
  })

  it('hands bytes that are rendered already on as they are', () => {
    const bytes = Buffer.from('{"a":"ä"}')
    const answer = encode('ListStreamingSessions', { sessions: rendered('[', bytes, ']'), nextToken: 'x' })
    assert.equal(answer.body[1], bytes)
    assert.equal(textOf(answer), '{"nextToken":"x","sessions":[{"a":"ä"}]}')
  })

  it('without a body has status 204', () => {
    assert.deepEqual(encode('TagResource', {}), { status: 204, headers: {}, body: [] })
  })

  it('that refuses carries the exception in header and code, and the reason in context', () => {
    const answer = encodeError(conflict('INVALID_STATE', 'no'))
    assert.equal(answer.status, 409)
    assert.equal(answer.headers['x-amzn-errortype'], 'ConflictException')
    assert.deepEqual(JSON.parse(textOf(answer)), {
      code: 'ConflictException',
      message: 'no',
      context: { reason: 'INVALID_STATE' },
    })
    assert.equal(JSON.parse(textOf(encodeError(notFound('studio', 'x')))).context.resourceId, 'x')
  })
})
