/** The principals a new installation begins with: a key for scripts, and the code for the first person's sign-in. */
import { randomBytes, randomInt } from 'node:crypto'
import { newId } from '../contract/ids.ts'
import type { Db } from '../store/database.ts'
import { attachedPolicies, attachPolicy } from '../store/policies.ts'
import {
  accessKeysOf,
  hasUsers,
  insertAccessKey,
  insertPrincipal,
  principalByUserName,
  replaceWelcome,
} from '../store/principals.ts'
import { administratorAccess, hasAdministrator } from './attached.ts'
import type { Secrets } from './secrets.ts'
import { hashToken, newToken } from './sign-in.ts'

export interface AccessKey {
  accessKeyId: string
  secretAccessKey: string
}

/** The account principal of the key in `quickstart.env`. */
const keyHolder = 'quickstart'

/** How long a code for the first sign-in is good, ms. */
const welcomeMs = 24 * 3_600_000

/**
 * The key for boto3 and the CLI: the same at every start. Undefined where the account that held it may not do
 * everything any more, or has no key: whoever has taken that from it does not get it back at the next start.
 */
export const keyForScripts = async (db: Db, secrets: Secrets, now: number): Promise<AccessKey | undefined> => {
  const holder = await principalByUserName(db, keyHolder)
  const [known] = holder && holder.disabled === 0 ? await accessKeysOf(db, holder.id) : []
  const policies = holder ? await attachedPolicies(db, holder.id) : []
  if (known && policies.some(({ policyName }) => policyName === administratorAccess))
    return { accessKeyId: known.id, secretAccessKey: secrets.open(known.sealedSecret, 'access-key') }
  if (await hasAdministrator(db)) return undefined
  const key = newAccessKey()
  await db.transaction().execute(async transaction => {
    const principalId = holder?.id ?? newId(now)
    if (!holder)
      await insertPrincipal(transaction, {
        id: principalId,
        kind: 'account',
        userName: keyHolder,
        displayName: 'Quick start',
        passwordHash: null,
        createdAt: now,
      })
    await attachPolicy(transaction, principalId, administratorAccess)
    const sealedSecret = secrets.seal(key.secretAccessKey, 'access-key')
    await insertAccessKey(transaction, { id: key.accessKeyId, principalId, sealedSecret, createdAt: now })
  })
  return key
}

/** The code for the first sign-in, a new one at every start; undefined once somebody can sign in. */
export const firstSignIn = async (db: Db, now: number): Promise<string | undefined> => {
  if (await hasUsers(db)) return undefined
  const code = newToken()
  await replaceWelcome(db, hashToken(code), now + welcomeMs)
  return code
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** In the form of AWS's own: clients check it. */
export const newAccessKey = (): AccessKey => ({
  accessKeyId: `AKIA${Array.from({ length: 16 }, () => base32.charAt(randomInt(32))).join('')}`,
  secretAccessKey: randomBytes(30).toString('base64'),
})
