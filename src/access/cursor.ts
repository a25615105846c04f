import { invalid } from '../contract/errors.ts'
import type { OperationName } from '../contract/types.ts'
import type { Call } from './call.ts'

/** How long a page can be followed by the next, ms (decision 8). */
const cursorMs = 24 * 3_600_000

/**
 * `nextToken`: opaque, authenticated, and bound to the operation, the caller and the filters, so that a cursor of
 * another walk is refused rather than read as a place in this one (decision 8).
 */
export const writeCursor = (call: Call, operation: OperationName, filters: object, after: string): string => {
  const until = call.now + cursorMs
  const place = Buffer.from(JSON.stringify([after, until])).toString('base64url')
  return `${place}.${call.installation.secrets.mac('cursor', binding(call, operation, filters, place))}`
}

/** Where a walk goes on; undefined at its beginning. */
export const readCursor = (
  call: Call,
  operation: OperationName,
  filters: object,
  token: string | undefined,
): string | undefined => {
  if (token === undefined) return undefined
  const [place = '', mac = '', ...rest] = token.split('.')
  const known =
    rest.length === 0 && call.installation.secrets.checkMac('cursor', binding(call, operation, filters, place), mac)
  if (!known)
    throw invalid('INVALID_NEXT_TOKEN', 'nextToken is not one that this list gave you. Start again without it.')
  const [after, until] = JSON.parse(Buffer.from(place, 'base64url').toString()) as [string, number]
  if (until < call.now) throw invalid('INVALID_NEXT_TOKEN', 'nextToken has expired. Start again without it.')
  return after
}

const binding = (call: Call, operation: OperationName, filters: object, place: string): string =>
  JSON.stringify([operation, call.caller.principalId, filters, place])
