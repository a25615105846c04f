import type { InstanceTypes } from '../contract/instance-types.ts'
import type { ServiceName } from '../contract/model.ts'
import type { Db } from '../store/database.ts'
import type { Caller } from './caller.ts'
import type { Secrets } from './secrets.ts'
import type { SignInLimit } from './sign-in-limit.ts'

/** One request in progress: who asks, when, and with which transaction. Nothing else reaches an operation. */
export interface Call {
  caller: Caller
  db: Db
  now: number
  installation: Installation
}

/** What all calls to this server share. */
export interface Installation {
  region: string
  accountId: string
  publicUrl: string
  instanceTypes: InstanceTypes
  /** How long states may last, and how often time acts in them, by the name that a lifecycle table uses, ms. */
  limits: Readonly<
    Record<'createLimit' | 'startLimit' | 'stopLimit' | 'deleteLimit' | 'deletedRetention' | 'backupInterval', number>
  >
  quotas: Record<'sessions' | 'launchProfiles' | 'customImages' | 'activeDirectories' | 'sharedFileSystems', number>
  secrets: Secrets
  /** Of passwords that are tried, wherever one is asked for. */
  signInLimit: SignInLimit
}

/** The ARN of a resource of this installation (semantics §3). */
export const arnOf = (
  { region, accountId }: Pick<Installation, 'region' | 'accountId'>,
  kind: string,
  id: string,
  service: ServiceName = 'nimble',
): string => `arn:aws:${service}:${region}:${accountId}:${kind}/${id.replace(/^.*:/, '')}`
