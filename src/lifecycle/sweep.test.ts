import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createTestStudio, settle } from '../../test/studio.ts'
import { until } from '../../test/until.ts'
import type { Driver } from '../compute/driver.ts'
import { createSweep } from './sweep.ts'

it('a verb that hangs holds up nobody else, is not asked again, and has its effect when it goes on', async t => {
  const studio = await createTestStudio()
  t.after(studio.close)
  const [hung, lost] = [await studio.session(), await studio.session()]
  await settle(studio)
  const orphans = ['orphan-0', 'orphan-1']
  for (const id of orphans) await studio.driver.ensureVolume(id, { image: 'ami-host', sizeGiB: 1 })

  const disk = Promise.withResolvers<void>()
  const asked = { observe: 0, removeVolume: 0 }
  const driver: Driver = {
    ...studio.driver,
    async observe(id) {
      if (id === hung.id) {
        asked.observe += 1
        await disk.promise
      }
      return await studio.driver.observe(id)
    },
    async removeVolume(id) {
      if (id === orphans[0]) {
        asked.removeVolume += 1
        await disk.promise
      }
      await studio.driver.removeVolume(id)
    },
  }
  const sweep = createSweep({ ...studio.parts, driver, wake: () => {}, everyMs: 2 ** 30, patienceMs: 1000 })
  t.after(sweep.close)
  for (const { id } of [hung, lost]) await studio.driver.removeMachine(id)

  await sweep.once()
  await sweep.once()
  assert.equal((await studio.row(lost.id)).updatedBy, 'system:machineLost')
  assert.deepEqual(
    (await studio.driver.inventory()).volumes.sort(),
    [hung, lost]
      .map(({ id }) => `${id}-0`)
      .concat(orphans[0] ?? '')
      .sort(),
  )
  assert.equal((await studio.row(hung.id)).state, 'READY')
  assert.deepEqual(asked, { observe: 1, removeVolume: 1 })

  disk.resolve()
  await until('what hung is told', async () => (await studio.row(hung.id)).updatedBy === 'system:machineLost')
  await until('the orphan is gone', async () => !(await studio.driver.inventory()).volumes.includes('orphan-0'))
})
