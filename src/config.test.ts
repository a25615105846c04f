import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { describe, it } from 'node:test'
import { ConfigError, readConfig, settings } from './config.ts'

const refused = (env: Record<string, string>, line: RegExp) =>
  assert.throws(
    () => readConfig(env),
    (error: Error) => error instanceof ConfigError && line.test(error.message) && !error.message.includes('\n'),
  )

describe('settings', () => {
  it('trust the proxies of this machine where browsers come by TLS, and others where it is said', () => {
    const ATELIER_PUBLIC_URL = 'https://studio.example.com'
    assert.deepEqual(readConfig({ ATELIER_PUBLIC_URL }).trustedProxies, ['127.0.0.0/8', '::1'])
    assert.deepEqual(readConfig({ ATELIER_TRUSTED_PROXIES: '10.0.0.0/8, fd00::1' }).trustedProxies, [
      '10.0.0.0/8',
      'fd00::1',
    ])
    for (const wrong of ['proxy.example.com', '10.0.0.0/33', '10.0.0.0/8/8', '1.2.3.4,'])
      assert.throws(() => readConfig({ ATELIER_TRUSTED_PROXIES: wrong }), ConfigError)
  })

  it('have the documented defaults', () => {
    assert.deepEqual(readConfig({}), {
      home: `${homedir()}/.atelier`,
      host: '127.0.0.1',
      port: 7070,
      publicUrl: 'http://127.0.0.1:7070',
      trustedProxies: [],
      driver: 'local',
      region: 'us-west-2',
      accountId: '000000000000',
      logLevel: 'info',
      limits: { createLimit: 900_000, startLimit: 900_000, stopLimit: 600_000, deleteLimit: 600_000 },
      deletedRetentionMs: 86_400_000,
      backupIntervalMs: 14_400_000,
      backupRetentionMs: 604_800_000,
      repository: undefined,
      cpuOvercommit: 4,
      quotas: { sessions: 100, launchProfiles: 50, customImages: 10, sharedFileSystems: 10, activeDirectories: 1 },
      network: { directories: new Map(), subnets: [] },
      workstations: { poolShare: 0.8, shares: new Map(), shareGroup: undefined, scriptLimitMs: 300_000 },
      throttle: { readsPerSecond: 200, changesPerSecond: 50 },
    })
  })

  it('name directories and subnets', () => {
    const { network } = readConfig({
      ATELIER_DIRECTORIES: 'd-0123=dc1.studio.lan:389, d-abc=[fd00::5]:636',
      ATELIER_SUBNETS: 'subnet-1,subnet-2',
    })
    assert.deepEqual(network, {
      directories: new Map([
        ['d-0123', { host: 'dc1.studio.lan', port: 389 }],
        ['d-abc', { host: 'fd00::5', port: 636 }],
      ]),
      subnets: ['subnet-1', 'subnet-2'],
    })
    assert.throws(() => readConfig({ ATELIER_DIRECTORIES: 'dc1.studio.lan' }), /ATELIER_DIRECTORIES is "dc1/)
  })

  it('name the folders that workstations may see, and none with the data of the server', () => {
    const { workstations } = readConfig({
      ATELIER_SHARES: 'projects=/srv//projects/, fs1.studio.lan/assets=/srv/assets:ro',
      ATELIER_SHARES_GROUP: 'studio',
      ATELIER_SCRIPT_LIMIT: '90s',
    })
    assert.deepEqual(workstations, {
      poolShare: 0.8,
      shares: new Map([
        ['projects', { path: '/srv/projects', readOnly: false }],
        ['fs1.studio.lan/assets', { path: '/srv/assets', readOnly: true }],
      ]),
      shareGroup: 'studio',
      scriptLimitMs: 90_000,
    })
    for (const ATELIER_SHARES of ['projects', 'a=b', 'a=/', 'a=/srv/a,a=/srv/b', 'a=/srv/a:rw', 'a=/srv/a,,'])
      refused({ ATELIER_SHARES }, /^ATELIER_SHARES is .* must be names with a folder/)
    for (const path of ['/srv/atelier', '/srv', '/srv/atelier/x', '/srv/x/../atelier'])
      refused({ ATELIER_HOME: '/srv/atelier', ATELIER_SHARES: `a=${path}` }, /the data of the server/)
    for (const ATELIER_SHARES_GROUP of ['0', '-1', 'a b', 'x'.repeat(33)])
      refused({ ATELIER_SHARES_GROUP }, /a group that is not root/)
  })

  it('are taken from the environment', () => {
    const config = readConfig({
      ATELIER_HOME: '/srv//atelier/',
      ATELIER_HOST: '::1',
      ATELIER_PORT: '8080',
      ATELIER_DRIVER: 'simulated',
      ATELIER_STOP_LIMIT: '90s',
      ATELIER_BACKUP_RETENTION: '30d',
    })
    assert.equal(config.home, '/srv/atelier')
    assert.equal(config.publicUrl, 'http://[::1]:8080')
    assert.equal(config.driver, 'simulated')
    assert.equal(config.limits.stopLimit, 90_000)
    assert.equal(config.backupRetentionMs, 30 * 86_400_000)
  })

  it('that are empty count as not set', () => {
    assert.equal(readConfig({ ATELIER_PORT: '', ATELIER_PUBLIC_URL: '' }).publicUrl, 'http://127.0.0.1:7070')
  })

  it('give a server that listens everywhere an address that opens here', () => {
    assert.equal(readConfig({ ATELIER_HOST: '0.0.0.0' }).publicUrl, 'http://127.0.0.1:7070')
    assert.equal(readConfig({ ATELIER_HOST: '::' }).publicUrl, 'http://[::1]:7070')
  })

  it('take a public address without its closing slash', () => {
    assert.equal(readConfig({ ATELIER_PUBLIC_URL: 'https://a.example/' }).publicUrl, 'https://a.example')
  })

  it('are refused in one line that names the variable, the value and the form', () => {
    refused({ ATELIER_PORT: '70700' }, /^ATELIER_PORT is "70700", but must be a whole number .* \(default: 7070\)$/)
    refused({ ATELIER_STOP_LIMIT: '10' }, /^ATELIER_STOP_LIMIT is "10", but must be a length of time such as 90s/)
    refused({ ATELIER_DRIVER: 'docker' }, /^ATELIER_DRIVER is "docker", but must be local or simulated/)
    refused({ ATELIER_HOME: 'data\n' }, /^ATELIER_HOME is "data\\n", but must be an absolute path/)
  })

  for (const [name, values] of Object.entries({
    ATELIER_HOME: ['data', './data', '~other/data', '/a\0b'],
    ATELIER_HOST: ['a b', 'http://localhost', '-a', '1.2.3.4:80'],
    ATELIER_PORT: ['-1', '65536', '80.5', '0x50', 'http', ' 80'],
    ATELIER_PUBLIC_URL: ['studio.example.com', 'ftp://a.example', 'https://a.example/x', 'https://a.example/?b', 'x:'],
    ATELIER_REGION: ['west', 'us-west-2/../..', 'US-WEST-2'],
    ATELIER_ACCOUNT_ID: ['1', '00000000000a'],
    ATELIER_LOG_LEVEL: ['loud'],
    ATELIER_CREATE_LIMIT: ['0m', '-1m', '1.5h', '4000d', '99999999999s', 'm'],
    ATELIER_CPU_OVERCOMMIT: ['0', '1e3', '101'],
    ATELIER_QUOTA_SESSIONS: ['-1', 'many'],
  }))
    for (const value of values)
      it(`refuse ${JSON.stringify(value)} for ${name}`, () => refused({ [name]: value }, new RegExp(`^${name} is `)))

  it('say that the cluster driver is not there yet', () => refused({ ATELIER_DRIVER: 'incus' }, /does not have yet/))

  it('never repeat a password', () => {
    assert.throws(
      () => readConfig({ ATELIER_PUBLIC_URL: 'https://me:secret@a.example' }),
      (error: Error) => /^ATELIER_PUBLIC_URL is set, but/.test(error.message) && !error.message.includes('secret'),
    )
  })

  it('that do not exist are refused, so that a slip of the pen is seen', () =>
    refused({ ATELIER_PROT: '80' }, /^ATELIER_PROT is not a setting/))

  it('have defaults that pass their own check, and a meaning', () => {
    for (const [name, { default: standard, form, meaning }] of Object.entries(settings)) {
      if (standard !== '') assert.notEqual(form.read(standard), undefined, name)
      assert.match(meaning, /^[A-Z].{10,}[^.]$/, name)
    }
  })
})
