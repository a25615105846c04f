import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { run, SetupError, underLock, withProgress } from './run.js'

const folder = mkdtempSync(join(tmpdir(), 'atelier-setup-'))
after(() => rmSync(folder, { recursive: true }))

const recorder = isTTY => {
  const written = []
  return { isTTY, columns: 40, write: text => written.push(text), text: () => written.join('') }
}

/** A process that does `work` under the lock; what it runs may write to its file descriptor 3. */
const setup = work => {
  const script = `import { writeSync } from 'node:fs'
    import { run, underLock } from ${JSON.stringify(new URL('run.js', import.meta.url).href)}
    const options = { limitMs: 60_000, failure: 'failed', onStatus: line => writeSync(3, line + '\\n') }
    await underLock(${JSON.stringify(folder)}, async () => { ${work} })`
  const stdio = ['ignore', 'pipe', 'pipe', 'pipe']
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio })
  let text = ''
  child.stderr.on('data', chunk => {
    text += chunk
  })
  after(() => child.kill('SIGKILL'))
  return Object.assign(child, { said: () => text })
}

const sayItRuns = 'echo $$ >&3'

const runs = pid => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
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
    const other = setup("console.log('in'); await new Promise(() => setInterval(() => {}, 1000))")
    await once(other.stdout, 'data')
    let entered = false
    const ours = underLock(folder, async () => {
      entered = true
    })
    await setTimeout(200)
    assert.equal(entered, false)
    other.kill('SIGKILL')
    await ours
    assert.equal(entered, true)
    assert.deepEqual(readdirSync(folder), [])
  })

  it('that is interrupted ends what it runs before it ends itself', async () => {
    const other = setup(
      `await run('sh', ['-c', '${sayItRuns}; trap "sleep 0.3; exit 1" TERM; sleep 30 & wait'], options)`,
    )
    const pid = Number(await once(other.stdio[3], 'data'))
    other.kill('SIGINT')
    await once(other, 'close')
    assert.equal(runs(pid), false)
    assert.match(other.said(), /Interruption.*: interrupted/)
  })

  it('waits, when interrupted, for what must not be cut off', async () => {
    const other = setup(
      `await run('sh', ['-c', '${sayItRuns}; sleep 0.5; echo done >&3'], { ...options, mayEnd: () => false })`,
    )
    await once(other.stdio[3], 'data')
    other.kill('SIGTERM')
    assert.equal(String(await once(other.stdio[3], 'data')), 'done\n')
    await once(other, 'close')
    assert.match(other.said(), /Waiting for sh.*Interruption.*: interrupted/s)
  })

  it('keeps its lock, killed, as long as a program of it still runs', async () => {
    const mark = join(folder, 'mark')
    const other = setup(`await run('sh', ['-c', '${sayItRuns}; sleep 0.6; : >${mark}'], options)`)
    await once(other.stdio[3], 'data')
    other.kill('SIGKILL')
    await underLock(folder, async () => assert.ok(existsSync(mark)))
    rmSync(mark)
  })
})
