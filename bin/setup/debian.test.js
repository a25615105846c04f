import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { missingDebianPackages, readStatus, refusal, wantedPackages } from './debian.js'

const lists = JSON.parse(readFileSync(new URL('../packages.json', import.meta.url), 'utf8'))

describe('Debian packages', () => {
  it('of workstations are wanted to start, those of the tests to test', () => {
    assert.deepEqual(wantedPackages(['workstation']), lists.workstation)
    for (const name of [...lists.workstation, ...lists.test])
      assert.ok(wantedPackages(['workstation', 'test'], 'simulated').includes(name), name)
  })

  it('are not wanted where workstations are simulated', () => {
    assert.deepEqual(wantedPackages(['runtime', 'workstation'], 'simulated'), lists.runtime)
  })

  it('have names and programs that are safe words of a command line', () => {
    const wanted = wantedPackages(['workstation', 'image', 'backup', 'test', 'bench'])
    const names = [...wanted, ...Object.values(lists.programs)]
    for (const name of names) assert.match(name, /^[A-Za-z0-9][A-Za-z0-9+.-]+$/)
    for (const name of Object.keys(lists.programs)) assert.ok(wanted.includes(name), name)
  })

  it('that dpkg does not know are missing, those it has are not', async () => {
    const { packages, hasApt } = await missingDebianPackages(['base-files', 'atelier-no-such-package'])
    if (hasApt) assert.deepEqual(packages, ['atelier-no-such-package'])
  })

  it('are installed by root, and anyone else gets the command to paste', () => {
    const missing = { packages: ['xterm', 'icewm'], programs: [], hasApt: true }
    assert.equal(refusal({ ...missing, isRoot: true }), undefined)
    assert.match(
      refusal({ ...missing, isRoot: false }),
      /^ {2}sudo apt-get update && sudo apt-get install -y --no-install-recommends xterm icewm$/m,
    )
  })

  it('that are all there need no root', () =>
    assert.equal(refusal({ packages: [], programs: [], hasApt: true, isRoot: false }), undefined))

  it('are programs to find where there is no apt-get', () => {
    assert.match(
      refusal({ packages: [], programs: ['bwrap', 'xterm'], hasApt: false, isRoot: true }),
      /no apt-get.*: bwrap, xterm$/,
    )
    assert.equal(refusal({ packages: [], programs: [], hasApt: false, isRoot: false }), undefined)
  })

  it('show how far apt-get is', () => {
    assert.equal(readStatus('dlstatus:1:20.51:Retrieving file 1 of 12 (3s remaining)'), 'downloading, 21 %')
    assert.equal(readStatus('pmstatus:xterm:45.2:Unpacking xterm (amd64)'), 'Unpacking xterm (amd64), 45 %')
    assert.equal(readStatus('pmstatus:xterm:amd64:45.2:Unpacking xterm (amd64)'), 'Unpacking xterm (amd64), 45 %')
    assert.equal(readStatus('media-change: x'), '')
  })
})
