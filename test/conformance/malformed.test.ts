/**
 * Requests that the contract does not allow, to every operation, generated from the contract. Each is refused with
 * the right status and exception, names what is wrong and where, repeats nothing of it, and changes nothing.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { operationOf, operations, shapeOf } from '../../src/contract/model.ts'
import type { OperationName } from '../../src/contract/types.ts'
import { type Raw, requestOf } from '../http-studio.ts'
import { implemented } from './clients.ts'
import { brokenConstraints, canary, completeOf, everythingBroken, wrongTypes } from './faults.ts'
import {
  assertRefused,
  invalid,
  isOperation,
  malformed,
  membersIn,
  noOperation,
  notFound,
  quickMs,
  refusingStudio,
  repeated,
  tooLarge,
  wrongContent,
} from './refusals.ts'

const { ask, labelsOf, rightOf, changingNothing, took, log } = refusingStudio()

const withBody = (request: Raw, body: string | Uint8Array): Raw => ({ ...request, body })

/** A body in which each integer of the complete input, one after the other, is that JSON text. */
const bodiesWithInteger = (operation: OperationName, text: string): { path: string; body: string }[] =>
  wrongTypes(operation, labelsOf(operation)).flatMap(({ path, input, says }) => {
    if (!says.includes('integer') || !JSON.stringify(input).includes('9007199254740992')) return []
    const body = String(requestOf(operation, input).body)
    return [{ path, body: body.replace('9007199254740992', text) }]
  })

const notJson = ['{', '[]', '7', 'null', '"x"', '{"a":1,}', "{'a':1}", '{}{}', 'NaN', '{"a":+1}', '{"a":01}', '\0']
const notUtf8 = [
  Buffer.from([0x22, 0xff, 0x22]),
  Buffer.from('{"a":"\xff"}', 'latin1'),
  Buffer.from('{"a":"\xc0\xaf"}', 'latin1'),
  Buffer.from('{"a":"\xed\xa0\x80"}', 'latin1'),
  Buffer.from('{}', 'utf16le'),
]

const testBody = (operation: OperationName) => {
  it('refuses members of a wrong JSON type, naming them', () =>
    changingNothing(async () => {
      for (const { path, says, input } of wrongTypes(operation, labelsOf(operation))) {
        const answer = await ask(requestOf(operation, input))
        assertRefused(answer, malformed, path)
        assert.ok(answer.body.message?.startsWith(`The value at '${path}' ${says}`), answer.text)
      }
    }))

  it('refuses integers that no 32 bits hold, however they are written', () =>
    changingNothing(async () => {
      for (const text of ['1e400', '-1e400', '2147483648', '-2147483649', '9007199254740993', '1.5', '1e-1'])
        for (const { path, body } of bodiesWithInteger(operation, text)) {
          const answer = await ask(withBody(rightOf(operation), body))
          assertRefused(answer, malformed, `${path} ${text}`)
          assert.ok(answer.body.message?.startsWith(`The value at '${path}' must be a 32-bit integer`), answer.text)
        }
    }))

  it('refuses a body that is not JSON in UTF-8, or no object', () =>
    changingNothing(async () => {
      for (const body of [...notJson, ...notUtf8])
        assertRefused(await ask(withBody(rightOf(operation), body)), malformed, `${body}`)
    }))

  it('refuses a key that is given twice, at any depth and however it is written', () =>
    changingNothing(async () => {
      const right = rightOf(operation)
      const [[name = ''] = []] = membersIn(operation, 'body')
      const again = `"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}"`
      for (const body of [
        `{"${name}":null,"${name}":null}`,
        `{"${name}":null,${again}:null}`,
        `{"other":[{"a":1,"b":{"a":1},"a":2}]}`,
        String(right.body).replace('{', `{"${name}":"${canary}",`),
      ])
        assertRefused(await ask(withBody(right, body)), malformed, body)
    }))

  it('refuses nesting without end, in members of the contract and in others', () =>
    changingNothing(async () => {
      for (const name of [...membersIn(operation, 'body').map(([name]) => name), 'other'])
        for (const [open, close] of [
          ['[', ']'],
          ['{"a":', '}'],
        ] as const) {
          // As deep as a body can be, and just too deep: one is the body itself.
          const most = Math.floor((2 ** 20 - 100) / (open.length + close.length))
          for (const depth of [most, 100]) {
            const deep = `${open.repeat(depth)}1${close.repeat(depth)}`
            const answer = await ask(withBody(rightOf(operation), `{"${name}":${deep}}`))
            assertRefused(answer, malformed, `${name} ${open}`)
            assert.equal(answer.body.message, 'The body has more than 100 values in one another.')
          }
        }
    }))

  it('refuses a body of another type', () =>
    changingNothing(async () => {
      const right = rightOf(operation)
      const { 'content-type': _, ...untyped } = right.headers
      assertRefused(await ask({ ...right, headers: untyped }), wrongContent, 'no type')
      for (const type of ['text/plain', 'application/jsonp', 'application/x-www-form-urlencoded', '', 'json', canary])
        assertRefused(await ask({ ...right, headers: { ...untyped, 'content-type': type } }), wrongContent, type)
    }))
}

