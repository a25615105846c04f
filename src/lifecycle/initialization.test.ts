import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commonVersion, computerNameOf, initializationOf } from './initialization.ts'

const start = { protocolVersion: '2021-03-31', platform: 'LINUX', launchPurpose: 'RENDER' } as const
const profile = { id: 'p', name: 'Paint' }
const component = (id: string, details: object, type = 'CUSTOM') => ({
  id,
  name: `the ${id}`,
  type,
  details: JSON.stringify(details),
})
const script = (text: string, runContext: string, more: object = {}) => ({
  script: text,
  runContext,
  platform: 'LINUX',
  launchProfileProtocolVersion: '2021-03-31',
  ...more,
})

describe('the initialization of a workstation', () => {
  it('has the scripts of its platform and version, apart by who runs them, in the order of the components', () => {
    const first = component('b', {
      initializationScripts: [
        script('b user', 'USER_INITIALIZATION'),
        script('b system', 'SYSTEM_INITIALIZATION'),
        script('b windows', 'SYSTEM_INITIALIZATION', { platform: 'WINDOWS' }),
        script('b later', 'SYSTEM_INITIALIZATION', { launchProfileProtocolVersion: '2031-01-01' }),
      ],
    })
    const second = component('a', {
      initializationScripts: [
        script('a system', 'SYSTEM_INITIALIZATION', { launchProfileProtocolVersion: undefined }),
        script('a system again', 'SYSTEM_INITIALIZATION'),
      ],
    })
    const told = initializationOf(profile, [first, second], start)
    const texts = (scripts: { script?: string | undefined }[] = []) => scripts.map(each => each.script)
    assert.deepEqual(texts(told.systemInitializationScripts), ['b system', 'a system', 'a system again'])
    assert.deepEqual(texts(told.userInitializationScripts), ['b user'])
    assert.equal(told.systemInitializationScripts?.[1]?.studioComponentName, 'the a')
    assert.deepEqual(
      texts(initializationOf(profile, [first], { ...start, platform: 'WINDOWS' }).systemInitializationScripts),
      ['b windows'],
    )
  })

  it('gives the secure role to the system’s script alone, the runtime role to both', () => {
    const told = initializationOf(
      profile,
      [
        component('a', {
          secureInitializationRoleArn: 'arn:secure',
          runtimeRoleArn: 'arn:runtime',
          initializationScripts: [script('s', 'SYSTEM_INITIALIZATION'), script('u', 'USER_INITIALIZATION')],
        }),
      ],
      start,
    )
    const roles = [told.systemInitializationScripts, told.userInitializationScripts].map(scripts => [
      scripts?.[0]?.secureInitializationRoleArn,
      scripts?.[0]?.runtimeRoleArn,
    ])
    assert.deepEqual(roles, [
      ['arn:secure', 'arn:runtime'],
      [undefined, 'arn:runtime'],
    ])
  })

  it('has each security group once, and no list of none', () => {
    const groups = (...ids: string[][]) =>
      initializationOf(
        profile,
        ids.map((ec2SecurityGroupIds, i) => component(String(i), { ec2SecurityGroupIds })),
        start,
      ).ec2SecurityGroupIds
    assert.deepEqual(groups(['sg-2', 'sg-1'], ['sg-1', 'sg-3']), ['sg-2', 'sg-1', 'sg-3'])
    assert.equal(groups([]), undefined)
  })

  it('has the directory that the profile’s component names, and none where there is none', () => {
    const activeDirectoryConfiguration = {
      directoryId: 'd-1234567890',
      organizationalUnitDistinguishedName: 'OU=Workstations,DC=studio',
      computerAttributes: [{ name: 'department', value: 'paint' }],
    }
    const directory = component('ad', { configuration: { activeDirectoryConfiguration } }, 'ACTIVE_DIRECTORY')
    assert.deepEqual(initializationOf(profile, [component('a', {}), directory], start).activeDirectory, {
      studioComponentId: 'ad',
      studioComponentName: 'the ad',
      ...activeDirectoryConfiguration,
    })
    assert.equal(initializationOf(profile, [component('a', {})], start).activeDirectory, undefined)
  })
})

describe('the protocol version', () => {
  it('is the newest that both sides have', () => {
    assert.equal(commonVersion(['2021-03-31', '2031-01-01'], ['2021-03-31', '2011-01-01']), '2021-03-31')
    assert.equal(commonVersion(['2021-03-31', '2031-01-01'], ['2031-01-01', '2021-03-31']), '2031-01-01')
    assert.equal(commonVersion(['2021-03-31'], ['2031-01-01']), undefined)
  })
})

describe('the computer name of a workstation', () => {
  it('is the same at every start, another for each session, and one that NetBIOS takes', () => {
    const names = Array.from({ length: 1000 }, (_, i) => computerNameOf(`session ${i}`))
    assert.equal(new Set(names).size, names.length)
    for (const name of names) assert.match(name, /^WS-[0-9A-Z]{12}$/)
    assert.equal(computerNameOf('session 7'), names[7])
  })
})
