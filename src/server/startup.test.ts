import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { banner, listenError, lockHome, StartupError } from './startup.ts'

const folder = mkdtempSync(join(tmpdir(), 'atelier-'))
after(() => rmSync(folder, { recursive: true }))

const refused = (home: string, line: RegExp) =>
  assert.throws(
    () => lockHome(home),
    (error: Error) => error instanceof StartupError && line.test(error.message) && !error.message.includes('\n'),
  )

describe('the data folder', () => {
  it('is made for its owner only, and free again after the server has closed', () => {
    const home = join(folder, 'new/home')
    for (const _ of [1, 2]) {
      const lock = lockHome(home)
      assert.equal(statSync(home).mode & 0o777, 0o700)
      lock.close()
      assert.equal(existsSync(join(home, 'server.json')), false)
    }
  })

  it('has one server, and a second is told which', () => {
    const home = join(folder, 'shared')
    const lock = lockHome(home)
    refused(home, new RegExp(`^${home} is in use by another server \\(process ${process.pid}\\): stop it first`))
    lock.announce('http://127.0.0.1:7070')
    refused(home, new RegExp(`server \\(process ${process.pid}, http://127\\.0\\.0\\.1:7070\\): stop it first`))
    lock.close()
    lockHome(home).close()
  })

  it('is free after kill -9, whatever the server has left in it', { timeout: 20_000 }, async () => {
    const home = join(folder, 'killed')
    const script = `import { lockHome } from ${JSON.stringify(import.meta.resolve('./startup.ts'))}
      lockHome(${JSON.stringify(home)}).announce('http://gone'); console.log('locked'); setInterval(() => {}, 1000)`
    const server = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    after(() => server.kill('SIGKILL'))
    await once(server.stdout, 'data')
    refused(home, new RegExp(`\\(process ${server.pid}, http://gone\\)`))
    server.kill('SIGKILL')
    await once(server, 'exit')
    lockHome(home).close()
  })

  it('that others can enter is refused', () => {
    const home = join(folder, 'open')
    mkdirSync(home)
    for (const mode of [0o755, 0o770, 0o702, 0o711]) {
      chmodSync(home, mode)
      refused(home, new RegExp(`^ATELIER_HOME is open to other users.*chmod 700 ${home}$`))
    }
    chmodSync(home, 0o700)
    lockHome(home).close()
  })

  it('that is a file, or below one, is refused', () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    refused(file, /^ATELIER_HOME cannot be used: .* is, or is below, a file/)
    refused(join(file, 'home'), /^ATELIER_HOME cannot be used: .* is, or is below, a file/)
  })

  it('that cannot be written to is refused', () => {
    // Also for root, whom no mode keeps out.
    refused('/proc/atelier', /^ATELIER_HOME cannot be used: \/proc\/atelier /)
    const home = join(folder, 'broken')
    mkdirSync(join(home, 'lock.db'), { recursive: true, mode: 0o700 })
    chmodSync(home, 0o700)
    refused(home, /^ATELIER_HOME cannot be used: .* cannot be written to \(unable to open database file\)\. Mend that/)
  })
})

describe('an address that cannot be listened on', () => {
  const listen = async (host: string, port: number) => {
    const server = createServer()
    server.listen(port, host)
    try {
      await once(server, 'listening')
      return server
    } catch (error) {
      throw listenError(error, { host, port })
    }
  }

  it('is one line when the port is taken', async () => {
    const taken = await listen('127.0.0.1', 0)
    const { port } = taken.address() as { port: number }
    await assert.rejects(
      listen('127.0.0.1', port),
      new RegExp(`^StartupError: port ${port} of 127\\.0\\.0\\.1 is taken.*=\\d+$`),
    )
    taken.close()
  })

  it('is one line when the machine has no such address', () =>
    assert.rejects(
      listen('192.0.2.1', 7070),
      /^StartupError: this machine has no address 192\.0\.2\.1: .*127\.0\.0\.1/,
    ))

  it('is one line when only root may', () => {
    const error = listenError(Object.assign(new Error(), { code: 'EACCES' }), { host: '::', port: 80 })
    assert.match(String(error), /^StartupError: port 80 is only for root/)
  })

  it('stays an error of ours when nobody could mend it', () => {
    const error = new Error('a bug')
    assert.equal(listenError(error, { host: '::', port: 80 }), error)
  })
})

describe('what is said when the server is ready', () => {
  const ready = { publicUrl: 'http://127.0.0.1:7070', guarantees: { memory: true as const }, home: '/srv/atelier' }

  it('has the portal, the line for scripts, and how to stop', () => {
    const text = banner(ready)
    for (const part of [' http://127.0.0.1:7070/\n', 'eval "$(npx atelier env)"', 'aws nimble list-studios', 'Ctrl-C'])
      assert.ok(text.includes(part), part)
    assert.doesNotMatch(text, /First sign-in|guaranteed/)
  })

  it('has the first sign-in as long as nobody has signed in', () =>
    assert.match(banner({ ...ready, welcomeCode: 'abc' }), / http:\/\/127\.0\.0\.1:7070\/welcome#abc\n/))

  it('has what this host cannot guarantee, and a common cause only once', () => {
    const text = banner({
      ...ready,
      guarantees: {
        memory: true,
        volumeSize: 'not root: a volume may grow',
        cpu: 'not root: machines share',
        snapshots: 'no clones here',
      },
    })
    assert.ok(
      text.includes(
        [
          'Not guaranteed on this host, because not root:\n',
          '  volume size    a volume may grow',
          '  cpu            machines share\n',
          'Not guaranteed on this host:\n',
          '  snapshots      no clones here\n',
        ].join('\n'),
      ),
      text,
    )
  })
})
