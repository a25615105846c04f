import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { operations } from '../contract/model.ts'
import { AdministratorAccess, LaunchProfileMember, StudioAdmin, StudioUser } from './managed.ts'
import { compilePolicy, decide, type Policy } from './policies.ts'

const arn = 'arn:aws:nimble:us-west-2:000000000000:launch-profile/lp1'
const administrator = compilePolicy(AdministratorAccess)
const admin = compilePolicy(StudioAdmin)
const user = compilePolicy(StudioUser)
const member = compilePolicy(LaunchProfileMember(arn))

const allowed = (policy: Policy, facts: Record<string, string> = {}, resource = 'arn:aws:nimble:us-west-2:0:x/y') =>
  Object.keys(operations)
    .filter(
      name =>
        decide([policy], {
          action: `nimble:${name}`,
          resource,
          facts: { 'nimble:requesterPrincipalId': 'ada', ...facts },
        }) === 'allow',
    )
    .sort()

const sessions = [
  'CreateStreamingSessionStream',
  'DeleteStreamingSession',
  'GetStreamingSession',
  'GetStreamingSessionBackup',
  'GetStreamingSessionStream',
  'ListStreamingSessionBackups',
  'ListStreamingSessions',
  'StartStreamingSession',
  'StopStreamingSession',
]
const always = ['GetStudioMember', 'ListEulaAcceptances', 'ListEulas', 'ListStudioMembers']

describe('the policies that come with Atelier', () => {
  it('let the administrator of the installation do everything', () =>
    assert.deepEqual(allowed(administrator), Object.keys(operations).sort()))

  it('let a studio administrator do nothing to studios, components, images, profiles, tags and fellow administrators', () => {
    const changes = [
      'CreateStreamingSession',
      'CreateStreamingSessionStream',
      'DeleteStreamingSession',
      'StartStreamingSession',
      'StopStreamingSession',
      'AcceptEulas',
      'PutLaunchProfileMembers',
      'UpdateLaunchProfileMember',
      'DeleteLaunchProfileMember',
    ]
    const found = allowed(admin)
    assert.deepEqual(
      found.filter(name => !/^(Get|List)/.test(name)),
      changes.sort(),
    )
    assert.deepEqual(
      found.filter(name => /^(Get|List)/.test(name)),
      [
        ...sessions.filter(name => /^(Get|List)/.test(name)),
        ...always,
        'GetEula',
        'GetLaunchProfile',
        'GetLaunchProfileDetails',
        'GetLaunchProfileInitialization',
        'GetLaunchProfileMember',
        'GetStreamingImage',
        'ListLaunchProfileMembers',
        'ListLaunchProfiles',
        'ListStreamingImages',
      ].sort(),
    )
  })

  it('let a studio user have what is his own', () => {
    assert.deepEqual(allowed(user), always)
    assert.deepEqual(allowed(user, { 'nimble:ownedBy': 'bob', 'nimble:principalId': 'bob' }), always)
    assert.deepEqual(allowed(user, { 'nimble:ownedBy': 'ada' }), [...sessions, ...always].sort())
    assert.deepEqual(allowed(user, { 'nimble:principalId': 'ada' }), [...always, 'ListLaunchProfiles'].sort())
  })

  it('let a member of a launch profile use that profile, and no other', () => {
    assert.deepEqual(allowed(member, {}, arn), [
      'CreateStreamingSession',
      'GetLaunchProfile',
      'GetLaunchProfileDetails',
      'GetLaunchProfileInitialization',
      'GetLaunchProfileMember',
      'ListLaunchProfileMembers',
    ])
    for (const other of [`${arn}2`, arn.slice(0, -1), '*', '']) assert.deepEqual(allowed(member, {}, other), [])
  })

  it('take the ARN of a launch profile for itself, wildcards and all', () => {
    const strange = `arn:aws:nimble:::launch-profile/*\${x}`
    const odd = compilePolicy(LaunchProfileMember(strange))
    assert.deepEqual(allowed(odd, {}, arn), [])
    assert.equal(allowed(odd, {}, strange).length, 6)
  })
})