const testQuery = (operation: OperationName) => {
  for (const [name, { shape, locationName = name }] of membersIn(operation, 'querystring')) {
    if (shapeOf(shape).type !== 'list' && name !== 'sessionIds')
      it(`refuses ${name} given twice`, () =>
        changingNothing(async () => {
          for (const rawQuery of [`${locationName}=1&${locationName}=2`, `${locationName}&${locationName}`])
            assertRefused(await ask({ ...rightOf(operation), rawQuery }), repeated, rawQuery)
        }))

    if (shapeOf(shape).type === 'integer')
      it(`refuses ${name} that is no integer of 32 bits`, () =>
        changingNothing(async () => {
          const texts = [canary, '', '1.5', '1e2', '0x10', '%2B5', '5%20', '2147483648', '9007199254740993', '1e400']
          for (const text of texts) {
            const answer = await ask({ ...rightOf(operation), rawQuery: `${locationName}=${text}` })
            assertRefused(answer, malformed, text)
            assert.ok(answer.body.message?.startsWith(`The value at '/${name}' must be `), answer.text)
          }
        }))
  }
}

const testPath = (operation: OperationName) => {
  const labels = membersIn(operation, 'uri').map(([name, { locationName = name }]) => locationName)
  const { method, requestUri } = operationOf(operation).http
  const pathWith = (label: string, text: string) =>
    requestUri.replace(/\{(\w+)\}/g, (_, name) => (name === label ? text : 'x'))

  if (labels.length > 0)
    it('refuses a path that has an empty label, or a slash more', () =>
      changingNothing(async () => {
        for (const label of labels)
          for (const rawPath of [pathWith(label, ''), pathWith(label, 'x/x'), pathWith(label, '/')]) {
            const answer = await ask({ ...rightOf(operation), rawPath })
            // What has as many parts may be another operation of the same method, to which this is malformed.
            if (answer.body.code !== 'UnknownOperationException') {
              assert.ok(isOperation(method, rawPath), `${method} ${rawPath} ${answer.text}`)
              assert.ok(answer.status >= 400, answer.text)
            } else assertRefused(answer, noOperation, rawPath)
          }
      }))

  if (labels.length > 0 && implemented.includes(operation))
    it('takes a slash, dots and a zero in a label for what they are: an id of nothing', () =>
      changingNothing(async () => {
        const whole = rightOf(operation)
        const right = { ...whole, rawQuery: whole.rawQuery.replace(/nextToken=[^&]*&?/, '') }
        for (const label of labels)
          for (const odd of [
            '%2F',
            'x%2Fx',
            '%2e%2e',
            '..',
            '.',
            '..%2F..%2Fx',
            '%00',
            '%0d%0ax:%20x',
            '%5c',
            '%25',
            '*',
          ]) {
            const answer = await ask({ ...right, rawPath: pathWith(label, odd) })
            assertRefused(answer, notFound, `${label} ${odd}`)
          }
      }))

  it('refuses a path or a query that is not UTF-8 in percent-encoding', () =>
    changingNothing(async () => {
      for (const bad of ['%', '%zz', '%f', '%ff', '%c0%af', '%ed%a0%80']) {
        assertRefused(await ask({ ...rightOf(operation), rawQuery: `nextToken=${bad}` }), malformed, bad)
        for (const label of labels)
          assertRefused(await ask({ ...rightOf(operation), rawPath: pathWith(label, bad) }), malformed, bad)
      }
    }))
}

