import { modelledErrors } from './model.ts'

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

export const notFound = (noun: string, id: string): ApiError =>
  new ApiError('ResourceNotFoundException', `There is no ${noun} with this id.`, {
    reason: 'NOT_FOUND',
    resourceId: id.slice(0, 128),
  })

export const conflict = (reason: string, message: string, context: Record<string, string> = {}): ApiError =>
  new ApiError('ConflictException', message, { reason, ...context })

export const invalid = (reason: string, message: string, context: Record<string, string> = {}): ApiError =>
  new ApiError('ValidationException', message, { reason, ...context })

export const malformed = (message: string): ApiError =>
  new ApiError('SerializationException', message, { reason: 'MALFORMED_REQUEST' })

export const accessDenied = (operation: string): ApiError =>
  new ApiError('AccessDeniedException', `You are not allowed to call ${operation} on this resource.`, {
    reason: 'NOT_ALLOWED',
  })

export const quotaExceeded = (quota: string, limit: number): ApiError =>
  new ApiError('ServiceQuotaExceededException', `The quota ${quota} of this studio is ${limit} and is used up.`, {
    reason: 'QUOTA_EXCEEDED',
    quota,
  })

export const throttled = (retryAfterSeconds: number): ApiError =>
  new ApiError('ThrottlingException', `Too many requests. Try again in ${retryAfterSeconds} s.`, {
    reason: 'TOO_MANY_REQUESTS',
    retryAfterSeconds: String(retryAfterSeconds),
  })
