import { modelledErrors } from './model.ts'
import type { Reason, Refusal } from './reasons.ts'

/**
 * A refusal that the caller is told of. `name` is the exception's name in the contract or one of the generic names of
 * decision 2; the HTTP status follows from it. `context.reason` is a word in capitals that a script may rely on.
 */
export class ApiError extends Error {
  override readonly name: string
  readonly context: Readonly<Record<string, string>>
  constructor(name: string, message: string, context: Record<string, string> = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = name
    this.context = context
  }
  get status(): number {
    return modelledErrors[this.name] ?? requestErrors[this.name] ?? 500
  }
}

/** Failures of the request itself, outside the model, by the names AWS services use for them (decision 2). */
const requestErrors: Readonly<Record<string, number>> = {
  SerializationException: 400,
  IncompleteSignatureException: 400,
  MissingAuthenticationTokenException: 403,
  UnrecognizedClientException: 403,
  InvalidSignatureException: 403,
  UnknownOperationException: 404,
  RequestEntityTooLargeException: 413,
  UnsupportedMediaTypeException: 415,
}

/** A refusal by its name and one of its reasons, which `reasons.ts` explains. */
export const refusal = <Name extends Refusal>(
  name: Name,
  reason: Reason<Name>,
  message: string,
  context: Record<string, string> = {},
): ApiError => new ApiError(name, message, { reason, ...context })

export const notFound = (noun: string, id: string): ApiError =>
  refusal('ResourceNotFoundException', 'NOT_FOUND', `There is no ${noun} with this id.`, {
    resourceId: id.slice(0, 128),
  })

export const conflict = (
  reason: Reason<'ConflictException'>,
  message: string,
  context: Record<string, string> = {},
): ApiError => refusal('ConflictException', reason, message, context)

export const invalid = (
  reason: Reason<'ValidationException'>,
  message: string,
  context: Record<string, string> = {},
): ApiError => refusal('ValidationException', reason, message, context)

/** What is wrong with a member, in Smithy's form. Its value is never repeated: some are sensitive. */
export const broken = (path: string, constraint: string): string =>
  `Value at '${path}' failed to satisfy constraint: ${constraint}`

/** Names every member that is wrong at once (decision 3). `failures` are of `broken`, one at least. */
export const invalidMembers = (reason: Reason<'ValidationException'>, failures: readonly string[]): ApiError =>
  invalid(
    reason,
    `${failures.length} validation error${failures.length === 1 ? '' : 's'} detected: ${failures.join('; ')}`,
  )

export const malformed = (message: string): ApiError => refusal('SerializationException', 'MALFORMED_REQUEST', message)

/** `needs`: another operation, which has to be allowed for the first. */
export const accessDenied = (operation: string, needs?: string): ApiError =>
  refusal(
    'AccessDeniedException',
    'NOT_ALLOWED',
    `You are not allowed to call ${operation} on this resource${needs === undefined ? '.' : `: that takes ${needs} as well.`}`,
  )

export const quotaExceeded = (quota: string, limit: number): ApiError =>
  refusal(
    'ServiceQuotaExceededException',
    'QUOTA_EXCEEDED',
    `The quota ${quota} of this studio is ${limit} and is used up.`,
    { quota },
  )

export const throttled = (retryAfterSeconds: number): ApiError =>
  refusal('ThrottlingException', 'TOO_MANY_REQUESTS', `Too many requests. Try again in ${retryAfterSeconds} s.`, {
    retryAfterSeconds: String(retryAfterSeconds),
  })

/** What was not foreseen: the cause is for the log alone. */
export const internalError = (): ApiError =>
  refusal('InternalServerErrorException', 'INTERNAL_ERROR', 'Something went wrong here. The server log has the cause.')

/** The database did not take or give what it was asked for. A call that was refused so has changed nothing, as far as we know. */
export const storageFailed = (fault: 'full' | 'unavailable'): ApiError =>
  refusal(
    'InternalServerErrorException',
    fault === 'full' ? 'DISK_FULL' : 'DATABASE_UNAVAILABLE',
    fault === 'full'
      ? 'The disk of the server is full, so nothing was changed. Try again when an administrator has made room.'
      : 'The database could not be read or written. Try again; if it stays, the server log has the cause.',
    { retryAfterSeconds: '5' },
  )
