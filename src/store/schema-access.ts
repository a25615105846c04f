/** The tables of who is calling, and what they may. */
import type { Generated } from 'kysely'

/** Who may call: an account principal (a key with policies) or a person who signs in. */
export interface PrincipalTable {
  id: string
  kind: 'account' | 'user'
  userName: string
  displayName: string
  /** Null: signs in by no password. */
  passwordHash: string | null
  disabled: Generated<number>
  createdAt: number
}

export interface AccessKeyTable {
  /** `AKIA…` */
  id: string
  principalId: string
  /** Encrypted with the installation's master key. */
  sealedSecret: string
  disabled: Generated<number>
  createdAt: number
  /** To the minute; null: never. */
  lastUsedAt: number | null
}

/** A policy that users have written; those that come with Atelier are in no table. */
export interface PolicyTable {
  name: string
  description: string | null
  /** json, as it was given */
  document: string
  createdAt: number
  createdBy: string
  updatedAt: number
  updatedBy: string
}

export interface PolicyAttachmentTable {
  principalId: string
  /** Of a stored policy, or of one that comes with Atelier. */
  policyName: string
}

/** One browser that is signed in. */
export interface SignInTable {
  /** Hash of the cookie's value. */
  id: string
  principalId: string
  createdAt: number
  expiresAt: number
}

/** The code for the first sign-in, until it has been used. */
export interface WelcomeTable {
  id: string
  expiresAt: number
}

export interface StudioMemberTable {
  studioId: string
  principalId: string
  identityStoreId: string
  persona: 'ADMINISTRATOR'
}

export interface LaunchProfileMemberTable {
  studioId: string
  launchProfileId: string
  principalId: string
  identityStoreId: string
  persona: 'USER'
}
