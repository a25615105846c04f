/** Every paginator of the contract, while items come and go, in three of AWS's clients. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import model from '../../contract/nimble/2020-08-01/paginators-1.json' with { type: 'json' }
import { operationOf, operations, serviceOf, structureOf } from '../../src/contract/model.ts'
import type { OperationName } from '../../src/contract/types.ts'
import { addCopies, type List, lists, remove } from '../lists.ts'
import { type ClientName, type ClientsStudio, clientNames, createClientsStudio, membersIn } from './clients.ts'

let studio: ClientsStudio
before(async () => {
  studio = await createClientsStudio()
})
after(() => studio?.close())

const testPaginators = (client: ClientName) => {
  for (const name of Object.keys(model.pagination))
    it(`meets each item once with the paginator of ${name} while others come and go`, async () => {
      const operation = name as OperationName
      const { table, items, id } = lists[operation as keyof typeof lists] as List
      const { db } = studio
      const there = await addCopies(db, table, 250, Date.now() - 1_000_000)
      const input = Object.fromEntries(
        Object.entries(structureOf(operationOf(operation).input.shape).members).flatMap(([member, { location }]) =>
          location === 'uri' ? [[member, studio.things[member as 'studioId']]] : [],
        ),
      )
      const [gone, come]: [string[], string[]] = [[], []]
      const walked = await studio.asked[client].walk(operation, input, { items, id }, async ids => {
        // One that was on the page, its last, on which the cursor stands, and one that is still to come.
        const going = [there[3], ids.at(-1), there.at(-3)].filter(
          (id): id is string => id !== undefined && there.includes(id) && !gone.includes(id),
        )
        await remove(db, table, going)
        gone.push(...going)
        come.push(...(await addCopies(db, table, 2, Date.now())))
      })
      assert.equal(new Set(walked).size, walked.length, 'an item was met twice')
      assert.deepEqual(
        there.filter(id => !gone.includes(id) && !walked.includes(id)),
        [],
        'an item was missed',
      )
      await remove(db, table, [...there, ...come])
    })
}

for (const client of clientNames)
  describe(`conformance of ${client}`, () => {
    testPaginators(client)
  })

it('each list that has pages has its paginator', () => {
  const pages = (Object.keys(operations) as OperationName[]).filter(
    name => serviceOf(name).signingName === 'nimble' && membersIn(name).includes('nextToken'),
  )
  assert.deepEqual(Object.keys(model.pagination).sort(), pages.sort())
  assert.equal(pages.length, 10)
})
