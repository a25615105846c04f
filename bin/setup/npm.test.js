import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { lockfilesDiffer, npmCommand, npmPackagesAreStale } from './npm.js'

const root = mkdtempSync(join(tmpdir(), 'atelier-setup-'))
after(() => rmSync(root, { recursive: true }))

const locked = {
  packages: {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b-arm64': { version: '2.0.0', optional: true },
  },
}
const a = { version: '1.0.0' }

describe('npm packages', () => {
  it('are installed when every one has its locked version, but for those of other platforms', () => {
    assert.equal(lockfilesDiffer(locked, { packages: { 'node_modules/a': a } }), false)
    assert.equal(
      lockfilesDiffer(locked, { packages: { 'node_modules/a': a, 'node_modules/b-arm64': { version: '2.0.0' } } }),
      false,
    )
  })

  it('are installed again when one is missing, of another version, or no longer wanted', () => {
    assert.equal(lockfilesDiffer(locked, { packages: {} }), true)
    assert.equal(lockfilesDiffer(locked, { packages: { 'node_modules/a': { version: '1.0.1' } } }), true)
    assert.equal(
      lockfilesDiffer(locked, { packages: { 'node_modules/a': a, 'node_modules/b-arm64': { version: '1.9.0' } } }),
      true,
    )
    assert.equal(lockfilesDiffer(locked, { packages: { 'node_modules/a': a, 'node_modules/c': a } }), true)
  })

  it('are installed again after an install that was cut off', () => {
    const modules = join(root, 'node_modules')
    mkdirSync(join(modules, '.bin'), { recursive: true })
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify(locked))
    assert.equal(npmPackagesAreStale(root), true)
    writeFileSync(join(modules, '.package-lock.json'), '{"packages": {"node_mod')
    assert.equal(npmPackagesAreStale(root), true)
    writeFileSync(join(modules, '.package-lock.json'), JSON.stringify({ packages: { 'node_modules/a': a } }))
    assert.equal(npmPackagesAreStale(root), true, 'without its Node')
    writeFileSync(join(modules, '.bin/node'), '')
    assert.equal(npmPackagesAreStale(root), false)
  })

  it("are installed by the user's npm under the user's Node, not under the one they bring", () => {
    const env = {
      PATH: '/app/node_modules/.bin:/usr/bin',
      npm_execpath: '/lib/npm/bin/npm-cli.js',
      npm_node_execpath: '/usr/bin/node',
    }
    const within = npmCommand('/app', env)
    assert.deepEqual(
      [within.program, within.args, within.env.PATH],
      ['/usr/bin/node', ['/lib/npm/bin/npm-cli.js'], '/usr/bin'],
    )
    const outside = npmCommand('/app', { PATH: '/usr/bin' })
    assert.deepEqual([outside.program, outside.args], ['npm', []])
    assert.equal(npmCommand('/app', { ...env, npm_execpath: '/lib/pnpm.cjs' }).program, 'npm')
  })
})
