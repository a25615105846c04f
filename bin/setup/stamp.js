/** What something was built from, as a digest in a file beside it: times say nothing after a clone or a checkout. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** Of names and contents; `files` are below `root`, or absolute. */
export const stampOf = (root, files) => {
  const hash = createHash('sha256')
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(resolve(root, file)))
      .update('\0')
  return hash.digest('hex')
}

/** Undefined where nothing was built yet. */
export const readStamp = path => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
