import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { DriverError } from '../driver.ts'
import { answers, connectDesktop, isReady } from './desktop-socket.ts'

let folder: string
let hangsUp = false
const desktop = createServer(socket => {
  if (hangsUp) socket.destroy()
})
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-desktop-'))
  desktop.listen(join(folder, 'rfb'))
  await once(desktop, 'listening')
})
after(() => {
  desktop.close()
  rmSync(folder, { recursive: true })
})

it('a desktop that fails as soon as it is connected ends nobody who has not begun to listen', async () => {
  const socket = await connectDesktop(folder)
  socket.destroy(new Error('reset by whoever is inside'))
  await new Promise(resolve => socket.once('close', resolve))
})

it('a desktop that hangs up at once does not answer', async () => {
  hangsUp = true
  const began = performance.now()
  assert.equal(await answers(folder), false)
  assert.ok(performance.now() - began < 5000, 'and nobody waits for its greeting')
})

it('a link is no desktop, wherever it leads', async () => {
  symlinkSync(join(folder, 'rfb'), join(folder, 'stream'))
  await assert.rejects(connectDesktop(folder, 'stream'), DriverError)
  symlinkSync('ready', join(folder, 'ready'))
  assert.equal(isReady(folder), false)
})
