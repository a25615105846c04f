import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type Db, openDatabase } from '../store/database.ts'
import { attachPolicy, detachPolicy } from '../store/policies.ts'
import {
  changeAccessKey,
  changePrincipal,
  deletePrincipal,
  insertAccessKey,
  insertPrincipal,
} from '../store/principals.ts'
import { keyForScripts } from './first-keys.ts'
import { createSecrets } from './secrets.ts'

describe('the key for scripts', () => {
  const secrets = createSecrets(randomBytes(32))
  let db: Db
  beforeEach(async () => {
    db = await openDatabase(':memory:')
  })
  afterEach(() => db.destroy())

  const key = () => keyForScripts(db, secrets, 1)
  const holder = () =>
    db.selectFrom('principal').select('id').where('userName', '=', 'quickstart').executeTakeFirstOrThrow()
  const addAdministrator = async () => {
    const names = { userName: 'second', displayName: 'Second' }
    await insertPrincipal(db, { id: 'second', kind: 'account', ...names, passwordHash: null, createdAt: 1 })
    await attachPolicy(db, 'second', 'AdministratorAccess')
    await insertAccessKey(db, { id: 'k', principalId: 'second', sealedSecret: '', createdAt: 1 })
  }

  it('is the same at every start', async () => {
    const made = await key()
    assert.ok(made)
    assert.deepEqual(await key(), made)
  })

  const takings = {
    'its account is deleted': async () => deletePrincipal(db, (await holder()).id),
    'its account is disabled': async () => changePrincipal(db, (await holder()).id, { disabled: 1 }),
    'it is disabled': async () => {
      const { accessKeyId = '' } = (await key()) ?? {}
      await changeAccessKey(db, accessKeyId, true)
    },
    'its account loses the policy': async () => detachPolicy(db, (await holder()).id, 'AdministratorAccess'),
  }
  for (const [what, take] of Object.entries(takings))
    it(`does not come back when ${what}`, async () => {
      await key()
      await addAdministrator()
      await take()
      assert.equal(await key(), undefined)
      assert.equal(await key(), undefined)
    })
})
