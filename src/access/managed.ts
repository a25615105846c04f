/** The policies that come with Atelier, as documents of the same form that users write (semantics §7, decision 22). */
import { serviceOf } from '../contract/model.ts'
import type { OperationName } from '../contract/types.ts'
import type { PolicyDocument } from './policies.ts'

// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the policy language
const requester = '${nimble:requesterPrincipalId}'

const actions = (...operations: OperationName[]): string[] =>
  operations.map(operation => `${serviceOf(operation).signingName}:${operation}`)

/** Whoever runs the installation: everything. */
export const AdministratorAccess: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [
    { Sid: 'Everything', Effect: 'Allow', Action: ['nimble:*', 'atelier:*', 'identitystore:*'], Resource: '*' },
  ],
}

/** An administrator, in the studio he administers. That it is this studio is for the caller of the policy to see to. */
export const StudioAdmin: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'SessionsOfAnyone',
      Effect: 'Allow',
      Action: actions(
        'CreateStreamingSession',
        'CreateStreamingSessionStream',
        'CreateStreamingSessionView',
        'DeleteStreamingSession',
        'DeleteStreamingSessionViews',
        'ExtendStreamingSession',
        'GetStreamingSession',
        'GetStreamingSessionBackup',
        'GetStreamingSessionEnd',
        'GetStreamingSessionLog',
        'GetStreamingSessionStatistics',
        'GetStreamingSessionStream',
        'ListStreamingSessionBackups',
        'ListStreamingSessions',
        'StartStreamingSession',
        'StopStreamingSession',
      ),
      Resource: '*',
    },
    {
      Sid: 'LaunchProfilesAndImages',
      Effect: 'Allow',
      Action: actions(
        'GetLaunchProfile',
        'GetLaunchProfileDetails',
        'GetLaunchProfileInitialization',
        'GetSessionPolicy',
        'GetStreamingImage',
        'ListLaunchProfiles',
        'ListStreamingImages',
      ),
      Resource: '*',
    },
    {
      Sid: 'Members',
      Effect: 'Allow',
      Action: actions(
        'DeleteLaunchProfileMember',
        'GetLaunchProfileMember',
        'GetStudioMember',
        'ListLaunchProfileMembers',
        'ListStudioMembers',
        'PutLaunchProfileMembers',
        'UpdateLaunchProfileMember',
      ),
      Resource: '*',
    },
    {
      Sid: 'Eulas',
      Effect: 'Allow',
      Action: actions('AcceptEulas', 'GetEula', 'ListEulaAcceptances', 'ListEulas'),
      Resource: '*',
    },
  ],
}

/**
 * A user of the studio: what is his. He has launch profiles, and with them new sessions, by membership alone: see
 * LaunchProfileMember. A list that does not ask for his own is refused, not trimmed (decision 11).
 */
export const StudioUser: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'OwnSessions',
      Effect: 'Allow',
      Action: actions(
        'CreateStreamingSessionStream',
        'CreateStreamingSessionView',
        'DeleteStreamingSession',
        'DeleteStreamingSessionViews',
        'ExtendStreamingSession',
        'GetStreamingSession',
        'GetStreamingSessionBackup',
        'GetStreamingSessionEnd',
        'GetStreamingSessionStatistics',
        'GetStreamingSessionStream',
        'ListStreamingSessionBackups',
        'ListStreamingSessions',
        'StartStreamingSession',
        'StopStreamingSession',
      ),
      Resource: '*',
      Condition: { StringEquals: { 'nimble:ownedBy': requester } },
    },
    {
      Sid: 'OwnLaunchProfiles',
      Effect: 'Allow',
      Action: actions('ListLaunchProfiles'),
      Resource: '*',
      Condition: { StringEquals: { 'nimble:principalId': requester } },
    },
    {
      Sid: 'StudioMembersAndEulas',
      Effect: 'Allow',
      Action: actions('GetStudioMember', 'ListEulaAcceptances', 'ListEulas', 'ListStudioMembers'),
      Resource: '*',
    },
  ],
}

/** What membership of one launch profile adds for a user. */
export const LaunchProfileMember = (launchProfileArn: string): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'MemberOfLaunchProfile',
      Effect: 'Allow',
      Action: actions(
        'CreateStreamingSession',
        'GetLaunchProfile',
        'GetLaunchProfileDetails',
        'GetLaunchProfileInitialization',
        'GetLaunchProfileMember',
        'ListLaunchProfileMembers',
      ),
      // An ARN means itself, whatever characters it has.
      Resource: launchProfileArn.replace(/[*?$]/g, character => `\${${character}}`),
    },
  ],
})

/** A person's own affairs: his name, his password, and the keys that he uses in scripts. */
export const OwnAccount: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'OwnUserAndKeys',
      Effect: 'Allow',
      Action: [
        'atelier:CreateAccessKey',
        'atelier:DeleteAccessKey',
        'atelier:GetUser',
        'atelier:ListAccessKeys',
        'atelier:UpdateAccessKey',
        'atelier:UpdateUser',
      ],
      Resource: '*',
      Condition: { StringEquals: { 'nimble:principalId': requester } },
    },
  ],
}

export type ManagedName = 'AdministratorAccess' | 'OwnAccount' | 'StudioAdmin' | 'StudioUser'

/** Those that are listed, and that nobody can change. */
export const managedPolicies: Readonly<Record<ManagedName, { description: string; document: PolicyDocument }>> = {
  AdministratorAccess: { description: 'Everything there is.', document: AdministratorAccess },
  OwnAccount: {
    description: 'What every person may do: see to his own name, password and keys.',
    document: OwnAccount,
  },
  StudioAdmin: { description: 'What administrators of a studio may do in it.', document: StudioAdmin },
  StudioUser: { description: 'What users of a studio may do in it: what is their own.', document: StudioUser },
}
