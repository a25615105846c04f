import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { newId } from '../contract/ids.ts'
import { type Db, openDatabase } from './database.ts'
import { changeResource, deleteResource, insertResource, listViews } from './resources.ts'

const folder = mkdtempSync(join(tmpdir(), 'atelier-pages-'))
const file = join(folder, 'atelier.db')
const db = await openDatabase(file)
after(async () => {
  await db.destroy()
  rmSync(folder, { recursive: true })
})

const insertStudio = (db: Db, studioName: string) =>
  insertResource(db, 'studio', {
    ...{ id: `us-west-2:stid-${newId(Date.now())}`, arn: '', studioName, displayName: studioName },
    ...{ adminRoleArn: '', userRoleArn: '', studioUrl: '', encryption: '{}', ssoClientId: '', tags: '{}' },
    ...{ state: 'READY', statusCode: 'STUDIO_CREATED', createdAt: 0, createdBy: '', updatedAt: 0, updatedBy: '' },
  })

const list = (from: Db = db) => listViews(from, 'studio', {}, { limit: 100 })
/** Asked for so often that it is kept. */
const keep = async () => {
  for (let i = 0; i < 3; i++) await list()
}
const names = async (from?: Db) =>
  [...String((await list(from)).views).matchAll(/"displayName":"(\w+)"/g)].map(m => m[1])

describe('a page of a list', () => {
  it('that is asked for again is the same bytes for as long as nothing changes', async () => {
    await insertStudio(db, 'first')
    await list()
    const page = await list()
    assert.equal(await list(), page)
  })

  it('shows each change of this server at once', async () => {
    const studio = await insertStudio(db, 'second')
    await keep()
    assert.ok((await names()).includes('second'))
    await changeResource(db, 'studio', { id: studio.id }, { displayName: 'third' })
    assert.ok((await names()).includes('third'))
    await keep()
    const { id, state } = studio
    await deleteResource(db, 'studio', { id, state, leaseUntil: 0 })
    assert.deepEqual(await names(), ['first'])
  })

  it('shows what another process has committed, and nothing before', async () => {
    const other = new DatabaseSync(file)
    await keep()
    other.exec(`begin; update studio set view = replace(view, '"first"', '"elsewhere"')`)
    assert.deepEqual(await names(), ['first'])
    other.exec('commit')
    assert.deepEqual(await names(), ['elsewhere'])
    other.exec(`update studio set view = replace(view, '"elsewhere"', '"first"')`)
    other.close()
    assert.deepEqual(await names(), ['first'])
  })

  it('of a transaction is its own, and nobody else sees one that was taken back', async () => {
    await keep()
    const refused = new Error('taken back')
    const outside: Promise<unknown[]>[] = []
    const attempt = db.transaction().execute(async transaction => {
      await insertStudio(transaction, 'fleeting')
      outside.push(names())
      assert.deepEqual((await names(transaction)).sort(), ['first', 'fleeting'])
      outside.push(names())
      throw refused
    })
    await assert.rejects(attempt, refused)
    for (const seen of [...(await Promise.all(outside)), await names()]) assert.deepEqual(seen, ['first'])
  })
})
