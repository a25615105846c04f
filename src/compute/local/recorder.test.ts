import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { it } from 'node:test'

it('the recorder ends when nobody can write any more, and has written everything then', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'output')
  const file = await open(path, 'w+')
  const recorder = join(import.meta.dirname, 'desktop/recorder')
  const child: ChildProcess = spawn('perl', [recorder, 'sh', '-c', '(sleep 0.3; echo late >&4) & echo early >&4'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ignore', file.fd, 'pipe'],
  })
  await file.close()
  const ending = (child.stdio as readonly unknown[])[5] as Readable
  await once(ending.resume(), 'end', { signal: AbortSignal.timeout(10_000) })
  assert.equal(await readFile(path, 'utf8'), 'early\nlate\n')
})
