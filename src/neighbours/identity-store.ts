/**
 * IdentityStore ListUsers and DescribeUser, in awsJson1.1: the people of this installation. Accounts, which are for
 * scripts, are none. What may be asked is a matter of policies: `identitystore:ListUsers`, `identitystore:DescribeUser`.
 */
import { mayAct } from '../access/authorize.ts'
import type { Call } from '../access/call.ts'
import { readCursor, writeCursor } from '../access/cursor.ts'
import { accessDenied, invalid, malformed, notFound, refusal } from '../contract/errors.ts'
import { headerValues, type Incoming, type Outgoing } from '../contract/http.ts'
import { ownIdentityStore } from '../store/members.ts'
import { type PrincipalRow, principalById, principalsAfter } from '../store/principals.ts'
import { placeOf } from '../store/resources.ts'
import type { Neighbour } from './neighbours.ts'

export const identityStore: Neighbour = {
  service: 'identitystore',
  async answer(call, request) {
    const [target = ''] = headerValues(request, 'x-amz-target')
    const operation = Object.hasOwn(operations, target) ? operations[target] : undefined
    if (!operation)
      throw refusal(
        'UnknownOperationException',
        'UNKNOWN_OPERATION',
        'Of IdentityStore, only ListUsers and DescribeUser are here.',
      )
    return json(200, await operation(call, readBody(request)))
  },
  refuse: ({ name, status, message, context }, requestId) =>
    json(status, { __type: name, Message: message, RequestId: requestId, Reason: context.reason }, name),
}

type Body = Readonly<Record<string, unknown>>

const mostResults = 100

const listUsers = async (call: Call, body: Body): Promise<object> => {
  const store = storeOf(body)
  refuseUnlessAllowed(call, 'ListUsers', `arn:aws:identitystore::${call.installation.accountId}:identitystore/${store}`)
  refuseOtherStore(store)
  const userName = filterOf(body)
  const { MaxResults: most = mostResults, NextToken: token } = body
  if (typeof most !== 'number' || !Number.isInteger(most) || most < 1 || most > mostResults)
    throw wrong('MaxResults', `a number from 1 to ${mostResults}`)
  if (token !== undefined && typeof token !== 'string') throw wrong('NextToken', 'a string')
  const filters = { store, userName }
  const after = readCursor(call, 'ListUsers', filters, token)
  const query = { limit: most, ...(after === undefined ? {} : { after }) }
  const found = await principalsAfter(call.db, { userName, kind: 'user' }, query)
  const users = found.slice(0, most)
  const last = found.length > most ? users.at(-1) : undefined
  return {
    Users: users.map(toUser),
    NextToken: last && writeCursor(call, 'ListUsers', filters, placeOf(last)),
  }
}

const describeUser = async (call: Call, body: Body): Promise<object> => {
  const store = storeOf(body)
  const { UserId: id } = body
  if (typeof id !== 'string' || id.length < 1 || id.length > 47) throw wrong('UserId', 'a string of 1 to 47 characters')
  refuseUnlessAllowed(call, 'DescribeUser', `arn:aws:identitystore:::user/${id}`)
  refuseOtherStore(store)
  const user = await principalById(call.db, id)
  if (user?.kind !== 'user') throw notFound('user', id)
  return toUser(user)
}

/** By the name in `X-Amz-Target`. */
const operations: Readonly<Record<string, (call: Call, body: Body) => Promise<object>>> = {
  'AWSIdentityStore.ListUsers': listUsers,
  'AWSIdentityStore.DescribeUser': describeUser,
}

const toUser = ({ id, userName, displayName }: PrincipalRow) => ({
  UserName: userName,
  UserId: id,
  DisplayName: displayName,
  IdentityStoreId: ownIdentityStore,
})

const storeOf = ({ IdentityStoreId: store }: Body): string => {
  if (typeof store !== 'string' || store.length < 1 || store.length > 36)
    throw wrong('IdentityStoreId', 'a string of 1 to 36 characters')
  return store
}

const refuseOtherStore = (store: string) => {
  if (store !== ownIdentityStore) throw notFound('identity store', store)
}

const refuseUnlessAllowed = (call: Call, operation: string, resource: string) => {
  if (!mayAct(call.caller, `identitystore:${operation}`, resource)) throw accessDenied(operation)
}

/** The one filter that there is: a user name. */
const filterOf = ({ Filters: filters = [] }: Body): string | undefined => {
  if (!Array.isArray(filters) || filters.length > 1) throw wrong('Filters', 'a list of at most one')
  const [filter] = filters
  if (filter === undefined) return undefined
  if (filter?.AttributePath !== 'UserName' || typeof filter.AttributeValue !== 'string')
    throw wrong('Filters', 'AttributePath UserName with an AttributeValue')
  return filter.AttributeValue
}

const wrong = (member: string, form: string) => invalid('INVALID_MEMBER', `${member} must be ${form}.`)

const readBody = ({ body }: Incoming): Body => {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw malformed('The body is not JSON in UTF-8.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('The body is no object.')
  return value as Body
}

const json = (status: number, value: object, errorType?: string): Outgoing => ({
  status,
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    ...(errorType === undefined ? {} : { 'x-amzn-errortype': errorType }),
  },
  body: [JSON.stringify(value)],
})
