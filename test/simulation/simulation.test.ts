import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Driver } from '../../src/compute/driver.ts'
import { createTestStudio } from '../studio.ts'
import type { Host } from './memory-driver.ts'
import { createSimulator } from './simulation.ts'

const seeds = 2000
/** Several times what it takes on a machine that does nothing else. */
const patienceMs = 400_000

/** In a process of its own: what the test runner asks of every promise makes a run three times as long. */
const simulate = (...given: string[]): Promise<{ code: number | null; output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'simulate.ts'), ...given], {
      stdio: ['ignore', 'pipe', 'inherit'],
      signal: AbortSignal.timeout(patienceMs),
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      output += text
    })
    child.once('error', reject)
    child.once('close', code => resolve({ code, output }))
  })

it('a studio in bad weather keeps every promise, and goes every way that its tables have', {
  timeout: patienceMs,
}, async t => {
  const { code, output } = await simulate('--seeds', String(seeds))
  assert.equal(code, 0, output)
  assert.match(output, /^ways that were never gone: none$/m)
  t.diagnostic(output)
})

describe('a simulation', () => {
  it('is the same again with the same seed, in any process', async () => {
    const told = async () => (await simulate('--seeds', '1', '--from', '7')).output.replace(/ in \d.*$/m, '')
    const first = await told()
    assert.match(first, /state=CREATE_IN_PROGRESS/)
    assert.equal(await told(), first)
  })

  const faults: Record<string, { driver: (driver: Driver, host: Host) => Driver; found: RegExp }> = {
    'a stop that loses what was written': {
      driver: (driver, { volumes }) => ({
        ...driver,
        async removeMachine(id) {
          await driver.removeMachine(id)
          for (const [volume, tree] of volumes)
            if (volume.startsWith(id)) volumes.set(volume, { ...tree, files: new Map() })
        },
      }),
      found: /has lost its work/,
    },
    'a volume that stays behind': {
      driver: driver => ({ ...driver, removeVolume: async () => {} }),
      found: /the volume \w+-\d belongs to nobody/,
    },
    'a desktop that is said to run and does not': {
      driver: driver => ({ ...driver, ensureMachine: async () => {}, observe: async () => 'running' }),
      found: /is READY and its machine is absent/,
    },
    'a backup that is said to be made and is not': {
      driver: driver => ({ ...driver, ensureBackup: async () => {} }),
      found: /is READY and not whole/,
    },
  }
  for (const [fault, { driver, found }] of Object.entries(faults))
    it(`finds ${fault}`, async t => {
      const studio = await createTestStudio()
      t.after(studio.close)
      const { run } = await createSimulator(studio, { driver })
      for (let seed = 1; seed <= 50; seed++) if ((await run(seed)).wrong.some(what => found.test(what))) return
      assert.fail('fifty seeds have not found it')
    })
})
