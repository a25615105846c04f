import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { isRoot } from './host.ts'
import { createLocalDriver } from './local.ts'

const skip = isRoot ? false : 'only root has users for machines'

it('as root, where volumes are plain folders, a desktop starts in a data folder that is closed to others', {
  skip,
}, async t => {
  const home = await mkdtemp(join(tmpdir(), 'atelier-'))
  t.after(() => rm(home, { recursive: true }))
  await chmod(home, 0o700)
  const root = join(home, 'local')
  await mkdir(join(root, 'volumes'), { recursive: true })

  const driver = await createLocalDriver({ root })
  try {
    await driver.ensureVolume('volume', { image: 'ami-host', sizeGiB: 1 })
    const spec = { volume: 'volume', image: 'ami-host', vcpus: 1, memoryMiB: 512, clipboard: true }
    await driver.ensureMachine('machine', spec)
    assert.equal(await driver.observe('machine'), 'running')
    await driver.ensureBackup('backup', 'volume')
  } finally {
    await driver.removeMachine('machine')
    await driver.close()
  }
  assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(home))
  assert.equal((await stat(home)).mode & 0o777, 0o700)
  assert.ok(existsSync(join(root, 'volumes/volume')), 'the volume is kept when the server ends')

  const again = await createLocalDriver({ root })
  await again.removeVolume('volume')
  await again.removeBackup('backup')
  await again.close()
  assert.ok(!existsSync(join(root, 'volumes/volume')))
})
