import { rename, rm } from 'node:fs/promises'
import { exists } from '../shelf.ts'

/**
 * Makes a folder that is named after its contents, unless it is there: running machines keep the one they began with
 * when the server is upgraded.
 */
export const installOnce = async (folder: string, fill: (unfinished: string) => Promise<void>): Promise<void> => {
  if (await exists(folder)) return
  const unfinished = `${folder}.${process.pid}`
  await fill(unfinished)
  await rename(unfinished, folder).catch(async error => {
    // Another driver was faster.
    if (!(await exists(folder))) throw error
    await rm(unfinished, { recursive: true })
  })
}
