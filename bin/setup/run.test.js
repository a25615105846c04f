import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { run, SetupError, underLock, withProgress } from './run.js'

const folder = mkdtempSync(join(tmpdir(), 'atelier-setup-'))
after(() => rmSync(folder, { recursive: true }))

const recorder = isTTY => {
  const written = []
  return { isTTY, columns: 40, write: text => written.push(text), text: () => written.join('') }
}

describe('a setup', () => {
  it('shows what it does and how long it took, with one line at each end where there is no terminal', async () => {
    const out = recorder(false)
    await withProgress('Installing', async say => say('half'), out)
    assert.equal(out.text(), 'Installing …\nInstalling: done in 0 s\n')
  })

  it('rewrites one line on a terminal, no wider than the terminal', async () => {
    const out = recorder(true)
    await withProgress('Installing', async say => say('x'.repeat(100)), out)
    const lines = out.text().split('\r\x1b[K')
    assert.ok(lines.every(line => line.length < 40))
    assert.equal(lines.at(-1), 'Installing: done in 0 s\n')
  })

  it('fails with one line when a program fails, is missing, or takes too long', async () => {
    const options = { limitMs: 60_000, failure: 'it could not be installed' }
    const failing = run('sh', ['-c', 'exit 3'], options)
    await assert.rejects(failing, error => error instanceof SetupError && /^it could.*exit code 3/.test(error.message))
    await assert.rejects(run('atelier-no-such-program', [], options), /^Error: it could.*no program atelier-no/)
    await assert.rejects(run('sleep', ['60'], { ...options, limitMs: 50 }), /it could not be installed \(stopped after/)
  })

  it('works alone in its folder, leaves no lock behind, and a killed one frees its lock', async () => {
    const script = `import { underLock } from ${JSON.stringify(new URL('run.js', import.meta.url).href)}
      await underLock(${JSON.stringify(folder)}, () => { console.log('in'); return new Promise(() => setInterval(() => {}, 1000)) })`
    const other = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(other.stdout, 'data')
    let entered = false
    const ours = underLock(folder, async () => {
      entered = true
    })
    await new Promise(resolve => setTimeout(resolve, 200))
    assert.equal(entered, false)
    other.kill('SIGKILL')
    await ours
    assert.equal(entered, true)
    assert.deepEqual(readdirSync(folder), [])
  })
})
