/** Principals for tests, with keys that they sign with: put into the database, as no operation of the API makes them. */
import { join } from 'node:path'
import { type AccessKey, newAccessKey } from '../src/access/first-keys.ts'
import { createSecrets, loadMasterKey, type Secrets } from '../src/access/secrets.ts'
import { newId } from '../src/contract/ids.ts'
import { type Db, openDatabase } from '../src/store/database.ts'
import { attachPolicy } from '../src/store/policies.ts'
import { insertAccessKey, insertPrincipal } from '../src/store/principals.ts'

export interface TestPrincipal extends AccessKey {
  principalId: string
}

export const addPrincipal = async (
  db: Db,
  secrets: Secrets,
  { kind, userName, passwordHash = null }: { kind: 'account' | 'user'; userName: string; passwordHash?: string | null },
): Promise<TestPrincipal> => {
  const createdAt = Date.now()
  const key = newAccessKey()
  const principalId = newId(createdAt)
  await insertPrincipal(db, { id: principalId, kind, userName, displayName: userName, passwordHash, createdAt })
  if (kind === 'account') await attachPolicy(db, principalId, 'AdministratorAccess')
  const sealedSecret = secrets.seal(key.secretAccessKey, 'access-key')
  await insertAccessKey(db, { id: key.accessKeyId, principalId, sealedSecret, createdAt })
  return { ...key, principalId }
}

/** A user who has no part in any studio, added to the data of a server that may be running. */
export const addStranger = async (home: string): Promise<TestPrincipal> => {
  const db = await openDatabase(join(home, 'atelier.db'))
  try {
    const secrets = createSecrets(loadMasterKey(join(home, 'master.key')))
    return await addPrincipal(db, secrets, { kind: 'user', userName: 'stranger' })
  } finally {
    await db.destroy()
  }
}
