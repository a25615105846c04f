/** Whether desktops of this host are streamed by our own program, and what makes their video. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from './probe.ts'
import { run } from './run.ts'
import { codecPackage, root } from './streamer.ts'

/** A driver of a GPU that hangs is given up sooner by the program itself. */
const limitMs = 20_000

export const lookForStreaming = async (): Promise<Finding> => {
  const what = 'streaming'
  const isThere = await access(join(root, 'node_modules', codecPackage)).then(
    () => true,
    () => false,
  )
  if (!isThere) {
    const found = `the package ${codecPackage} is missing: desktops come by RFB`
    return { what, state: 'warn', found, mend: 'npm ci --include=optional' }
  }
  try {
    const encoder = (await run(process.execPath, [join(root, 'src/streamer/which-encoder.ts')], limitMs)).trim()
    const others = encoder === 'libx264' ? 'in software' : 'where a workstation has a GPU, by libx264 elsewhere'
    return { what, state: 'ok', found: `H.264 by ${encoder} ${others}` }
  } catch (error) {
    const found = `nothing makes H.264 here, and desktops come by RFB: ${(error as Error).message}`
    return { what, state: 'warn', found, mend: 'see docs/guide/viewer.md' }
  }
}
