import { openSync, renameSync, statSync } from 'node:fs'
import { type Logger, pino } from 'pino'

/** What is held back while it cannot be written, characters; more is dropped. */
const mostHeld = 4 * 1024 * 1024

/** A log of this size is put aside at the next start, bytes. */
const largest = 64 * 1024 * 1024

export interface Log {
  logger: Logger
  /** Writes what is still held back. */
  flush(): void
}

/** The server's log: a line of JSON for each event, in a file that only its owner reads. */
export const openLog = (file: string, level: string): Log => {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largest) renameSync(file, `${file}.1`)
  const destination = pino.destination({
    // Open from the beginning: what fails a moment later, at the start, is written and flushed as well.
    dest: openSync(file, 'a', 0o600),
    minLength: 32 * 1024,
    maxWrite: 64 * 1024,
    maxLength: mostHeld,
    sync: false,
  })
  // A disk that is full must not end the server. What was held back is written when there is room again.
  let dropped = 0
  destination.on('error', () => {})
  destination.on('drop', () => {
    dropped++
  })
  destination.on('write', () => {
    const lost = dropped
    dropped = 0
    if (lost > 0) logger.warn({ lost }, 'lines were lost while the log could not be written')
  })
  const flushing = setInterval(() => destination.flush(), 1000).unref()
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: secrets }, destination)
  return {
    logger,
    flush() {
      clearInterval(flushing)
      try {
        destination.flushSync()
      } catch (error) {
        console.error(`atelier: the end of the log could not be written: ${(error as Error).message}`)
      }
    },
  }
}

/** Never in a log, whatever object they come in. */
const secrets = ['password', 'token', 'key', 'secret', 'secretAccessKey', 'authorization', 'cookie', 'url'].flatMap(
  name => [name, `*.${name}`, `*.*.${name}`],
)
