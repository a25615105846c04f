import type { Call } from '../access/call.ts'
import { newAccessKey } from '../access/first-keys.ts'
import { toJson } from '../contract/encode.ts'
import { notFound } from '../contract/errors.ts'
import type { AccessKey } from '../contract/types.ts'
import {
  type AccessKeyRow,
  accessKeyById,
  accessKeysAfter,
  changeAccessKey,
  deleteAccessKey as deleteRow,
  insertAccessKey,
} from '../store/principals.ts'
import { placeOf, toViewPage } from '../store/resources.ts'
import { keepingAnAdministrator } from './administrators.ts'
import { existingPrincipal } from './existing.ts'
import type { Handler } from './handler.ts'
import { page } from './pages.ts'

/** The only answer with the secret. What is stored of it, nobody reads but who verifies a signature. */
export const createAccessKey: Handler<'CreateAccessKey'> = async (call, { principalId }) => {
  await existingPrincipal(call, principalId)
  const { accessKeyId, secretAccessKey } = newAccessKey()
  const sealedSecret = call.installation.secrets.seal(secretAccessKey, 'access-key')
  await insertAccessKey(call.db, { id: accessKeyId, principalId, sealedSecret, createdAt: call.now })
  return {
    accessKey: { accessKeyId, secretAccessKey, principalId, disabled: false, createdAt: new Date(call.now) },
  }
}

export const listAccessKeys: Handler<'ListAccessKeys'> = async (call, { principalId, nextToken, maxResults }) => {
  await existingPrincipal(call, principalId)
  const walk = { operation: 'ListAccessKeys' as const, filters: { principalId }, nextToken, maxResults }
  const { items, ...rest } = await page<AccessKey>(call, walk, async query => {
    const rows = await accessKeysAfter(call.db, principalId, query)
    const keys = rows.map(row => ({ ...row, view: toJson(toAccessKey(row), 'AccessKey') }))
    return toViewPage(keys, query.limit, placeOf)
  })
  return { accessKeys: items, ...rest }
}

export const updateAccessKey: Handler<'UpdateAccessKey'> = async (call, { principalId, accessKeyId, disabled }) => {
  const before = await existingKey(call, principalId, accessKeyId)
  const changed = await keepingAnAdministrator(call.db, () => changeAccessKey(call.db, accessKeyId, disabled))
  return { accessKey: toAccessKey(changed ?? before) }
}

export const deleteAccessKey: Handler<'DeleteAccessKey'> = async (call, { principalId, accessKeyId }) => {
  await existingKey(call, principalId, accessKeyId)
  await keepingAnAdministrator(call.db, () => deleteRow(call.db, accessKeyId))
  return {}
}

const existingKey = async (call: Call, principalId: string, accessKeyId: string): Promise<AccessKeyRow> => {
  const key = await accessKeyById(call.db, accessKeyId)
  if (key?.principalId !== principalId) throw notFound('access key', accessKeyId)
  return key
}

const toAccessKey = (row: AccessKeyRow): AccessKey => ({
  accessKeyId: row.id,
  principalId: row.principalId,
  disabled: row.disabled === 1,
  createdAt: new Date(row.createdAt),
  lastUsedAt: row.lastUsedAt === null ? undefined : new Date(row.lastUsedAt),
})
