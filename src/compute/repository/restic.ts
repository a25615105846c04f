import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Whether the program is where the runner looks for it. */
export const hasRestic = (): boolean =>
  ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some(folder => {
    try {
      accessSync(join(folder, 'restic'), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
