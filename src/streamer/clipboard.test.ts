import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { until } from '../../test/until.ts'
import type { Copy } from '../protocol/clipboard.ts'
import { createClipboard } from './clipboard.ts'
import { type Display, openDisplay } from './display.ts'

const patienceMs = 20_000

describe('a copy on the desktop', () => {
  let server: ChildProcess
  let name = ''
  let display: Display

  before(async () => {
    server = spawn('Xtigervnc', ['-displayfd', '3', '-rfbport', '-1', '-SecurityTypes', 'None', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    })
    const [number] = await once(server.stdio[3] as NodeJS.ReadableStream, 'data', {
      signal: AbortSignal.timeout(patienceMs),
    })
    name = `:${String(number).trim()}`
    display = await openDisplay(name, () => {})
  })
  after(() => {
    display?.close()
    server.kill()
  })

  it('is read to its end, however late its pieces are looked at', async () => {
    let copied: Copy = {}
    const looksAway = { times: 0 }
    await createClipboard(display, copy => {
      copied = copy
    })
    // The owner's next piece is there before the answer about the one before is looked at: both come in one.
    for (const event of ['SelectionNotify', 'PropertyNotify'])
      display.on(event, () => {
        looksAway.times++
        setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5))
      })
    const text = 'a long text of many pieces '.repeat(40_000).slice(0, 1_000_000)
    const owner = spawn('xsel', ['--clipboard', '--input', '--nodetach'], {
      env: { ...process.env, DISPLAY: name },
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    try {
      owner.stdin.end(text)
      await until('the copy is read', () => copied.text !== undefined, patienceMs)
      assert.equal(Buffer.from(copied.text ?? []).toString(), text)
      assert.ok(looksAway.times > 100, `looked away ${looksAway.times} times`)
    } finally {
      owner.kill()
    }
  })
})
