import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { findGpus } from './gpus.ts'
import { bubblewrapArguments } from './sandbox.ts'

const folderWith = (t: TestContext, names: readonly string[]): string => {
  const dev = mkdtempSync(join(tmpdir(), 'gpus-'))
  t.after(() => rmSync(dev, { recursive: true }))
  mkdirSync(join(dev, 'dri'))
  for (const name of names) writeFileSync(join(dev, name), '')
  return dev
}

describe('the GPUs of a host', () => {
  it('are those that it shows, and none where it shows none', async t => {
    const none = folderWith(t, ['null', 'nvidiactl', 'dri/card0'])
    assert.deepEqual(await findGpus(none), { count: 0, devices: [] })
    rmSync(join(none, 'dri'), { recursive: true })
    assert.deepEqual(await findGpus(none), { count: 0, devices: [] })
  })

  it('are counted once, however they are shown', async t => {
    const names = ['nvidia0', 'nvidia1', 'nvidiactl', 'nvidia-uvm', 'nvidia-caps', 'dri/card0', 'dri/renderD128']
    const dev = folderWith(t, names)
    const shown = ['nvidia-uvm', 'nvidia0', 'nvidia1', 'nvidiactl', 'dri/renderD128'].map(name => join(dev, name))
    assert.deepEqual(await findGpus(dev), { count: 2, devices: shown })
  })

  it('are seen by a workstation that has some, and by no other', () => {
    const sandbox = { place: 'p', machine: 'm', desktop: '/d', socketFolder: '/s', tree: '/t', image: undefined }
    const shown = (devices?: string[]) =>
      bubblewrapArguments({ ...sandbox, memoryMiB: 512, clipboard: true, devices }).filter(
        text => text === '/dev/null0',
      )
    assert.equal(shown().length, 0)
    assert.equal(shown(['/dev/null0']).length, 2)
  })
})
