import { ApiError } from '../contract/errors.ts'
import { CallError } from './call.ts'
import { type ExitCode, exitCodes } from './terminal.ts'

/** What a failed call tells on standard error, in the AWS CLI's words; undefined for what is a fault of ours. */
export const explainCall = (error: unknown): { code: ExitCode; message: string } | undefined => {
  if (!(error instanceof CallError)) return undefined
  const { cause, operation } = error
  if (cause instanceof ApiError)
    return {
      code: exitCodes.refused,
      message: `An error occurred (${cause.name}) when calling the ${operation} operation: ${cause.message}`,
    }
  return { code: exitCodes.failed, message: error.message }
}
