import { arnOf, type Call } from '../access/call.ts'
import { checkPassword, hashPassword } from '../access/passwords.ts'
import { toJson } from '../contract/encode.ts'
import { conflict, invalid, refusal, throttled } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type { User } from '../contract/types.ts'
import { attachedNames } from '../store/policies.ts'
import {
  changePrincipal,
  deletePrincipal,
  deleteSignInsOf,
  insertPrincipal,
  type PrincipalRow,
  principalByUserName,
  principalsAfter,
} from '../store/principals.ts'
import { atOnce, placeOf, toViewPage } from '../store/resources.ts'
import { ownsSessions } from '../store/sessions.ts'
import { keepingAnAdministrator } from './administrators.ts'
import { existingPrincipal } from './existing.ts'
import type { Handler } from './handler.ts'
import { page } from './pages.ts'

/** A password takes a third of a second to hash, and a transaction is the only one in that time: first the one. */
export const createUser: Handler<'CreateUser'> = async (call, { userName, displayName = userName, kind, password }) => {
  if (password !== undefined) refuseForAccount(kind)
  const passwordHash = password === undefined ? null : await hashPassword(password)
  const principal = { id: newId(call.now), kind, userName, displayName, passwordHash, createdAt: call.now }
  await atOnce(call.db, async db => {
    if (await principalByUserName(db, userName))
      throw conflict('USER_NAME_IN_USE', 'There is a user with this name already.')
    await insertPrincipal(db, principal)
  })
  return { user: toUser(call, { ...principal, disabled: 0 }, []) }
}

export const getUser: Handler<'GetUser'> = async (call, { principalId }) => ({
  user: await shown(call, await existingPrincipal(call, principalId)),
})

export const listUsers: Handler<'ListUsers'> = async (call, { userName, kind, nextToken, maxResults }) => {
  const filters = { userName, kind }
  const walk = { operation: 'ListUsers' as const, filters, nextToken, maxResults }
  const { items, ...rest } = await page<User>(call, walk, async query => {
    const rows = await principalsAfter(call.db, filters, query)
    const names = await attachedNames(
      call.db,
      rows.map(({ id }) => id),
    )
    const users = rows.map(row => ({ ...row, view: toJson(toUser(call, row, names.get(row.id)), 'User') }))
    return toViewPage(users, query.limit, placeOf)
  })
  return { users: items, ...rest }
}

/** Whoever is disabled or gets another password is signed out everywhere. */
export const updateUser: Handler<'UpdateUser'> = async (call, input) => {
  const { principalId, displayName, disabled, password, currentPassword } = input
  const before = await existingPrincipal(call, principalId)
  if (password !== undefined) {
    refuseForAccount(before.kind)
    if (principalId === call.caller.principalId) await refuseWrongPassword(call, before, currentPassword)
  }
  const change = {
    ...(displayName === undefined ? {} : { displayName }),
    ...(disabled === undefined ? {} : { disabled: Number(disabled) }),
    ...(password === undefined ? {} : { passwordHash: await hashPassword(password) }),
  }
  const changed = await atOnce(call.db, db =>
    keepingAnAdministrator(db, async () => {
      const row = await changePrincipal(db, principalId, change)
      if (disabled || password !== undefined) await deleteSignInsOf(db, principalId)
      return row
    }),
  )
  return { user: await shown(call, changed ?? (await existingPrincipal(call, principalId))) }
}

export const deleteUser: Handler<'DeleteUser'> = async (call, { principalId }) => {
  await existingPrincipal(call, principalId)
  if (await ownsSessions(call.db, principalId))
    throw conflict('USER_WITH_STREAMING_SESSIONS_NOT_DELETED', 'The user owns streaming sessions: delete them first.', {
      resourceId: principalId,
    })
  await keepingAnAdministrator(call.db, () => deletePrincipal(call.db, principalId))
  return {}
}

const refuseForAccount = (kind: PrincipalRow['kind']) => {
  if (kind === 'account')
    throw invalid('PASSWORD_OF_ACCOUNT', 'An account signs with access keys; only a user has a password.')
}

/** Whoever sits down at somebody's browser does not lock him out of it. */
const refuseWrongPassword = async (
  { installation }: Call,
  { id, passwordHash }: PrincipalRow,
  given: string | undefined,
): Promise<void> => {
  if (passwordHash === null) return
  if (given !== undefined) {
    // Whoever sits there is who calls, wherever he is: his tries count apart from those of the sign-in.
    const answer = await installation.signInLimit.attempt({ userName: `own ${id}`, address: `own ${id}` }, () =>
      checkPassword(given, passwordHash),
    )
    if (answer === true) return
    if (typeof answer === 'object') throw throttled(answer.retryAfterSeconds)
  }
  throw refusal('AccessDeniedException', 'WRONG_PASSWORD', 'To change your own password, give the current one.')
}

const shown = async (call: Call, row: PrincipalRow): Promise<User> =>
  toUser(call, row, (await attachedNames(call.db, [row.id])).get(row.id))

const toUser = (call: Call, row: PrincipalRow, policies: string[] = []): User => ({
  principalId: row.id,
  arn: arnOf(call.installation, 'user', row.id, 'atelier'),
  userName: row.userName,
  displayName: row.displayName,
  kind: row.kind,
  disabled: row.disabled === 1,
  hasPassword: row.passwordHash !== null,
  policies,
  createdAt: new Date(row.createdAt),
})
