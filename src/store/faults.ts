/** Failures of the database itself, told apart from failures of what was asked of it. */

/** `full`: there is no room to write. `unavailable`: it could not be read, written or locked. */
export type Fault = 'full' | 'unavailable'

/** By SQLite's primary result codes: BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB. */
const faults: Readonly<Record<number, Fault>> = {
  5: 'unavailable',
  6: 'unavailable',
  7: 'unavailable',
  8: 'unavailable',
  10: 'unavailable',
  11: 'unavailable',
  13: 'full',
  14: 'unavailable',
  15: 'unavailable',
  26: 'unavailable',
}

/** Undefined for every other error. */
export const faultOf = (error: unknown): Fault | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? faults[error.errcode & 0xff]
    : undefined
