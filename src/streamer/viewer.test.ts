import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { it } from 'node:test'
import type { Input } from './input.ts'
import { createViewer } from './viewer.ts'

it('a viewer who takes nothing is hung up on, and holds no more memory than that takes', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const lazy = createConnection((server.address() as AddressInfo).port, '127.0.0.1').pause()
  const [socket] = (await once(server, 'connection')) as [Socket]
  const input: Input = { last: 0, take() {}, releaseAll() {} }
  const gone = Promise.withResolvers<void>()
  const viewer = createViewer(socket, input, { message() {}, hears: () => false, gone: () => gone.resolve() })
  const piece = new Uint8Array(1024 * 1024)
  let sent = 0
  for (; !socket.destroyed && sent < 100; sent++) viewer.send(piece)
  await gone.promise
  assert.ok(sent < 100)
  lazy.destroy()
  server.close()
})
