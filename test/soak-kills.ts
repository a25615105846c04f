/**
 * The server is killed at every tenth of each kind of work, and in the middle of so many rounds of create and delete;
 * the host must show the same after as before.
 */
import assert from 'node:assert/strict'
import { hostInventory } from './host-inventory.ts'
import { openStudio, works } from './kills.ts'
import { createChance } from './simulation/virtual-time.ts'

export const soakKills = async (rounds = 100): Promise<void> => {
  const studio = await openStudio()
  try {
    const before = await hostInventory(studio.server.home)
    for (const work of works) {
      const lasts = await studio.lasts(work)
      for (let tenth = 0; tenth <= 10; tenth++) await studio.kill(work, (lasts * tenth) / 10)
      console.log(
        `${work}: killed 11 times in ${Math.round(lasts)} ms; each came to its end, nothing lost or left over`,
      )
    }
    const chance = createChance(1)
    for (let round = 0; round < rounds; round++)
      await studio.kill(chance.happens(0.5) ? 'create' : 'delete', chance.between(0, 600))
    const withoutBackups = (lines: string[]) => lines.filter(line => !line.startsWith('backup '))
    assert.deepEqual(withoutBackups(await hostInventory(studio.server.home)), withoutBackups(before))
    console.log(`${rounds} rounds of create, kill and delete: the host shows the same as before`)
  } finally {
    await studio.close()
  }
}
