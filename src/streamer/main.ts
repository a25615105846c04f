/**
 * The streamer of one desktop: `node main.ts SOCKET DISPLAY SPEAKERS`. Runs inside the workstation's sandbox from the time the
 * first viewer comes until a while after the last one has left.
 */
import { renameSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { openDesktop } from './desktop.ts'

/** Whoever lost his network is back within this time, and finds everything warm. */
const lingerMs = 10_000
/** The viewer that this was started for should be here by then. */
const patienceMs = 30_000

const [, , path, displayName, speakers] = process.argv
if (!path || !displayName || !speakers) throw new Error('usage: main.ts SOCKET DISPLAY SPEAKERS')

const end = async () => {
  rmSync(path, { force: true })
  server.close()
  await desktop.close()
  process.exit(0)
}
let ending = setTimeout(() => void end(), patienceMs)

const desktop = await openDesktop(displayName, speakers, dirname(path), {
  left() {
    clearTimeout(ending)
    ending = setTimeout(() => void end(), lingerMs)
  },
  ended: () => process.exit(0),
})
const server = createServer(socket => {
  clearTimeout(ending)
  desktop.serve(socket)
})
// The name appears when the socket accepts: who sees it can connect.
const unfinished = `${path}.new`
rmSync(unfinished, { force: true })
server.listen(unfinished, () => renameSync(unfinished, path))
process.on('SIGTERM', () => void end())
