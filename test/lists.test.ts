/** Lists, page by page: every operation that has a `nextToken`. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { newId } from '../src/contract/ids.ts'
import { operationOf, shapeOf, structureOf } from '../src/contract/model.ts'
import { acceptEulas } from '../src/operations/eulas.ts'
import { handlers } from '../src/operations/handlers.ts'
import { calls, type Implemented, makeThings, type Things } from './calls.ts'
import { createHttpStudio, type HttpStudio, requestOf } from './http-studio.ts'
import { addCopies, type List, lists, remove } from './lists.ts'
import type { TestPrincipal } from './principals.ts'
import { accountCaller, day } from './studio.ts'

/** The members that say whose list it is: they are in the path. */
const scopeNames = (operation: Implemented) =>
  Object.entries(structureOf(operationOf(operation).input.shape).members).flatMap(([name, { location }]) =>
    location === 'uri' ? [name] : [],
  )
const scopeOf = (operation: Implemented) =>
  Object.fromEntries(
    scopeNames(operation).map(name => [name, things[name === 'principalId' ? 'ownedBy' : (name as 'studioId')]]),
  )

/** The most that a page holds. */
const pageOf = (operation: Implemented): number => {
  const { items } = lists[operation] as List
  const member = structureOf(operationOf(operation).output.shape).members[items]
  return shapeOf(member?.shape ?? '').max ?? 100
}

const hasPages = (operation: Implemented) => 'nextToken' in structureOf(operationOf(operation).input.shape).members

/** Tables that have more than one page of rows. */
const filled = new Set<string>()

let studio: HttpStudio
let things: Things
let other: TestPrincipal

before(async () => {
  studio = await createHttpStudio()
  things = await makeThings(studio, accountCaller, await studio.profile())
  other = await studio.add('account', 'other')
  await acceptEulas(studio.call(), calls.AcceptEulas(things))
})
after(() => studio.close())

it('every list that has pages is tested here', () =>
  assert.deepEqual((Object.keys(handlers) as Implemented[]).filter(hasPages).sort(), Object.keys(lists).sort()))

