import type { Config } from '../config.ts'

/** What a command may use of the world. Standard output holds results only, everything else is standard error. */
export interface Terminal {
  /** The data folder of the server on this machine; throws a `ConfigError` when the environment is wrong. */
  home(): string
  /** The part of the disk that its pool may take. */
  poolShare(): number
  /** Folders of this host that it lets workstations see, by name, and the group that owns what is in them. */
  shares(): Pick<Config['workstations'], 'shares' | 'shareGroup'>
  /** Where that server listens. */
  address(): { host: string; port: number }
  /** Where it keeps copies of backups; undefined: nowhere. */
  repository(): Config['repository']
  env: Readonly<Record<string, string | undefined>>
  print(text: string): void
  complain(text: string): void
  /** Width of the terminal, in columns; undefined where the output goes elsewhere. */
  columns?: number | undefined
  /** All of standard input. */
  readInput(): Promise<string>
  /** Asks on the terminal, without showing what is typed; undefined where nobody can be asked. */
  askSecret?: ((question: string) => Promise<string>) | undefined
  pause(ms: number): Promise<void>
}

/**
 * As the AWS CLI (version 2) ends, so that a script can tell: 252 the command line was not understood, 253 something
 * is not set up, 254 the service refused, 255 anything else failed, a wait among it. 1: `env` or `doctor` found a fault.
 */
export const exitCodes = { done: 0, fault: 1, usage: 252, setup: 253, refused: 254, failed: 255 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Ends a command with one message on standard error. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: ExitCode
  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export const misused = (message: string): CommandError => new CommandError(exitCodes.usage, message)