for (const operation of Object.keys(operations) as OperationName[])
  describe(`${operation}, malformed`, () => {
    if (brokenConstraints(operation, {}).length > 0)
      it('refuses what breaks a constraint, naming the member and the constraint', () =>
        changingNothing(async () => {
          for (const { path, says, input } of brokenConstraints(operation, labelsOf(operation))) {
            const answer = await ask(requestOf(operation, input))
            assertRefused(answer, invalid, `${path}: ${says}`)
            const message = `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${says}`
            assert.ok(answer.body.message?.startsWith(message), `${answer.body.message}\n${message}`)
          }
        }))

    if (everythingBroken(operation, {}).paths.length > 1)
      it('names all members that are wrong at once', () =>
        changingNothing(async () => {
          const { input, paths } = everythingBroken(operation, labelsOf(operation))
          const answer = await ask(requestOf(operation, input))
          assertRefused(answer, invalid, paths.join())
          const found = [...(answer.body.message ?? '').matchAll(/Value at '([^']+)'/g)].map(([, path]) => path)
          assert.deepEqual(found.sort(), [...paths].sort())
          assert.ok(answer.body.message?.startsWith(`${paths.length} validation errors detected: `), answer.text)
        }))

    if (membersIn(operation, 'body').length > 0) testBody(operation)
    testQuery(operation)
    testPath(operation)

    it('refuses a body of more than 1 MiB', () =>
      changingNothing(async () => {
        const body = `{"a":"${canary.padEnd(2 ** 20 - 7, 'x')}"}`
        assertRefused(await ask(withBody(rightOf(operation), body)), tooLarge, 'a byte too many')
      }))
  })

describe('a union', () => {
  const unions = Object.keys(operations).flatMap(name =>
    membersIn(name as OperationName, 'body').flatMap(([member, { shape }]) => {
      const union = shapeOf(shape)
      return union.type === 'structure' && union.union ? [{ operation: name as OperationName, member, union }] : []
    }),
  )
  for (const { operation, member, union } of unions)
    it(`of ${operation} is refused with two members, or with one that is empty and one that is not`, () =>
      changingNothing(async () => {
        const { body, ...right } = rightOf(operation)
        const names = Object.keys(union.members)
        for (const [i, one] of names.entries())
          for (const other of names.slice(i + 1)) {
            const value = { [one]: {}, [other]: completeOf(union.members[other]?.shape ?? '') }
            const sent = JSON.stringify({ ...JSON.parse(String(body)), [member]: value })
            const answer = await ask({ ...right, body: sent })
            assertRefused(answer, malformed, `${one}, ${other}`)
            assert.equal(answer.body.message, `The union at '/${member}' has 2 members set; it takes one.`)
          }
      }))

  it('is found in the contract', () => assert.ok(unions.length > 0))
})

describe('a refusal', () => {
  it('is quick', () => {
    assert.ok(took.length > 3000, `${took.length} requests were refused`)
    assert.deepEqual(
      took.filter(({ ms }) => ms > quickMs),
      [],
    )
  })

  it('writes nothing of what was wrong to the log', () => {
    assert.ok(log().split('\n').length > took.length, 'the log has a line for each')
    assert.ok(!log().includes(canary), 'the log repeats what was wrong')
  })
})