for (const [name, { table, items, id, others }] of Object.entries(lists)) {
  const operation = name as Implemented
  const scope = () => scopeOf(operation)
  const largest = pageOf(operation)

  const page = async (input: object = {}, key = studio.account) => {
    const { status, body } = await studio.ask(operation, { ...scope(), ...input }, key)
    const shown = (body[items] ?? []) as Record<string, string>[]
    const nextToken = body.nextToken as string | undefined
    return { status, body, ids: shown.map(item => item[id] ?? ''), ...(nextToken === undefined ? {} : { nextToken }) }
  }

  describe(operation, () => {
    /** In order of creation. */
    let there: string[]
    before(async () => {
      const { db, clock } = studio
      there = await addCopies(db, table, 250, clock.now())
      filled.add(table)
      clock.pass(day)
    })

    it('gives every item once, in order of creation, while others come and go', async () => {
      const { db, clock } = studio
      const walked: string[] = []
      const gone: string[] = []
      let nextToken: string | undefined
      do {
        const found = await page(nextToken === undefined ? {} : { nextToken })
        assert.equal(found.status, 200, JSON.stringify(found.body))
        assert.ok(found.ids.length <= largest)
        walked.push(...found.ids)
        nextToken = found.nextToken
        // One that was on the page, its last, on which the cursor stands, and one that is still to come.
        const going = [there[3], found.ids.at(-1), there.at(-3)].flatMap(id =>
          id !== undefined && there.includes(id) && !gone.includes(id) ? [id] : [],
        )
        await remove(db, table, going)
        gone.push(...going)
        await addCopies(db, table, 2, clock.now())
        clock.pass(10)
      } while (nextToken !== undefined && walked.length < 20_000)
      assert.equal(new Set(walked).size, walked.length, 'an item came twice')
      const stayed = there.filter(id => !gone.includes(id))
      assert.deepEqual(
        walked.filter(id => stayed.includes(id)),
        stayed,
      )
    })

    it('fills its pages, and the last has no cursor', async () => {
      const first = await page()
      assert.equal(first.ids.length, largest)
      let last = first
      while (last.nextToken) last = await page({ nextToken: last.nextToken })
      assert.ok(last.ids.length > 0 && !('nextToken' in last.body))
    })

    if ('maxResults' in structureOf(operationOf(operation).input.shape).members)
      it('gives as many items as are asked for', async () => {
        const found = await page({ maxResults: 7 })
        assert.equal(found.ids.length, 7)
        assert.equal((await page({ maxResults: 3, nextToken: found.nextToken })).ids.length, 3)
      })

    it('refuses a cursor that is damaged, foreign or old', async () => {
      const { clock } = studio
      const { nextToken = '' } = await page()
      const refused = async (input: object, what: string, key = studio.account) => {
        const { status, body } = await page(input, key)
        assert.equal(status, 400, what)
        assert.deepEqual([body.code, body.context?.reason], ['ValidationException', 'INVALID_NEXT_TOKEN'], what)
      }
      assert.equal((await page({ nextToken })).status, 200)

      const [place = '', mac = ''] = nextToken.split('.')
      const damaged = [
        '',
        '.',
        'x',
        'ö.ö',
        'x'.repeat(8000),
        place,
        `${place}.`,
        `.${mac}`,
        `${nextToken}.`,
        `${nextToken}=`,
      ]
      for (let i = 0; i < nextToken.length; i += 7)
        damaged.push(
          nextToken.slice(0, i),
          nextToken.slice(0, i) + (nextToken[i] === 'A' ? 'B' : 'A') + nextToken.slice(i + 1),
        )
      for (const token of damaged) await refused({ nextToken: token }, `damaged: ${token}`)

      for (const filter of others(things)) await refused({ ...filter, nextToken }, `of no ${Object.keys(filter)}`)
      await refused({ nextToken }, 'of another principal', other)
      for (const [foreign, list] of Object.entries(lists)) {
        if (foreign === operation) continue
        if (!filled.has(list.table)) await addCopies(studio.db, list.table, 101, clock.now())
        filled.add(list.table)
        const { body } = await studio.ask(foreign as Implemented, scopeOf(foreign as Implemented))
        await refused({ nextToken: body.nextToken }, `of ${foreign}`)
      }
      clock.pass(day - 1000)
      assert.equal((await page({ nextToken })).status, 200)
      clock.pass(2000)
      await refused({ nextToken }, 'older than a day')
    })

    if (scopeNames(operation).join() === 'studioId')
      it('refuses a cursor of another studio', async () => {
        const { nextToken } = await page()
        const [studioId = ''] = await addCopies(studio.db, 'studio', 1, studio.clock.now())
        const { status, body } = await page({ studioId, nextToken })
        assert.deepEqual([status, body.context?.reason], [400, 'INVALID_NEXT_TOKEN'])
      })
  })
}

describe('sessionIds', () => {
  const list = async (rawQuery: string) => {
    const request = requestOf('ListStreamingSessions', { studioId: things.studioId })
    const { status, body } = await studio.send(studio.signed(studio.account, { ...request, rawQuery }))
    return { status, body, ids: ((body.sessions ?? []) as { sessionId: string }[]).map(({ sessionId }) => sessionId) }
  }

  it('takes ids with commas between them and repeated keys, and leaves out what is not there', async () => {
    const [one = '', two = ''] = await addCopies(studio.db, 'session', 2, studio.clock.now())
    const { ids } = await list(`sessionIds=${one}%2C${'x'.repeat(22)}&sessionIds=${two}&sessionIds=${one}`)
    assert.deepEqual(ids, [one, two])
  })

  it('takes at most 100 ids', async () => {
    const ids = Array.from({ length: 101 }, (_, i) => newId(studio.clock.now() + i))
    assert.equal((await list(`sessionIds=${ids.slice(1).join('%2C')}`)).status, 200)
    const { status, body } = await list(`sessionIds=${ids.join('%2C')}`)
    assert.deepEqual([status, body.code, body.context?.reason], [400, 'ValidationException', 'TOO_MANY_IDS'])
  })
})
