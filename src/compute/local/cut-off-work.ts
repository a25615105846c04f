/** For tests: work with a local driver, and a process that begins one piece of it, to be killed in the middle. */
import { cp } from 'node:fs/promises'
import type { Driver } from '../driver.ts'
import { createLocalDriver } from './local.ts'

export const options = { image: 'ami-host', sizeGiB: 1 }
export const poolSizeGiB = 2

export interface Work {
  what: string
  /** `elsewhere` is a folder with the same files as the volume `v` and the backup `kept`. */
  begin: (driver: Driver, elsewhere: string) => Promise<void>
  kind: 'volumes' | 'backups'
  id: string
}

export const works: readonly Work[] = [
  { what: 'a backup', kind: 'backups', id: 'b', begin: driver => driver.ensureBackup('b', 'v') },
  {
    what: 'a volume out of a backup',
    kind: 'volumes',
    id: 'w',
    begin: driver => driver.ensureVolume('w', { ...options, backup: 'kept' }),
  },
  {
    what: 'a backup from elsewhere',
    kind: 'backups',
    id: 'c',
    begin: (driver, elsewhere) => driver.receiveBackup('c', 1, folder => cp(elsewhere, folder, { recursive: true })),
  },
]

if (import.meta.main) {
  const [root = '', elsewhere = '', work = ''] = process.argv.slice(2)
  const driver = await createLocalDriver({ root, poolSizeGiB })
  process.stdout.write('it begins\n')
  await works[Number(work)]?.begin(driver, elsewhere)
}
